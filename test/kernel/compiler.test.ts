import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CellRunner, createCellRunner } from "./cell-runner.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-cells-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs cells one after the other in a notebook of their own. @returns the value of the last */
async function runAll(...cells: string[]): Promise<unknown> {
  const runner = createCellRunner(folder);
  let value: unknown;
  for (const cell of cells) value = await runner.run(cell);
  return value;
}

describe("names of earlier cells", () => {
  it.each<[string, string[], unknown]>([
    ["a constant", ["const a = 2;", "a + 1"], 3],
    ["shorthand", ["const seed = 7;", "const o = { seed }; o.seed"], 7],
    ["spread and shorthand", ["const config = { a: 1 }; const seed = 7;", "({ ...config, seed })"], { a: 1, seed: 7 }],
    ["assigning to a let", ["let n = 1;", "n = 5;", "n"], 5],
    ["n++", ["let n = 1;", "n++; n += 2;", "n"], 4],
    [
      "assigning by destructuring",
      ["let a = 1, b = 2;", "({ a, b = 9 } = { a: 4 } as { a: number; b?: number }); [a, b]"],
      [4, 9],
    ],
    ["assigning by an array", ["let a = 1, b = 2;", "[a, b] = [b, a];", "[a, b]"], [2, 1]],
    ["the variable of a loop", ["let i = 0;", "for (i of [1, 2, 3]) {}", "i"], 3],
    ["a closure sees assignments", ["let n = 1; const get = () => n;", "n = 8;", "get()"], 8],
    ["a closure assigns", ["let n = 1; const add = () => { n++; };", "add(); add();", "n"], 3],
    ["declared again", ["const x = 1;", "const x = 'two';", "x.length"], 3],
    ["declared again with another type", ["let x: number = 1;", "let x: string = 'a'; x", "x.toUpperCase()"], "A"],
    ["a later declaration is seen by functions", ["const k = 1;", "const f = () => k;", "const k = 2;", "f()"], 2],
    ["functions", ["function f(x: number) { return x * 2; }", "f(4)"], 8],
    ["calls without this", ["function f(this: unknown) { return this; }", "f()"], undefined],
    [
      "calls in parentheses without this",
      ["function f(this: unknown) { return this; }", "(f as any)(); (f)()"],
      undefined,
    ],
    ["tags without this", ["function f(this: unknown, s: TemplateStringsArray) { return this; }", "f`a`"], undefined],
    ["classes", ["class A { x = 1; }", "class B extends A { y = 2; }", "const b: B = new B(); [b.x, b.y]"], [1, 2]],
    ["types", ["interface P { x: number } type Q = P[];", "const q: Q = [{ x: 1 }]; q[0].x"], 1],
    ["enums", ["enum E { A, B = 5 }", "E.B + E.A", "const e: E = E.B; E[e]"], "B"],
    ["constant enums", ["const enum E { A = 3 }", "const e: E = E.A; e"], 3],
    [
      "namespaces",
      ["namespace N { export const a = 1; export interface T { z: number } }", "const t: N.T = { z: N.a }; t.z"],
      1,
    ],
    ["generics", ["function id<T>(x: T): T { return x; }", "id<string>('a').length"], 1],
    ["a parameter of the same name", ["const x = 1;", "((x: number) => x)(2)"], 2],
    ["a block's own name", ["const x = 1;", "{ const x = 3; if (x !== 3) throw Error(); } x"], 1],
    ["var in a block", ["if (true) { var v = 3; }", "v"], 3],
    ["var of a loop", ["for (var i = 0; i < 4; i++) {}", "i"], 4],
    [
      "patterns",
      ["const { a, b: [c, ...d], ...e } = { a: 1, b: [2, 3, 4], f: 5 };", "[a, c, d, e]"],
      [1, 2, [3, 4], { f: 5 }],
    ],
    ["a property of the same name", ["const x = 1;", "const o = { x: 2 }; o.x"], 2],
    ["typeof of a name", ["const x = 1;", "typeof x"], "number"],
    [
      "decorators",
      [
        "const seen: string[] = []; function d(c: unknown, x: ClassDecoratorContext) { seen.push(String(x.name)); }",
        "@d class A {}",
        "seen",
      ],
      ["A"],
    ],
    ["names of parameters", ["const require = 1, $names = 2, $bind = 3;", "[require, $names, $bind]"], [1, 2, 3]],
    [
      "narrowing of a let",
      ["let x: string | undefined = 'a' as string | undefined;", "if (x !== undefined) x = x.toUpperCase();", "x"],
      "A",
    ],
    [
      "what is declared for all",
      ["declare global { var everywhere: number; } globalThis.everywhere = 3;", "everywhere + 1", "everywhere"],
      3,
    ],
    ["a let without a type", ["let model;", "model = { dim: 3 };", "model.dim"], 3],
    ["a let that begins as null", ["let best = null;", "best = { dim: 4 };", "best.dim"], 4],
    ["a list that begins empty", ["const rows = [];", "rows.push(1); rows.push('b');", "rows.length"], 2],
    ["a parameter without a type", ["const twice = x => 2 * x;", "twice(3)"], 6],
    ["what may be undefined", ["const found = [{ a: 1 }].find(x => x.a === 1);", "found.a"], 1],
    ["a map's value", ["const m = new Map([['a', { n: 2 }]]);", "m.get('a').n"], 2],
    [
      "using",
      [
        "const ends: string[] = []; using r = { name: 'r', [Symbol.dispose]() { ends.push('end'); } }; const inside = ends.length;",
        "[r.name, inside, ends]",
      ],
      ["r", 0, ["end"]],
    ],
    [
      "private fields and static blocks",
      ["class P { #x = 1; static n = 0; static { P.n = 5; } get x() { return this.#x; } }", "[new P().x, P.n]"],
      [1, 5],
    ],
    [
      "overloads",
      [
        "function over(x: number): number; function over(x: string): string; function over(x: any) { return x; }",
        "over('a').length",
      ],
      1,
    ],
    ["objects of objects", ["const a = { b: 1 };", "const a2 = { a, b: { a } }; a2.b.a.b"], 1],
    ["optional calls", ["const f = undefined as (() => number) | undefined;", "f?.()"], undefined],
    [
      "exported",
      [
        "export const a = 1; export function f() { return a; } export class C {} export enum E { Z = 4 }",
        "[a, f(), E.Z, typeof C]",
      ],
      [1, 1, 4, "function"],
    ],
  ])("%s", async (_, cells, value) => {
    expect(await runAll(...cells)).toEqual(value);
  });
});

