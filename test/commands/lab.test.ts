import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";

let home: string;
let programs: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "hashbook-lab-"));
  programs = join(home, "programs");
  mkdirSync(programs);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A program that tells how it was called, beside Node in a PATH that has nothing else. */
function pretend(file: string, script: string): void {
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

const TELLS = 'echo "$0"; pwd; echo "$JUPYTER_PATH"; for word in "$@"; do echo "$word"; done';

function lab(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(packageFolder, "bin", "hashbook.js");
  const { JUPYTER_PATH: _, ...environment } = process.env;
  const env = { ...environment, HASHBOOK_HOME: home, PATH: [programs, "/bin", "/usr/bin"].join(delimiter) };
  return new Promise(resolve => {
    execFile(process.execPath, [main, "lab", ...words], { env, cwd: home }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe.skipIf(process.platform === "win32")("hashbook lab", () => {
  it("starts the JupyterLab on PATH in notebooks/, with the kernel and room for what it prints", async () => {
    pretend(join(programs, "jupyter-lab"), TELLS);
    pretend(join(programs, "jupyter"), `echo '{"data": ["${programs}"]}'`);
    mkdirSync(join(programs, "labextensions", "jupyterlab-plotly"), { recursive: true });
    const { code, stdout, stderr } = await lab("--", "--port", "9000");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [, folder, path, ...passed] = stdout.trim().split("\n");
    expect(folder).toBe(join(packageFolder, "notebooks"));
    expect(path).toBe(join(home, "cache", "jupyter"));
    expect(existsSync(join(path, "kernels", "hashbook", "kernel.json"))).toBe(true);
    expect(passed.slice(-2)).toEqual(["--port", "9000"]);
    const rates = Object.fromEntries(passed.slice(0, -2).map(word => word.replace(/^--.*\./, "").split("=")));
    expect(Number(rates.iopub_msg_rate_limit)).toBeGreaterThanOrEqual(10_000);
    expect(Number(rates.iopub_data_rate_limit)).toBeGreaterThanOrEqual(50_000_000);
  });

  it("says when that JupyterLab will not draw figures live, and ends with its exit code", async () => {
    pretend(join(programs, "jupyter-lab"), "exit 3");
    pretend(join(programs, "jupyter"), `echo '{"data": ["${programs}"]}'`);
    const { code, stderr } = await lab();
    expect(code).toBe(3);
    expect(stderr).toContain("figures as still pictures");
    expect(stderr).toContain("hashbook lab --install");
  });

  it("prefers the JupyterLab of .venv, and makes the kernel known to that environment", async () => {
    pretend(join(programs, "jupyter-lab"), "exit 3");
    mkdirSync(join(home, ".venv", "bin"), { recursive: true });
    pretend(join(home, ".venv", "bin", "jupyter-lab"), TELLS);
    const { code, stdout } = await lab();
    expect(code).toBe(0);
    const [program, , path] = stdout.split("\n");
    expect(program).toBe(join(home, ".venv", "bin", "jupyter-lab"));
    expect(path).toBe(join(home, ".venv", "share", "jupyter"));
    expect(existsSync(join(path, "kernels", "hashbook", "kernel.json"))).toBe(true);
  });

  it("says how to get JupyterLab where there is none", async () => {
    const { code, stderr } = await lab();
    expect(code).toBe(1);
    expect(stderr).toContain("`hashbook lab --install` installs it here");
  });
});

describe.skipIf(process.platform === "win32")("hashbook lab --install", () => {
  it("makes .venv, asks pip for the pinned packages and papermill's translator, and opens what came", async () => {
    const log = join(home, "log");
    // It makes an environment whose Python tells what it is asked for and leaves a JupyterLab behind, as pip does.
    const inside = `echo "$@" >> ${log}; cp ${join(programs, "lab")} ${join(home, ".venv", "bin", "jupyter-lab")}`;
    pretend(join(programs, "lab"), "echo opened");
    pretend(join(programs, "inside"), inside);
    pretend(
      join(programs, "python3"),
      `case "$1" in -c) echo 3.12.1;; -m) mkdir -p "$3/bin"; cp ${join(programs, "inside")} "$3/bin/python";; esac`,
    );
    const { code, stdout } = await lab("--install");
    expect(code).toBe(0);
    expect(stdout).toBe("opened\n");
    const type = JSON.parse(readFileSync(join(home, ".venv", "package.json"), "utf8")) as unknown;
    expect(type).toEqual({ type: "commonjs" });
    const overrides = join(home, ".venv", "share", "jupyter", "lab", "settings", "overrides.json");
    const settings = JSON.parse(readFileSync(overrides, "utf8"));
    expect(settings["@jupyterlab/apputils-extension:notification"]).toEqual({ fetchNews: "false" });
    const asked = readFileSync(log, "utf8");
    expect(asked).toContain(`--requirement ${join(packageFolder, "jupyter", "requirements.txt")}`);
    expect(asked.trim().endsWith(join(packageFolder, "jupyter", "papermill"))).toBe(true);
  });

  it.each([
    ["too old", "echo 3.9.2", /python3 is too old for JupyterLab; expected Python 3\.11 or newer.*found 3\.9\.2/],
    ["not to be run", "exit 127", /cannot run python3; expected Python 3\.11 or newer/],
    ["without venv", '[ "$1" = -c ] && echo 3.11.0 || exit 1', /-m venv .*` failed; what it said stands above/],
  ])("refuses a Python that is %s", async (_what, script, says) => {
    pretend(join(programs, "python3"), script);
    const { code, stderr } = await lab("--install");
    expect(code).toBe(1);
    expect(stderr).toMatch(says);
  });
});

describe("the pinned packages", () => {
  const lines = (file: string): string[] =>
    readFileSync(join(packageFolder, "jupyter", file), "utf8")
      .split("\n")
      .filter(line => line !== "" && !line.startsWith("#"));

  it("are exact, each once", () => {
    for (const file of ["requirements.txt", "requirements-test.txt"]) {
      const pins = lines(file);
      expect(pins.length).toBeGreaterThan(2);
      expect(pins.filter(pin => !/^[\w.-]+==[\w.]+$/.test(pin))).toEqual([]);
      expect(new Set(pins.map(pin => pin.split("==")[0].toLowerCase())).size).toBe(pins.length);
    }
  });
});
