import { describe, expect, it } from "vitest";
import { compareFolds } from "../../src/challenge/compare-folds.js";
import { InputError } from "../../src/core/errors.js";
import { drawnFoldScores } from "./fold-cases.js";

describe("compareFolds", () => {
  it("gives means over folds, differences to the first, and the best", () => {
    const results = drawnFoldScores([0, 0.1, -0.1], { noise: 0.01 });
    const { ways, best, products, folds } = compareFolds(results);
    expect([best, products, folds]).toEqual([1, 48, 4]);
    for (const [i, { name, score, difference, toBest }] of ways.entries()) {
      const mean = results[i].scores.reduce((sum, value) => sum + value, 0) / 4;
      expect(name).toBe(results[i].name);
      expect(score.mean).toBeCloseTo(mean, 12);
      expect(score.low).toBeLessThan(mean);
      expect(score.high).toBeGreaterThan(mean);
      expect(difference.value).toBeCloseTo(score.mean - ways[0].score.mean, 12);
      expect(toBest.value).toBeCloseTo(score.mean - ways[1].score.mean, 12);
    }
    expect(ways[1].difference).toMatchObject({ pValue: 1 / 2001 });
    expect(ways[1].difference.low).toBeGreaterThan(0);
    expect(ways[2].difference.high).toBeLessThan(0);
    expect(ways[0].difference).toEqual({ value: 0, low: 0, high: 0, pValue: 1 });
  });

  it("is the interval of a paired t test where one way is compared on products of one query each", () => {
    const results = drawnFoldScores([0, 0.05], { folds: 1, products: 400, queries: 1 });
    const [a, b] = results.map(({ queries }) => Array.from(queries[0].scores));
    const differences = b.map((value, i) => value - a[i]);
    const mean = differences.reduce((sum, value) => sum + value, 0) / 400;
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399;
    const reach = 1.966 * Math.sqrt(variance / 400); // of t with 399 degrees of freedom
    const { difference } = compareFolds(results).ways[1];
    expect(difference.value).toBeCloseTo(mean, 12);
    expect(Math.abs(difference.high - difference.value - reach)).toBeLessThan(0.08 * reach);
  });

  it("takes queries of one product as one draw: many of them tell no more of products", () => {
    const reachOf = (queries: number): number => {
      const { low, high } = compareFolds(drawnFoldScores([0, 0], { queries })).ways[1].difference;
      return high - low;
    };
    expect(Math.abs(reachOf(30) / reachOf(1) - 1)).toBeLessThan(0.25); // √30 times narrower were they independent
  });

  it("is wider the more are looked at", () => {
    const results = drawnFoldScores(Array<number>(20).fill(0));
    const alone = compareFolds(results.slice(0, 2)).ways[1].difference;
    const among = compareFolds(results).ways[1].difference;
    expect(among.value).toBe(alone.value);
    expect((among.high - among.low) / (alone.high - alone.low)).toBeGreaterThan(1.3);
    expect(among.pValue).toBeGreaterThan(alone.pValue);
  });

  it("finds a difference where there is none in about one of twenty, however many are looked at", () => {
    // Twenty ways that are all alike: uncorrected, one of them would differ in most draws.
    const trials = 150;
    let wrong = 0;
    for (let seed = 0; seed < trials; seed++) {
      const results = drawnFoldScores(Array<number>(8).fill(0), { seed, queries: 1 });
      const { ways } = compareFolds(results, { resamples: 300, seed });
      if (ways.some(({ difference }) => difference.low > 0 || difference.high < 0)) wrong++;
    }
    expect(wrong / trials).toBeLessThan(0.1);
    expect(wrong / trials).toBeGreaterThan(0.005);
  });

  it("knows ways that rank alike", () => {
    const [one] = drawnFoldScores([0]);
    const { ways } = compareFolds([one, { ...one, name: "twin" }]);
    expect(ways[1].difference).toEqual({ value: 0, low: 0, high: 0, pValue: 1 });
  });

  it("weighs a product the same in all deals", () => {
    const [first] = drawnFoldScores([0, 0]);
    const other = drawnFoldScores([0, 0])[1];
    const twice = (one: typeof first) => ({
      ...one,
      scores: [...one.scores, ...one.scores],
      queries: [...one.queries, ...one.queries],
    });
    const once = compareFolds([first, other]).ways[1].difference;
    const repeated = compareFolds([twice(first), twice(other)]).ways[1].difference;
    expect(repeated.high).toBeCloseTo(once.high, 10); // a second deal with the same scores tells nothing more
  });

  it("refuses ways that searched with other queries, and what tells nothing", () => {
    const [one, two] = drawnFoldScores([0, 0]);
    const [shorter] = drawnFoldScores([0], { products: 11 });
    expect(() => compareFolds([one, shorter])).toThrow(
      /way 0 and way 0 cannot be compared; expected scores of the same/,
    );
    expect(() => compareFolds([])).toThrow(InputError);
    expect(() => compareFolds([one, two], { confidence: 1 })).toThrow("no such confidence");
    expect(() => compareFolds([one, two], { resamples: 5 })).toThrow("100 resamples or more");
    const lonely = drawnFoldScores([0, 0], { folds: 1, products: 1 });
    expect(() => compareFolds(lonely)).toThrow("one product tells nothing of others");
  });
});