describe("the value of a cell", () => {
  it.each<[string, unknown]>([
    ["1 + 1", 2],
    ["1;", 1],
    ["'a string'", "a string"],
    ["const x = 1;", undefined],
    ["", undefined],
    ["// nothing", undefined],
    ["{ a: 1 }", { a: 1 }],
    ["// options\n{ a: 1, b: { c: 2 } }  // so", { a: 1, b: { c: 2 } }],
    ["{ }", undefined],
    ["{ const a = 1; }", undefined],
    ["function f() {}", undefined],
    ["class A {}\nA.name", "A"],
    ["if (true) 1", undefined],
    ["() => 1", expect.any(Function)],
    ["interface A { x: number }", undefined],
    ["1; type T = 1", undefined],
    ["1 /* a */ // b", 1],
    ["export default 4", 4],
    ["'use strict'; this", undefined],
  ])("%j is %j", async (source, value) => {
    expect(await runAll(source)).toEqual(value);
  });
});

describe("waiting", () => {
  it.each<[string, string[], unknown]>([
    ["await (x)", ["await (Promise.resolve(3))"], 3],
    ["await in an argument", ["[await Promise.resolve(1), await (async () => 2)()]"], [1, 2]],
    ["for await", ["let n = 0; for await (const x of [Promise.resolve(1), 2]) n += x; n"], 3],
    ["await import", ["const path = await import('node:path');", "path.posix.join('a', 'b')"], "a/b"],
    ["a promise as the last value, without await", ["const f = async () => 5;", "f()"], 5],
    ["await of an earlier name", ["const p = Promise.resolve(5);", "await p"], 5],
    [
      "await using",
      ["let s = ''; { await using r = { [Symbol.asyncDispose]: async () => { s += 'x'; } }; s += 'a'; } s"],
      "ax",
    ],
  ])("%s", async (_, cells, value) => {
    expect(await runAll(...cells)).toEqual(value);
  });
});

