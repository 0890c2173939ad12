// A union of names is decided by an exhaustive check or by a lookup, never by "if … else the last one": a name that is
// added later must not take the branch of another in silence.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { silentDecisions } from "./silent-decisions.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function programOf(files: readonly string[]): ts.Program {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createProgram(files, { ...options, noEmit: true, incremental: false, declaration: false });
}

describe("unions of names", () => {
  it("are decided by an exhaustive check or a lookup in src/", () => {
    const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter(file => file.endsWith(".ts"))
      .map(file => join(root, "src", file));
    expect(files.length).toBeGreaterThan(100);
    expect(silentDecisions(programOf(files), files, root)).toEqual([]);
  });
});

describe("the checker", () => {
  const types = `type Kind = "a" | "b" | "c"; interface Item { readonly kind: Kind; readonly side: "left" | "right" }
    type Shape = { type: "round"; r: number } | { type: "square"; s: number } | { type: "flat" };
    declare const TABLE: Record<Kind, number>; declare function openKind(kind: Kind): number; declare function note(text: string): void;
  `;
  const seen = [
    ["a ternary", 'export const f = (k: Kind) => (k === "a" ? 1 : 2);', 'k may be "b", "c"'],
    ["a ternary of unequal", 'export const f = (k: Kind) => (k !== "a" ? 1 : 2);', 'k may be "b", "c"'],
    ["a chain of ternaries", 'export const f = (k: Kind) => (k === "a" ? 1 : k === "b" ? 2 : 3);', 'k may be "c"'],
    ["a property", 'export const f = (i: Item) => (i.kind === "a" ? 1 : 2);', 'i.kind may be "b", "c"'],
    ["an optional one", 'export const f = (k?: Kind) => (k === "a" ? 1 : 2);', 'k may be "b", "c"'],
    [
      "a condition of several parts",
      'export const f = (k: Kind, on: boolean) => (on && k === "a" ? 1 : 2);',
      'k may be "b", "c"',
    ],
    [
      "names of a narrower type",
      'export const f = (k: Kind) => { if (k === "c") throw 1; return k === "a" ? 1 : 2; };',
      'k may be "b"',
    ],
    [
      "if and else",
      'export function f(k: Kind) { if (k === "a") { note("a"); } else if (k === "b") { note("b"); } else { note("c"); } }',
      'k may be "c"',
    ],
    [
      "an early return",
      'export function f(k: Kind) { if (k === "a") return 1; const two = 2; return two; }',
      'k may be "b", "c"',
    ],
    [
      "early returns",
      'export function f(k: Kind) { if (k === "a") return 1; if (k === "b") return 2; return 3; }',
      'k may be "c"',
    ],
    [
      "an early continue",
      'export function f(ks: Kind[]) { for (const k of ks) { if (k === "a") continue; note(k); } }',
      'k may be "b", "c"',
    ],
    [
      "a switch without a default",
      'export function f(k: Kind) { let n = 0; switch (k) { case "a": n = 1; break; case "b": n = 2; } return n; }',
      'k may be "c"',
    ],
    [
      "a switch with a silent default",
      'export function f(k: Kind) { switch (k) { case "a": return 1; default: return 2; } }',
      'k may be "b", "c"',
    ],
    [
      "a switch over two names",
      'export function f(i: Item) { switch (i.side) { case "left": return 1; default: return 2; } }',
      'i.side may be "right"',
    ],
    [
      "a switch over a discriminant",
      'export function f(s: Shape) { switch (s.type) { case "round": return s.r; default: return 0; } }',
      's.type may be "flat", "square"',
    ],
    [
      "a name in a text",
      'export function f(k: Kind) { if (k === "a") return "x"; note(k); return "y"; }',
      'k may be "b", "c"',
    ],
  ] as const;
  const accepted = [
    ["a table", "export const f = (k: Kind) => TABLE[k];"],
    ["a table after one name", 'export function f(k: Kind) { if (k === "a") return 0; return TABLE[k]; }'],
    [
      "an exhaustive switch",
      'export function f(k: Kind) { switch (k) { case "a": return 1; case "b": case "c": return 2; } }',
    ],
    [
      "a switch whose default throws",
      'export function f(k: Kind) { switch (k) { case "a": return 1; default: throw new Error(k); } }',
    ],
    ["all names in a chain", 'export const f = (k: Kind) => (k === "a" ? 1 : k === "b" || k === "c" ? 2 : 3);'],
    ["two names", 'export const f = (i: Item) => (i.side === "left" ? 1 : 2);'],
    ["something more for one name", 'export function f(k: Kind) { if (k === "a") note("a"); return k; }'],
    ["nothing for the others", 'export const f = (k: Kind) => ({ ...(k === "a" ? { n: 1 } : {}) });'],
    [
      "nothing for the others, left early",
      'export function f(ks: Kind[]) { for (const k of ks) { if (k !== "a") continue; note("a"); } }',
    ],
    ["the others as they are", 'export const f = (k: Kind) => (k === "a" ? "first" : k);'],
    ["a refusal of the others", 'export function f(k: Kind) { if (k !== "a") throw new Error(k); return 1; }'],
    ["a last branch that throws", 'export function f(k: Kind) { if (k === "a") return 1; throw new Error(k); }'],
    ["what hands the others on", 'export function f(k: Kind) { if (k === "a") return 1; return openKind(k); }'],
    ["any text", 'export const f = (k: string) => (k === "a" ? 1 : 2);'],
    ["typeof", 'export const f = (k: unknown) => (typeof k === "string" ? 1 : 2);'],
  ] as const;

  // one program of them all: most of its time goes into the types of the language
  const sources = new Map(
    [...seen, ...accepted].map(([, source], i) => [join(root, "test", `checked-${i}.ts`), source]),
  );
  const fileOf = (source: string): string => [...sources].find(([, text]) => text === source)![0];
  let program: ts.Program;
  beforeAll(() => {
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      types: [],
    };
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getSourceFile = (name, ...rest) => {
      const source = sources.get(name);
      if (source === undefined) return getSourceFile(name, ...rest);
      return ts.createSourceFile(name, types + source, ts.ScriptTarget.ES2022, true);
    };
    program = ts.createProgram([...sources.keys()], options, host);
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([]);
  });

  it.each(seen)("sees %s", (_, source, expected) => {
    expect(silentDecisions(program, [fileOf(source)], root)[0]).toContain(
      `: ${expected}, which falls to the last branch`,
    );
  });

  it.each(accepted)("accepts %s", (_, source) => {
    expect(silentDecisions(program, [fileOf(source)], root)).toEqual([]);
  });
});
