// Where a cell throws is found in its own text, through the map that comes with its code.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire, SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { afterAll, expect, it } from "vitest";
import { createCellRunner } from "./cell-runner.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-maps-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a cell that throws. @returns the text of the cell from where it threw to the end of that line */
async function thrownAt(source: string, earlier: string[] = []): Promise<string> {
  const runner = createCellRunner(folder);
  for (const cell of earlier) await runner.run(cell);
  const compiled = runner.compiler.compile("thrown", 9, source);
  if ("error" in compiled) throw new Error(compiled.error.evalue);
  const filename = join(folder, "thrown.ts");
  const script = new Script(compiled.code, {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  try {
    await script.runInThisContext()(runner.names, createRequire(filename), () => {});
  } catch (error) {
    const [, line, column] = /thrown\.ts:(\d+):(\d+)/.exec(String((error as Error).stack)) ?? [];
    const map = new SourceMap(JSON.parse(compiled.map));
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalLine" in entry)) throw new Error(`nothing is known of line ${line}, column ${column}`);
    expect(entry.originalSource).toBe("cell 9");
    return source.split("\n")[entry.originalLine].slice(entry.originalColumn);
  }
  throw new Error("nothing was thrown");
}

it.each<[string, string, string, string[]?]>([
  [
    "below types that vanish",
    "interface A {\n  x: number;\n}\ntype B = A;\nconst a: B = { x: 1 };\nthrow new Error(String(a.x));",
    "new Error(String(a.x));",
  ],
  ["in the first line", "throw new Error('a')", "new Error('a')"],
  ["in the last expression", "const o = {} as any;\n\no.a.b", "b"],
  [
    "where a name of an earlier cell is used",
    "const x = 1;\n  table.rows.length + x",
    "length + x",
    ["const table: any = {};"],
  ],
  ["below imports", "import { join } from 'node:path';\n\nconst a = join('a');\n(null as any).length;", "length;"],
  [
    "after enums and decorators",
    "enum E { A, B }\n@d\nclass A {}\nfunction d(c: unknown, x: unknown) {}\nthrow new Error(E[0]);",
    "new Error(E[0]);",
  ],
  [
    "behind an await",
    "await Promise.resolve();\nawait (async () => {\n  await null;\n  throw new Error('x');\n})();",
    "new Error('x');",
  ],
])("%s", async (_, source, expected, earlier = []) => {
  expect(await thrownAt(source, earlier)).toBe(expected);
});
