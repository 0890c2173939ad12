// Random programs, split into cells at random, do what the same program does in one file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import ts from "typescript";
import { afterAll, expect, it } from "vitest";
import { type CellRunner, createCellRunner } from "./cell-runner.js";
import { LOG, randomProgram } from "./random-program.js";

const PROGRAMS = process.env.HASHBOOK_SLOW_TESTS === "1" ? 600 : 10;
const folder = mkdtempSync(join(tmpdir(), "hashbook-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Numbers that depend on a seed alone (mulberry32). */
function seededBelow(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** What the program tells when it is one file, compiled by TypeScript alone. */
async function tellsInOneFile(statements: readonly string[]): Promise<unknown> {
  const source = `async function program() { "use strict"; ${statements.join("\n")}\nreturn ${LOG}; }\nprogram()`;
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  return await new Script(outputText).runInThisContext();
}

/** What it tells when it is cells of a notebook, which has run others before. */
async function tellsInCells(cells: readonly string[], runner: CellRunner): Promise<unknown> {
  for (const cell of cells) await runner.run(cell);
  return runner.names[LOG];
}

function splitIntoCells(statements: readonly string[], random: (below: number) => number): string[] {
  const cells: string[] = [];
  for (let from = 0; from < statements.length; ) {
    const to = from + 1 + random(8);
    cells.push(statements.slice(from, to).join("\n"));
    from = to;
  }
  return cells;
}

it(`${PROGRAMS} random programs do the same in cells as in one file`, { timeout: 900_000 }, async () => {
  // The types of the programs are of no interest, and wrong in places.
  const runner = createCellRunner(folder, "warn");
  let told = 0;
  for (let seed = 0; seed < PROGRAMS; seed++) {
    const random = seededBelow(seed);
    const { statements } = randomProgram(random, 40);
    const expected = await tellsInOneFile(statements);
    const cells = splitIntoCells(statements, random);
    const actual = await tellsInCells(cells, runner).catch(error => {
      throw new Error(`seed ${seed}:\n${cells.join("\n// ---\n")}`, { cause: error });
    });
    expect(actual, `seed ${seed}:\n${cells.join("\n// ---\n")}`).toEqual(expected);
    told += (expected as unknown[]).length;
  }
  expect(told, "programs tell something").toBeGreaterThan(20 * PROGRAMS);
});