it("a cell whose value is to come waits, others do not", () => {
  const { compiler } = createCellRunner(folder);
  const isAsync = (source: string): unknown => {
    const compiled = compiler.compile("id", 1, source);
    return "isAsync" in compiled && compiled.isAsync;
  };
  const waiting = [
    "Promise.resolve(1)",
    "null as Promise<number> | null",
    "import('node:fs')",
    "await 1",
    "import 'node:fs'",
  ];
  expect(waiting.map(isAsync)).toEqual(waiting.map(() => true));
  const others = [
    "1",
    "const p = Promise.resolve(1)",
    "null as any",
    "import type { Stats } from 'node:fs'",
    "async () => { await 1 }",
  ];
  expect(others.map(isAsync)).toEqual(others.map(() => false));
});

describe("imports", () => {
  beforeAll(() => {
    writeFileSync(join(folder, "m.mjs"), "export let n = 1; export const up = () => { n++; }; export default 'd';");
    writeFileSync(join(folder, "c.cjs"), "module.exports = Object.fromEntries([['late', 4], ['own', 5]]);");
    writeFileSync(join(folder, "d.json"), '{ "a": [1] }');
  });

  it.each<[string, string[], unknown]>([
    ["names, and what they become", ["import { n, up } from './m.mjs'; up();", "up(); n"], 3],
    ["the default", ["import d from './m.mjs';", "d"], "d"],
    ["the whole", ["import * as m from './m.mjs';", "m.default"], "d"],
    ["renamed", ["import { default as e } from './m.mjs'; const o = { e }; o"], { e: "d" }],
    [
      "a type beside a value",
      ["import { basename, type ParsedPath } from 'node:path';", "const p = {} as ParsedPath; basename('/a/b')"],
      "b",
    ],
    [
      "a type alone",
      ["import { ParsedPath } from 'node:path';", "const p: Partial<ParsedPath> = { base: 'a' }; p.base"],
      "a",
    ],
    ["the default of a builtin", ["import fs from 'node:fs';", "typeof fs.readFileSync"], "function"],
    ["import equals", ["import fs = require('node:fs');", "typeof fs.readFileSync"], "function"],
    [
      "names that Node does not see in CommonJS",
      ["import { late } from './c.cjs'; import * as c from './c.cjs';", "[late, c.own]"],
      [4, 5],
    ],
    ["JSON", ["import data from './d.json';", "data.a[0]"], 1],
    ["below other code", ["const a = 1; import { sep } from 'node:path'; a + sep"], "1/"],
    ["import.meta", ["import.meta.dirname"], folder],
  ])("%s", async (_, cells, value) => {
    expect(await runAll(...cells)).toEqual(value);
  });

  it("sees what has changed in TypeScript of one's own, and what has come", () => {
    const { compiler } = createCellRunner(folder);
    const compile = (): unknown => compiler.compile("id", 1, "import { own } from './own.js'; const n: number = own;");
    expect(compile()).toMatchObject({ error: { evalue: expect.stringContaining("Cannot find module './own.js'") } });
    writeFileSync(join(folder, "own.ts"), "export const own: number = 1;");
    expect(compile()).toMatchObject({ isAsync: true });
    writeFileSync(join(folder, "own.ts"), "export const own: string = 'a';");
    utimesSync(join(folder, "own.ts"), 1, 1);
    expect(compile()).toMatchObject({ error: { evalue: expect.stringContaining("Type 'string'") } });
  });

  it("refuses a name that a module does not export", async () => {
    await expect(runAll("import { none } from './c.cjs';")).rejects.toThrow("none");
  });
});

