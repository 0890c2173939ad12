import fc from "fast-check";
import { expect, it } from "vitest";
import { addRankCurve, curveRanks, hitsAt } from "../../src/metrics/ranks.js";

const ascending = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 20 }).map(ranks => {
  return Int32Array.from(ranks).sort();
});

it("hitsAt counts the relevant items up to a rank", () => {
  fc.assert(
    fc.property(ascending, fc.integer({ min: 0, max: 60 }), (ranks, rank) => {
      expect(hitsAt(ranks, rank)).toBe([...ranks].filter(r => r <= rank).length);
    }),
  );
});

it("addRankCurve adds precision and recall to what is there", () => {
  const sums = { precision: Float64Array.of(1, 0, 0), recall: Float64Array.of(0, 0.5, 0) };
  addRankCurve(Int32Array.of(1, 3, 7, 9), [1, 4, 10], sums);
  expect([...sums.precision]).toEqual([2, 0.5, 0.4]);
  expect([...sums.recall]).toEqual([0.25, 1, 1]);
});

it("curveRanks ascend from 1 to the whole database", () => {
  for (const database of [1, 2, 3, 59, 60, 61, 9_900, 1_000_000]) {
    const ranks = curveRanks(database);
    expect(ranks[0]).toBe(1);
    expect(ranks.at(-1)).toBe(database);
    expect(ranks.every((rank, i) => Number.isInteger(rank) && rank > (ranks[i - 1] ?? 0))).toBe(true);
    expect(ranks.length).toBeLessThanOrEqual(60);
  }
});
