import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CellRunner, createCellRunner } from "./cell-runner.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-complete-"));
let runner: CellRunner;
beforeAll(async () => {
  writeFileSync(
    join(folder, "lib.d.mts"),
    `export interface Options { /** How many. */ bits: number; seed?: number; method?: "a" | "b" }
     /** Trains. */
     export declare function train(data: number[], options: Options): Promise<void>;
     export declare class Head { dim: number }`,
  );
  writeFileSync(join(folder, "lib.mjs"), "export const train = async () => {}; export class Head {}");
  runner = createCellRunner(folder);
  await runner.run(
    "import * as lib from './lib.mjs'; const someName = 1; let text = 'a'; interface Shape { area: number }",
  );
  await runner.run(
    "class Square implements Shape { area = 4; side(): number { return 2; } } const square = new Square();",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Completes at `|`. */
function completed(marked: string): { texts: string[]; entries: Record<string, unknown>; replaced: string } {
  const source = marked.replace("|", "");
  const { start, end, entries } = runner.compiler.complete(source, marked.indexOf("|"));
  const texts = entries.map(({ text }) => text);
  return {
    texts,
    entries: Object.fromEntries(entries.map(entry => [entry.text, entry])),
    replaced: source.slice(start, end),
  };
}

describe("completion", () => {
  it("gives members with their types", () => {
    const { entries, texts, replaced } = completed("square.|");
    expect(texts).toEqual(["area", "side"]);
    expect(entries.side).toEqual({ text: "side", type: "method", signature: "(): number" });
    expect(replaced).toBe("");
  });

  it("knows what imports are", () => {
    const { entries } = completed("lib.|");
    expect(entries.train).toEqual({
      text: "train",
      type: "function",
      signature: "(data: number[], options: Options): Promise<void>",
    });
    expect(entries.Head).toEqual({ text: "Head", type: "class", signature: "class Head" });
  });

  it("replaces what has been typed of a name", () => {
    const { texts, replaced } = completed("console.log(someN|)");
    expect(texts).toEqual(["someName"]);
    expect(replaced).toBe("someN");
  });

  it("puts names as they are typed before those of other case", () => {
    expect(completed("squ|").texts.slice(0, 1)).toEqual(["square"]);
    expect(completed("squ|").texts).toContain("Square");
  });

  it("gives options, the needed ones first, and nothing else, in calls that are being typed", () => {
    const { texts, entries } = completed("await lib.train([1], { |");
    expect(texts).toEqual(["bits", "method", "seed"]);
    expect(entries.seed).toMatchObject({ type: "property", signature: "number" });
    expect(completed("await lib.train([1], { bits: 1, s|").texts).toEqual(["seed"]);
    expect(completed("await lib.train([1], { bits: 1, method: '|' })").texts).toEqual(["a", "b"]);
  });

  it("knows names of the cell itself, types, and an earlier cell's text", () => {
    expect(completed("const inner = { one: 1 };\ninner.|").texts).toEqual(["one"]);
    expect(completed("const s: Sha|").texts[0]).toBe("Shape");
    expect(completed("text.toU|").texts).toEqual(["toUpperCase"]);
    expect(completed("`${someN|").texts).toEqual(["someName"]);
  });

  it("names no names of browsers", () => {
    const { texts } = completed("|");
    expect(texts).toContain("console");
    expect(texts.filter(text => ["document", "window", "HTMLElement", "alert"].includes(text))).toEqual([]);
  });

  it("has modules for imports", () => {
    expect(completed('import { x } from "node:f|').texts).toContain("node:fs");
    expect(completed('import { tr| } from "./lib.mjs"').texts).toContain("train");
  });
});