describe("tslab", () => {
  it("is a name that is always there, with its types, and comes by require", () => {
    const { compiler } = createCellRunner(folder);
    const compiled = compiler.compile(
      "id",
      1,
      "import * as tslab from 'tslab'; tslab.display.html('a'); tslab.newDisplay().text('b');",
    );
    expect(compiled).toMatchObject({ isAsync: false, code: expect.stringContaining('require("tslab")') });
    expect(compiler.compile("id", 1, "import { display } from 'tslab'; display.nothing();")).toMatchObject({
      error: { ename: "TypeScriptError" },
    });
    expect(compiler.compile("id", 1, "const t = await import('tslab'); t.display.html('a')")).toMatchObject({
      code: expect.stringContaining("Promise.resolve(require('tslab')"),
      isAsync: true,
    });
    expect(compiler.compile("id", 1, "const t = require('tslab'); t.display.html('a')")).toMatchObject({
      isAsync: false,
    });
  });
});

describe("a cell that throws", () => {
  it("keeps the names it has reached, and no others", async () => {
    const runner = createCellRunner(folder);
    await expect(
      runner.run("const a = 1; let b = 2; function f() { return a; } throw Error('no'); const c = 3;"),
    ).rejects.toThrow("no");
    expect(await runner.run("[a, b, f()]")).toEqual([1, 2, 1]);
    await expect(runner.run("c")).rejects.toThrow("Cannot find name 'c'");
  });
});

describe("errors", () => {
  const errorOf = (source: string) => {
    const compiled = createCellRunner(folder).compiler.compile("id", 3, source);
    if (!("error" in compiled)) throw new Error(`compiled: ${compiled.code}`);
    return compiled.error;
  };

  it("names the line of a wrong type, and shows it", () => {
    const { ename, evalue, traceback } = errorOf('const a = 1;\n\nconst text: number = "x";');
    expect(ename).toBe("TypeScriptError");
    expect(evalue).toBe("cell 3, line 3: Type 'string' is not assignable to type 'number'. (TS2322)");
    expect(traceback.slice(1)).toEqual(['    3 | const text: number = "x";', `      |       ${"^".repeat(4)}`]);
  });

  it("explains that a cell does not return", () => {
    expect(errorOf("const x = 1;\nreturn x;")).toMatchObject({
      ename: "SyntaxError",
      evalue: expect.stringContaining("cell 3, line 2: `return`"),
    });
  });

  it.each([
    ["const x = ;", 1],
    ["foo(", 1],
    ["if (true)", 1],
    ["const s = `a", 1],
    ["/* a", 1],
    ["const a = 1;\nlet a = 2;", 1],
    ["\nconst x = 'a\nb';", 2],
    ["const f = () => {\n  const x = 1;\n", 2],
  ])("%j is a SyntaxError", (source, line) => {
    expect(errorOf(source)).toMatchObject({
      ename: "SyntaxError",
      evalue: expect.stringContaining(`cell 3, line ${line}: `),
    });
  });

  it.each(['export * from "node:fs";', 'export { join } from "node:path";'])(
    "%s says what to write instead",
    source => {
      expect(errorOf(source)).toMatchObject({
        ename: "SyntaxError",
        evalue: expect.stringMatching(/^cell 3, line 1: .*Write 'import' for 'export'/),
      });
    },
  );

  it("a constant of an earlier cell is not assigned to", async () => {
    const runner: CellRunner = createCellRunner(folder);
    await runner.run("const k = 1;");
    await expect(runner.run("k = 2;")).rejects.toThrow("Cannot assign to 'k': an earlier cell declares it");
  });

  it("lets cells run in spite of them that ask for it", async () => {
    const runner = createCellRunner(folder);
    const source = "// @ts-nocheck\nconst text: number = 'x'; text";
    const compiled = runner.compiler.compile("id", 1, source);
    expect(compiled).toMatchObject({ warnings: [expect.stringContaining("cell 1, line 2: Type 'string'")] });
    expect(await runner.run(source)).toBe("x");
    expect(await createCellRunner(folder, "warn").run("const text: number = 'x'; text")).toBe("x");
  });
});
