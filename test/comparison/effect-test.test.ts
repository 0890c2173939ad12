import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Block } from "../../src/comparison/effect-test.js";
import { effectTest, holm } from "../../src/comparison/effect-test.js";

interface Golden {
  readonly rows: readonly { readonly block: number; readonly level: number; readonly value: number }[];
  readonly f: number;
  readonly p: number;
}

const goldens = JSON.parse(
  readFileSync(new URL("../goldens/effects.json", import.meta.url), "utf8"),
) as readonly Golden[];

function blocksOf(rows: Golden["rows"]): Block[] {
  return [...new Set(rows.map(({ block }) => block))].map(block => {
    const own = rows.filter(row => row.block === block);
    return { values: Float64Array.from(own, ({ value }) => value), levels: own.map(({ level }) => level) };
  });
}

describe("effectTest", () => {
  it.each(goldens.map((golden, i) => [i, golden] as const))(
    "gives statsmodels' p, as near as draws do: %i",
    (_, golden) => {
      const draws = 20_000;
      const p = effectTest(blocksOf(golden.rows), { draws, seed: 3 });
      expect(Math.abs(p - golden.p)).toBeLessThan(4 * Math.sqrt((golden.p * (1 - golden.p)) / draws) + 1 / draws);
    },
  );

  it("does not see what is the same for all runs of a block, nor the scale", () => {
    const [, , { rows }] = goldens;
    const moved = rows.map(row => ({ ...row, value: 0.8 + 0.001 * row.value + 5 * row.block }));
    const options = { draws: 500, seed: 0 };
    expect(effectTest(blocksOf(moved), options)).toBe(effectTest(blocksOf(rows), options));
  });

  it("says nothing without two seeds, and all where seeds do nothing", () => {
    const block = (values: number[], levels: number[]): Block => ({ values: Float64Array.from(values), levels });
    expect(effectTest([block([0.1, 0.9], [0, 1])], { draws: 100, seed: 0 })).toBe(1);
    expect(effectTest([block([0.1, 0.1, 0.9, 0.9], [0, 0, 1, 1])], { draws: 99, seed: 0 })).toBe(0.01);
    expect(effectTest([block([0.5, 0.5, 0.5, 0.5], [0, 0, 1, 1])], { draws: 99, seed: 0 })).toBe(1);
  });
});

describe("holm", () => {
  it("multiplies by how many are left, never falls, ends at 1", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.9, 0.001, 0.6])).toEqual([1, 0.003, 1]);
  });
});
