import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ArrayWork } from "../../src/cluster/array-work.js";
import { filesOfWork, rangesText } from "../../src/cluster/array-work.js";
import type { ClusterSettings } from "../../src/cluster/cluster-settings.js";
import { afterScript, jobNames, submittingScript, taskScript } from "../../src/cluster/slurm-scripts.js";
import { workIn } from "./work.js";

let folder: string;
let work: ArrayWork;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hashbook it\'s "100%" '));
  work = workIn(folder);
  mkdirSync(filesOfWork(work).marks);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program in place of hashbook: notes its words and ends with the codes of a file, one a call. */
function settings(codes: readonly number[], more: ClusterSettings = {}): ClusterSettings {
  const program = join(folder, "program");
  writeFileSync(join(folder, "codes"), `${codes.join("\n")}\n`);
  writeFileSync(
    program,
    `cd "$(dirname "$0")"; printf '%s|' "$@" "$HASHBOOK_HOME" "$HASHBOOK_PROGRESS" >>calls; echo >>calls
     code=$(head -1 codes); sed -i 1d codes; exit $code`,
  );
  return { program: ["bash", program], ...more };
}

/** Runs a script as a node does, without its pauses. */
function runScript(script: string, env: Record<string, string>): { code: number | null; out: string; calls: string[] } {
  const file = join(folder, "script.sh");
  writeFileSync(file, script);
  const started = 'sleep() { echo "pause $1"; }; export -f sleep; exec bash "$0"';
  const { status, stdout } = spawnSync("bash", ["-c", started, file], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  const calls = existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : [];
  return { code: status, out: stdout, calls };
}

const TASK = { SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "2", SLURM_JOB_ID: "9", SLURM_ARRAY_TASK_COUNT: "1" };
const mark = (name: string): string => join(filesOfWork(work).marks, `${name}.exit`);

describe("taskScript", () => {
  it("calls the command with the number of all tasks, in the folder and the environment of the work", () => {
    const { code, out, calls } = runScript(taskScript(work, settings([0]), [2]), TASK);
    expect(code).toBe(0);
    const words = ["extract", "--dataset", "it's here", "--shard", "2/3", `${folder}/a "home"`];
    expect(calls).toEqual([`${[...words, join(filesOfWork(work).marks, "2.json")].join("|")}|`]);
    expect(out).toMatch(/^hashbook: task 2 of 3, try 1 of 3, job 7_2 on .*\nhashbook: task 2 of 3 ended with 0\n$/);
    expect(readFileSync(mark("2"), "utf8")).toBe("0\n");
  });

  it("tries again what died, as often as is said, and keeps the last exit code", () => {
    const died = runScript(taskScript(work, settings([137, 1, 0]), [2]), TASK);
    expect([died.code, died.calls.length]).toEqual([0, 3]);
    expect(died.out).toContain("ended with 137 and is tried again\npause 5\n");
    const again = runScript(taskScript(work, settings([1, 139], { tries: 2 }), [2]), TASK);
    expect([again.code, readFileSync(mark("2"), "utf8")]).toEqual([139, "139\n"]);
  });

  it("does not try bad usage again", () => {
    const { code, calls } = runScript(taskScript(work, settings([2, 0]), [2]), TASK);
    expect([code, calls.length, readFileSync(mark("2"), "utf8")]).toEqual([2, 1, "2\n"]);
  });

  it("begins no other try when it is to end", () => {
    const ending = settings([1, 0], { setup: ["sleep() { kill -TERM $$; }"] });
    const { code, calls } = runScript(taskScript(work, ending, [2]), TASK);
    expect([code, calls.length, readFileSync(mark("2"), "utf8")]).toEqual([1, 1, "1\n"]);
  });

  it("refuses a folder whose name sbatch would read to the end of a line", () => {
    expect(() => taskScript(workIn("/a\nb"), {}, [1])).toThrow(
      /no line break in an option; .*found "--output=\/a\\nb\/logs\/task-%a.log"/,
    );
  });

  it("takes the mark of an earlier run away first", () => {
    writeFileSync(mark("2"), "0\n");
    const { out } = runScript(taskScript(work, settings([0], { setup: [`ls "$marks"`] }), [2]), TASK);
    expect(out).not.toContain("2.exit");
  });

  it("asks for what the settings say, and quotes it", () => {
    const script = taskScript(
      work,
      settings([], { account: "a b", memory: "8G", time: "4:00:00", parallel: 5, cpus: 2 }),
      [1, 2, 3, 7],
    );
    const options = script.split("\n").flatMap(line => (line.startsWith("#SBATCH ") ? [line.slice(8)] : []));
    const log = `"--output=${folder.replaceAll("%", "%%").replaceAll('"', '\\"')}/logs/task-%a.log"`;
    expect(options).toEqual([
      `--job-name=${jobNames(work).tasks}`,
      "--array=1-3,7%5",
      log,
      ...["--open-mode=append", "--requeue", "--cpus-per-task=2", '"--account=a b"', "--time=4:00:00", "--mem=8G"],
    ]);
  });
});

describe("afterScript", () => {
  it("is done and marked under its name", () => {
    const { code, calls } = runScript(afterScript(work, settings([0])), { SLURM_JOB_ID: "9" });
    expect([code, calls[0].split("|").slice(0, 3), readFileSync(mark("merge"), "utf8")]).toEqual([
      0,
      ["features", "merge", "out"],
      "0\n",
    ]);
  });
});

it("tries what takes tasks as they are again unless it is done but for those that failed", () => {
  const collecting = workIn(folder, { after: { name: "collect", command: ["sweep"], needsAll: false } });
  const failed = runScript(afterScript(collecting, settings([3, 0])), { SLURM_JOB_ID: "9" });
  expect([failed.code, failed.calls.length, readFileSync(mark("collect"), "utf8")]).toEqual([3, 1, "3\n"]);
  const again = runScript(afterScript(collecting, settings([137, 1, 0])), { SLURM_JOB_ID: "9" });
  expect([again.code, again.calls.length]).toEqual([0, 4]);
});

describe("submittingScript", () => {
  it("submits both, the second to depend on the first", () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "sbatch"),
      '#!/bin/bash\nprintf "%s|" "$@" >>"$0.words"; cat >>"$0.scripts"; echo "55;cluster"\n',
      {
        mode: 0o755,
      },
    );
    const file = join(folder, "submit.sh");
    writeFileSync(file, submittingScript(work, settings([])));
    execFileSync("bash", [file], { env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } });
    const words = readFileSync(join(bin, "sbatch.words"), "utf8");
    expect(words).toBe("--parsable|--dependency=afterok:55|--kill-on-invalid-dep=yes|");
    const scripts = readFileSync(join(bin, "sbatch.scripts"), "utf8");
    expect(scripts).toBe(taskScript(work, settings([]), [1, 2, 3]) + afterScript(work, settings([])));
  });

  it("does nothing of what a name has in another line", () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "sbatch"), "#!/bin/bash\ncat >/dev/null; echo 55\n", { mode: 0o755 });
    const task = ["extract", "--class-names", "a\nTASK\necho done\n"];
    const script = submittingScript({ ...work, task }, settings([]), ["of a\necho done #"]);
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    expect(spawnSync("bash", ["-c", script], { env, encoding: "utf8" })).toMatchObject({ status: 0, stdout: "55\n" });
  });

  it("has nothing that shellcheck objects to", context => {
    if (spawnSync("shellcheck", ["--version"]).status !== 0) return context.skip("no shellcheck");
    const { stdout } = spawnSync("shellcheck", ["-S", "warning", "-"], {
      input: taskScript(work, settings([]), [1]),
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });
});

it("writes numbers as sbatch takes them", () => {
  expect(rangesText([1, 2, 3, 5, 7, 8])).toBe("1-3,5,7-8");
  expect(rangesText([4])).toBe("4");
});
