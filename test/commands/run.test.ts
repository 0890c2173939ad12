import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../src/commands/run.js";
import { UsageError } from "../../src/core/errors.js";
import { packageFolder } from "../../src/core/paths.js";
import { ensureLib } from "../notebook/built-lib.js";
import { code, markdown, notebook, notebookFile } from "../notebook/fixture-notebook.js";
import { schemaErrors } from "../notebook/nbformat-schema.js";
import { NO_SMALL_DISK, PAGE, SmallDisk } from "../small-disk.js";

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command in a process of its own; `whileRunning` may send it signals. */
async function hashbook(
  args: string[],
  whileRunning?: (pid: number, stderr: () => string) => Promise<void>,
): Promise<Ended> {
  const main = join(packageFolder, "bin", "hashbook.js");
  const child = spawn(process.execPath, [main, "run", ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", data => {
    stdout += data;
  });
  child.stderr.on("data", data => {
    stderr += data;
  });
  const ended = new Promise<number | null>(resolve => child.once("close", resolve));
  await whileRunning?.(child.pid as number, () => stderr);
  return { status: await ended, stdout, stderr };
}

describe("hashbook run", () => {
  let folder: string;
  let good: string;

  beforeAll(async () => {
    ensureLib();
    folder = await mkdtemp(join(tmpdir(), "hashbook-test-"));
    good = join(folder, "good.ipynb");
    const book = notebook(
      markdown("# Good"),
      code("const bits = 48;", "parameters"),
      code("console.log('bits', bits);"),
    );
    await writeFile(good, JSON.stringify(book));
  }, 120_000);

  it("writes what was executed up to the failing cell, a report, and says where; exit code 1", async () => {
    const bad = await notebookFile(notebook(code("console.log('before');\nthrow new Error('broken');")), "bad.ipynb");
    const out = join(folder, "out");
    const { status, stdout, stderr } = await hashbook([good, bad, good.replace("good", "never"), "--out", out]);
    // The missing third notebook is found before any cell runs.
    expect(status).toBe(1);
    expect(stderr).toContain("never.ipynb");
    expect(existsSync(out)).toBe(false);
    expect(stdout).toBe("");

    const second = await hashbook([good, bad, "--out", out, "-p", "bits=16", "--json"]);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`${bad}: cell 1, line 2: throw new Error('broken');\n  Error: broken`);
    const document = JSON.parse(second.stdout);
    expect(document).toMatchObject({
      ok: false,
      folder: out,
      report: join(out, "report.html"),
      notebooks: [
        { notebook: good, cells: 3, cellsDone: 3, error: null },
        { notebook: bad, cells: 1, cellsDone: 0, error: { cell: 1, name: "Error" } },
      ],
    });
    expect((await readdir(out)).sort()).toEqual(["bad.ipynb", "good.ipynb", "report.html"]);
    const executed = JSON.parse(await readFile(join(out, "good.ipynb"), "utf8"));
    expect(schemaErrors(executed)).toEqual([]);
    expect(JSON.stringify(executed)).toContain("bits 16");
    const report = await readFile(join(out, "report.html"), "utf8");
    expect(report).toContain("bits 16");
    expect(report).toContain("Error: broken");
  });

  it("executes notebooks that stand alone beside each other, any other by itself, and tells of them in order", async () => {
    const log = join(folder, "log");
    // The first waits for the second: alone it would never end.
    const source = (name: string, waitsFor: string): string =>
      `const fs = require("fs"); fs.appendFileSync(${JSON.stringify(log)}, "${name} begins\\n");
while (!fs.readFileSync(${JSON.stringify(log)}, "utf8").includes("${waitsFor}")) await new Promise<void>(done => setTimeout(done, 20));
fs.appendFileSync(${JSON.stringify(log)}, "${name} ends\\n");`;
    const files: string[] = [];
    for (const [name, waitsFor, alone] of [
      ["a", "b ends", true],
      ["b", "", true],
      ["c", "", false],
      ["d", "", true],
    ] as const) {
      const book = notebook(code(source(name, waitsFor)));
      if (alone) book.metadata.hashbook = { standsAlone: true };
      files.push(await notebookFile(book, `${name}.ipynb`));
    }
    const out = join(folder, "at-once");
    const { status, stdout, stderr } = await hashbook([...files, "--out", out, "--at-once", "2", "--json"]);
    expect(status).toBe(0);
    const events = (await readFile(log, "utf8")).trimEnd().split("\n");
    expect(events.slice(0, 4).filter(event => event.startsWith("b"))).toEqual(["b begins", "b ends"]);
    expect(events.slice(3)).toEqual(["a ends", "c begins", "c ends", "d begins", "d ends"]);
    expect(stderr.match(/^ok {4} {2}\w/gm)?.map(line => line.at(-1))).toEqual(["a", "b", "c", "d"]);
    const { notebooks } = JSON.parse(stdout);
    expect(notebooks.map((one: { notebook: string }) => one.notebook)).toEqual(files);
  });

  it("updates notebooks in place when asked to, and ends with what it made and where", async () => {
    const out = join(folder, "in-place");
    const { status, stdout } = await hashbook([good, "--in-place", "--out", out]);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.filter(line => !line.startsWith("time went into ")).slice(-3)).toEqual([
      expect.stringMatching(/^1 of 1 notebooks, 2 cells, /),
      expect.stringMatching(/^executed notebooks {2}.*in-place$/),
      expect.stringMatching(/^report {14}.*report\.html$/),
    ]);
    const text = await readFile(good, "utf8");
    expect(text).toContain("bits 48");
    expect(await readFile(join(out, "good.ipynb"), "utf8")).toBe(text);
  });

  it("fails for an error that nobody waited for, and shows it in the copy and the report", async () => {
    const late = await notebookFile(
      notebook(code('setTimeout(() => { throw new RangeError("late"); }, 200);\n0')),
      "late.ipynb",
    );
    const out = join(folder, "late");
    const { status, stderr } = await hashbook([late, "--out", out]);
    expect(status).toBe(1);
    expect(stderr).toContain("RangeError: late\n  in what the cell had started and not awaited");
    expect(await readFile(join(out, "late.ipynb"), "utf8")).toContain('"ename": "RangeError"');
    expect(await readFile(join(out, "report.html"), "utf8")).toContain("RangeError: late");
  });

  it.skipIf(NO_SMALL_DISK !== undefined)(
    "looks before any cell runs whether there is room for the results",
    async () => {
      const disk = new SmallDisk(8 * PAGE);
      disk.fillUpTo(0);
      const touched = join(folder, "touched");
      const touching = await notebookFile(
        notebook(code(`require("fs").writeFileSync(${JSON.stringify(touched)}, "");`)),
      );
      const { status, stderr } = await hashbook([touching, "--out", disk.folder]);
      disk.unmount();
      expect(status).toBe(1);
      expect(stderr).toMatch(/^hashbook: .*the disk is full; .*\n$/);
      expect(existsSync(touched)).toBe(false);
    },
  );

  it("keeps an executed notebook elsewhere when its folder is gone by then", async () => {
    const out = join(folder, "vanishing");
    const vanish = `const fs = require("fs"); fs.rmSync(${JSON.stringify(out)}, { recursive: true }); fs.writeFileSync(${JSON.stringify(out)}, "");`;
    const notebookPath = await notebookFile(
      notebook(code("console.log('computed for hours')"), code(vanish)),
      "long.ipynb",
    );
    const { status, stdout, stderr } = await hashbook([notebookPath, "--out", out, "--json"]);
    expect(status).toBe(1);
    const document = JSON.parse(stdout);
    expect(document.ok).toBe(false);
    const [{ executed, error }] = document.notebooks;
    expect(error).toBeNull();
    expect(stderr).toContain(`long.ipynb is kept as ${executed}`);
    expect(await readFile(executed, "utf8")).toContain("computed for hours");
    expect(await readFile(document.report, "utf8")).toContain("computed for hours");
    await rm(dirname(executed), { recursive: true });
  });

  it("keeps what is computed after every cell, so that nothing can take it away", async () => {
    const slow = await notebookFile(notebook(code("console.log('first result')"), code("for (;;);")), "slow.ipynb");
    const out = join(folder, "killed");
    const { status } = await hashbook([slow, "--out", out], async (pid, text) => {
      while (!text().includes("cell 2/2")) await sleep(50);
      process.kill(pid, "SIGKILL");
    });
    expect(status).toBeNull();
    expect(await readFile(join(out, "slow.ipynb"), "utf8")).toContain("first result");
  });

  it("does not write over a notebook that somebody changed meanwhile", async () => {
    const [out, written] = [join(folder, "edited"), join(folder, "edited meanwhile")];
    const wait = `while (!require("fs").existsSync(${JSON.stringify(written)})) await new Promise<void>(done => setTimeout(done, 20));`;
    const edited = await notebookFile(notebook(code(`${wait}\n1`)), "edited.ipynb");
    const { status, stderr } = await hashbook([edited, "--in-place", "--out", out], async (_, text) => {
      while (!text().includes("cell 1/1")) await sleep(50);
      await writeFile(edited, JSON.stringify(notebook(code("2"))));
      await writeFile(written, "");
    });
    expect(status).toBe(1);
    expect(stderr).toContain("has changed while it was executed");
    expect(await readFile(edited, "utf8")).toContain('"2"');
    expect(existsSync(join(out, "edited.ipynb"))).toBe(true);
  });

  it("ends cleanly on Ctrl-C: kernel gone, results kept, exit code 130", async () => {
    const begun = join(folder, "begun");
    const source = `console.log("so far");\nrequire("fs").writeFileSync(${JSON.stringify(begun)}, String(process.pid));\nfor (;;);`;
    const endless = await notebookFile(notebook(code(source)), "endless.ipynb");
    const out = join(folder, "interrupted");
    const { status, stderr } = await hashbook([endless, "--out", out], async pid => {
      while (!existsSync(begun)) await sleep(50);
      process.kill(pid, "SIGINT");
    });
    expect(status).toBe(130);
    expect(stderr).toContain("stopping");
    const executed = await readFile(join(out, "endless.ipynb"), "utf8");
    expect(executed).toContain("so far");
    expect(executed).toContain('"ename": "KeyboardInterrupt"');
    expect(executed).toContain('"ename": "Interrupted"');
    const kernel = Number(await readFile(begun, "utf8"));
    expect(() => process.kill(kernel, 0)).toThrow(/ESRCH/);
    expect(existsSync(join(out, "report.html"))).toBe(true);
  });

  it.each([
    [["--in-place", "--smoke"], /--in-place/],
    [["-p", "bits"], /name=value/],
    [["-p", "unknown=1"], /no notebook has a parameter unknown; expected one of bits/],
    [["--timeout", "soon"], /--timeout/],
    [["--at-once", "0"], /--at-once/],
  ])("refuses %j before it runs anything", async (flags, message) => {
    const program = new Command().addCommand(runCommand());
    const parsed = program.parseAsync(["run", good, "--out", join(folder, "refused"), ...flags], { from: "user" });
    await expect(parsed).rejects.toThrow(message);
    await expect(parsed).rejects.toThrow(UsageError);
    expect(existsSync(join(folder, "refused"))).toBe(false);
  });
});
