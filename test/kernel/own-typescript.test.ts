import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-own-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs code in a process of its own, in the folder, with `own` ready; what it prints is JSON. */
function run(code: string): unknown {
  const built = pathToFileURL(join(packageFolder, "lib", "kernel", "own-typescript.js")).href;
  const module = `import { OwnTypeScript } from ${JSON.stringify(built)};
import { writeFileSync } from "node:fs";
const own = new OwnTypeScript();
${code}`;
  writeFileSync(join(folder, "run.mjs"), module);
  return JSON.parse(execFileSync(process.execPath, ["run.mjs"], { cwd: folder, encoding: "utf8" }));
}

describe("TypeScript files of one's own", () => {
  it("are imported as the JavaScript they become, and import each other; a changed one is imported anew", () => {
    writeFileSync(join(folder, "one.ts"), 'import { two } from "./two.js";\nexport const three: number = 1 + two;\n');
    writeFileSync(join(folder, "two.ts"), "interface Two { value: number }\nexport const two: number = 2;\n");
    const found = run(`own.expect('import("./one.js")');
const before = (await import("./one.js")).three;
writeFileSync("one.ts", "export const three: number = 33;");
console.log(JSON.stringify([before, (await import("./one.js")).three]));`);
    expect(found).toEqual([3, 33]);
  });

  it("can be named by their own ending, and errors stand at the lines of the source", () => {
    writeFileSync(
      join(folder, "thrower.ts"),
      "interface A {\n  a: number;\n}\n\nexport const fail = (a?: A): never => {\n  throw new Error(String(a));\n};\n",
    );
    writeFileSync(join(folder, "between.ts"), 'export { fail } from "./thrower.ts";');
    const errors = pathToFileURL(join(packageFolder, "lib", "kernel", "cell-errors.js")).href;
    const found = run(`own.expect('import("./between.ts")');
const { CellErrors } = await import(${JSON.stringify(errors)});
const errors = new CellErrors(own);
const { fail } = await import("./between.ts");
try { fail() } catch (error) { console.log(JSON.stringify(errors.describe(error).traceback)) }`);
    expect((found as string[]).join("\n")).toContain("thrower.ts:6:9");
  });

  it("are made anew when one that they import has changed", () => {
    writeFileSync(
      join(folder, "outer.ts"),
      'import { inner } from "./inner";\nexport const outer = (): number => inner;\n',
    );
    writeFileSync(join(folder, "inner.ts"), 'import "./outer.js";\nexport const inner: number = 1;\n'); // a circle
    const found = run(`own.expect('import("./outer")');
const before = (await import("./outer")).outer();
writeFileSync("inner.ts", "export const inner: number = 2;");
console.log(JSON.stringify([before, (await import("./outer")).outer()]));`);
    expect(found).toEqual([1, 2]);
  });

  it("are refused with file, line and column where they cannot be read", () => {
    writeFileSync(join(folder, "broken.ts"), "export const x = 1;\nexport function f( { return 2 }\n");
    const found = run(`own.expect('import("./broken.ts")');
const error = await import("./broken.ts").catch(error => error);
console.log(JSON.stringify([error.name, error.message]));`);
    expect(found).toEqual(["SyntaxError", expect.stringMatching(/broken\.ts:2:29: ':' expected\./)]);
  });

  it("do not stand for JavaScript that is there, nor for what is not there", () => {
    writeFileSync(join(folder, "both.ts"), 'export const from: string = "ts";');
    writeFileSync(join(folder, "both.js"), 'module.exports = { from: "js" };');
    writeFileSync(join(folder, "own.ts"), "export const own: number = 1;");
    const found = run(`own.expect('import("./own.js")');
const none = await import("./none.js").catch(error => error.code);
console.log(JSON.stringify([(await import("./both.js")).default.from, none]));`);
    expect(found).toEqual(["js", "ERR_MODULE_NOT_FOUND"]);
  });
});
