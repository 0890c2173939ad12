import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemLocks } from "../../src/core/system-locks.js";

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
  mkdirSync(join(checkout, "src", "commands"));
  writeFileSync(
    join(checkout, "src", "commands", "abort-on-signal.ts"),
    "export const endOnSignals = (): void => {};\n",
  );
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

function hashbook(variables: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise(resolve => {
    const env = { ...process.env, ...variables };
    const child = spawn(process.execPath, [join(checkout, "bin", "hashbook.js")], { env });
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
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => hashbook()));
  expect(outcomes.map(outcome => outcome.code)).toEqual([0, 0, 0, 0]);
  const said = outcomes.map(outcome => outcome.stderr).join("");
  expect(said.replaceAll(/hashbook: waiting for process \d+, which is building lib\/\n/g, "")).toBe(BUILDING);
  expect(outcomes.map(outcome => outcome.stdout).join("")).toBe("");
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

it("builds the search page by its own tsconfig, with what lies beside its code", async () => {
  const page = join(checkout, "src", "service", "page");
  const built = join(checkout, "lib", "service", "page");
  mkdirSync(page, { recursive: true });
  cpSync(join(root, "src", "service", "page", "tsconfig.json"), join(page, "tsconfig.json"));
  writeFileSync(join(page, "main.ts"), "document.title = 'page';\n");
  writeFileSync(join(page, "index.html"), "one");
  writeFileSync(join(page, "old.css"), "a {}");
  const config = JSON.parse(readFileSync(join(checkout, "tsconfig.json"), "utf8"));
  writeFileSync(join(checkout, "tsconfig.json"), JSON.stringify({ ...config, exclude: ["src/service/page"] }));
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: BUILDING });
  expect(readdirSync(built).sort()).toEqual(["index.html", "main.js", "old.css"]);
  writeFileSync(join(page, "index.html"), "two");
  rmSync(join(page, "old.css"));
  expect((await hashbook()).stderr).toBe(BUILDING);
  expect(readFileSync(join(built, "index.html"), "utf8")).toBe("two");
  expect(readdirSync(built).sort()).toEqual(["index.html", "main.js"]);
  rmSync(join(built, "index.html"));
  rmSync(join(checkout, "lib", ".built-from"));
  await hashbook();
  expect(existsSync(join(built, "index.html"))).toBe(true);
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

/** Locks the build as another process does; returns how to let go. */
function holdLock(): () => void {
  const file = join(checkout, "lib", ".build-lock");
  mkdirSync(join(checkout, "lib"), { recursive: true });
  writeFileSync(file, "4711");
  const handle = openSync(file, "a+");
  expect(systemLocks()?.tryLock(handle, 2 ** 30, 1)).toBe(true);
  return () => closeSync(handle);
}

it.each([
  ["of a process that lives", `${process.pid}`],
  ["of the first process, as in a container", "1"],
  ["that names no process", ""],
])("is not held up by a file left behind %s", async (_, content) => {
  const lock = join(checkout, "lib", ".build-lock");
  mkdirSync(join(checkout, "lib"));
  writeFileSync(lock, content);
  const tomorrow = new Date(Date.now() + 86_400_000);
  utimesSync(lock, tomorrow, tomorrow);
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: BUILDING });
});

it("waits for a process that builds", async () => {
  const letGo = holdLock();
  let ended = false;
  const waiting = hashbook().then(outcome => {
    ended = true;
    return outcome;
  });
  await new Promise(resolve => setTimeout(resolve, 600));
  expect(ended).toBe(false);
  letGo();
  expect(await waiting).toEqual({ code: 0, stdout: "", stderr: expect.stringContaining(BUILDING) });
});

it("says that it waits, and after some time builds beside one that is stuck", async () => {
  const letGo = holdLock();
  const { code, stderr } = await hashbook({ HASHBOOK_WAIT: "3" });
  letGo();
  expect(code).toBe(0);
  expect(stderr).toBe(
    `hashbook: waiting for process 4711, which is building lib/\nhashbook: process 4711 has been building for 3 s and seems stuck; building beside it\n${BUILDING}`,
  );
});

it("looks at no lock when there is nothing to build", async () => {
  await hashbook();
  const letGo = holdLock();
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: "" });
  letGo();
});

it("builds once what is dated tomorrow", async () => {
  const tomorrow = new Date(Date.now() + 86_400_000);
  utimesSync(join(checkout, "src", "cli.ts"), tomorrow, tomorrow);
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: BUILDING });
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: "" });
});

it("builds again what was deleted from lib/", async () => {
  await hashbook();
  rmSync(join(checkout, "lib", "cli.js"));
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: BUILDING });
});

it("says that packages are missing, or that lib/ cannot be written", async () => {
  writeFileSync(join(checkout, "lib"), "a file in its place");
  const unwritable = await hashbook();
  expect(unwritable.code).toBe(1);
  expect(unwritable.stderr).toMatch(/^hashbook: lib\/ is not what src\/ says and cannot be built: E[A-Z]+: .*\n$/);
  rmSync(join(checkout, "lib"));
  rmSync(join(checkout, "node_modules"));
  const { code, stderr } = await hashbook();
  expect(code).toBe(1);
  expect(stderr).toMatch(/the compiler is not installed: run npm ci\n$/);
});

it("builds without a lock where there are none, and ends also when src/ never rests", async () => {
  rmSync(join(checkout, "node_modules"));
  const compiler = `require("fs").mkdirSync("lib/commands", { recursive: true });
    require("fs").writeFileSync("lib/commands/abort-on-signal.js", "export const endOnSignals = () => {};");
    require("fs").writeFileSync("lib/cli.js", "export const runCli = async () => 3;");
    require("fs").appendFileSync("src/cli.ts", "// changed\\n");`;
  mkdirSync(join(checkout, "node_modules", "typescript", "bin"), { recursive: true });
  writeFileSync(join(checkout, "node_modules", "typescript", "bin", "tsc"), compiler);
  const { code, stderr } = await hashbook();
  expect(code).toBe(3);
  const once = /hashbook: building without a lock \(Cannot find module 'fs-native-extensions'\)\n.*building lib.*\n/;
  expect(stderr).toMatch(new RegExp(`^(${once.source}){3}hashbook: src/ changes all the time; going on .*\n$`));
});

it("leaves an installed package, which has src/ but no tsconfig.json, alone", async () => {
  await hashbook();
  rmSync(join(checkout, "tsconfig.json"));
  rmSync(join(checkout, "lib", ".built-from"));
  expect(await hashbook()).toEqual({ code: 0, stdout: "", stderr: "" });
});
