import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const BUILDING = "hashbook: building lib/ from src/\n";

/** A checkout as small as can be: the real bin/, and a src/ of one file. */
let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "hashbook-checkout-"));
  cpSync(join(root, "bin"), join(checkout, "bin"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"), "dir");
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022"],
    module: "nodenext",
    types: [],
    strict: true,
    incremental: true,
    tsBuildInfoFile: "lib/.tsbuildinfo",
    rootDir: "src",
    outDir: "lib",
  };
  writeFileSync(join(checkout, "package.json"), '{"type": "module"}');
  writeFileSync(join(checkout, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  writeCli("0");
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function writeCli(result: string): void {
  mkdirSync(join(checkout, "src"), { recursive: true });
  writeFileSync(join(checkout, "src", "cli.ts"), `export const runCli = async (): Promise<number> => ${result};\n`);
}

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function hashbook(): Promise<Outcome> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [join(checkout, "bin", "hashbook.js")]);
    const outcome: Outcome = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", bytes => {
      outcome.stdout += bytes;
    });
    child.stderr.on("data", bytes => {
      outcome.stderr += bytes;
    });
    child.on("close", code => resolve({ ...outcome, code }));
  });
}

it("of several processes at once, one builds and all run", async () => {
  const outcomes = await Promise.all(Array.from({ length: 4 }, hashbook));
  expect(outcomes.map(outcome => outcome.code)).toEqual([0, 0, 0, 0]);
  expect(outcomes.map(outcome => outcome.stderr).join("")).toBe(BUILDING);
  expect(outcomes.map(outcome => outcome.stdout).join("")).toBe("");
  expect(existsSync(join(checkout, "lib", ".build-lock"))).toBe(false);
});

it("builds again after a change, and only then", async () => {
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: BUILDING });
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: "" });
  writeCli("5");
  expect(await hashbook()).toEqual({ code: 5, stdout: "", stderr: BUILDING });
  // A new date without a change is none; an old date (git, a copy) hides none.
  const [soon, longAgo] = [new Date(Date.now() + 60_000), new Date(0)];
  utimesSync(join(checkout, "tsconfig.json"), soon, soon);
  expect(await hashbook()).toEqual({ code: 5, stdout: "", stderr: "" });
  writeCli("6");
  utimesSync(join(checkout, "src", "cli.ts"), longAgo, longAgo);
  expect(await hashbook()).toEqual({ code: 6, stdout: "", stderr: BUILDING });
});

it("is not deceived by a compiler that only looked: tsc --noEmit", async () => {
  expect((await hashbook()).code).toBe(0);
  writeCli("7");
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "-p", join(checkout, "tsconfig.json"), "--noEmit"]);
  expect(await hashbook()).toEqual({ code: 7, stdout: "", stderr: BUILDING });
});

it("removes what was built from a source that is gone", async () => {
  mkdirSync(join(checkout, "src", "core"), { recursive: true });
  writeFileSync(join(checkout, "src", "core", "old.ts"), "export const old = 1;\n");
  await hashbook();
  expect(existsSync(join(checkout, "lib", "core", "old.js"))).toBe(true);
  rmSync(join(checkout, "src", "core", "old.ts"));
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: BUILDING });
  expect(existsSync(join(checkout, "lib", "core", "old.js"))).toBe(false);
  expect(existsSync(join(checkout, "lib", "cli.js"))).toBe(true);
});

it("does not run what failed to build, however often it is called", async () => {
  writeCli('"no number"');
  for (let call = 0; call < 2; call++) {
    const { code, stdout, stderr } = await hashbook();
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/the build of lib\/ failed.*\nsrc\/cli\.ts\(1,\d+\): error TS2322/);
  }
});

it("is not held up by the lock of a process that is gone", async () => {
  const gone = spawn(process.execPath, ["-e", ""]);
  await new Promise(resolve => gone.on("close", resolve));
  mkdirSync(join(checkout, "lib"));
  writeFileSync(join(checkout, "lib", ".build-lock"), `${gone.pid}`);
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: BUILDING });
});

it("is not held up by an old lock that names no process", async () => {
  const lock = join(checkout, "lib", ".build-lock");
  mkdirSync(join(checkout, "lib"));
  writeFileSync(lock, "");
  const aMinuteAgo = new Date(Date.now() - 60_000);
  utimesSync(lock, aMinuteAgo, aMinuteAgo);
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: BUILDING });
});

it("waits for the lock of a process that lives", async () => {
  await hashbook();
  const lock = join(checkout, "lib", ".build-lock");
  writeFileSync(lock, `${process.pid}`);
  let ended = false;
  const waiting = hashbook().then(outcome => {
    ended = true;
    return outcome;
  });
  await new Promise(resolve => setTimeout(resolve, 600));
  expect(ended).toBe(false);
  rmSync(lock);
  expect(await waiting).toEqual({ code: 0, stdout: "", stderr: "" });
});

it("leaves an installed package, which has src/ but no tsconfig.json, alone", async () => {
  await hashbook();
  rmSync(join(checkout, "tsconfig.json"));
  rmSync(join(checkout, "lib", ".built-from"));
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: "" });
});
