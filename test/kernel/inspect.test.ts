import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CellRunner, createCellRunner } from "./cell-runner.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-inspect-"));
let runner: CellRunner;
beforeAll(async () => {
  writeFileSync(
    join(folder, "lib.d.mts"),
    `export interface Options {
  /** Length of a code; see {@link train}. */
  bits: number;
}
/**
 * Trains a head.
 * @param data rows of it
 * @param options - how
 * @returns the loss
 * @throws {RangeError} without rows
 * @example train([1], { bits: 2 })
 */
export declare function train(data: number[], options: Options): Promise<number>;`,
  );
  writeFileSync(join(folder, "lib.mjs"), "export const train = async () => 1;");
  runner = createCellRunner(folder);
  await runner.run(
    "import * as lib from './lib.mjs'; import { train } from './lib.mjs';\n/** How far. */ let radius = 2;",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Inspects at `|`. */
function inspected(marked: string, detail: 0 | 1 = 0): { markdown: string; plain: string } | undefined {
  const found = runner.compiler.inspect(marked.replace("|", ""), marked.indexOf("|"), detail);
  return found && { markdown: String(found["text/markdown"]), plain: String(found["text/plain"]) };
}

const TRAIN = `\`\`\`typescript
function train(data: number[], options: lib.Options): Promise<number>
\`\`\`

Trains a head.

- \`data\`: rows of it
- \`options\`: how

**Returns** the loss

**Throws** \`RangeError\` without rows

**Example**

\`\`\`typescript
train([1], { bits: 2 })
\`\`\``;

describe("inspection", () => {
  it("tells signature, text and tags as Markdown, and as plain text", () => {
    expect(inspected("lib.tr|ain")?.markdown).toBe(TRAIN);
    expect(inspected("lib.train|")?.markdown).toBe(TRAIN);
    expect(inspected("lib.train|")?.plain).toContain(
      "Trains a head.\n\n@param data: rows of it\n@param options: how\n@returns the loss",
    );
  });

  it("tells of the function whose arguments are being typed", () => {
    expect(inspected("await lib.train(|")?.markdown).toContain("Trains a head.");
    expect(inspected("await lib.train([1], |)")?.plain).toContain(
      "train(data: number[], options: lib.Options): Promise<number>",
    );
  });

  it("tells of options, also of those that have no value yet", () => {
    expect(inspected("lib.train([1], { bits|: 1 })")?.plain).toContain("Length of a code; see `train`.");
    expect(inspected("lib.train([1], { bits|")?.plain).toContain("Length of a code; see `train`.");
  });

  it("tells of values of earlier cells, and where things are declared when more is asked", () => {
    expect(inspected("radius|")?.plain).toContain("let radius: number");
    expect(inspected("train|", 1)?.plain).toContain(`${join(folder, "lib.d.mts")}, line 13`);
    expect(inspected("train|", 0)?.plain).not.toContain("line 13");
  });

  it("knows nothing of blanks and numbers", () => {
    expect(inspected("1 + |2")).toBeUndefined();
    expect(inspected("|")).toBeUndefined();
    expect(inspected("nowhere|")?.plain ?? "any").toContain("any");
  });

  it("knows what Node and the language have", () => {
    expect(inspected("JSON.stringify|")?.plain).toContain(
      "Converts a JavaScript value to a JavaScript Object Notation (JSON) string.",
    );
    expect(inspected("console.log|")?.markdown).toContain("stdout");
  });
});
