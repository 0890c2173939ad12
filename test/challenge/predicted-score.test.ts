import { describe, expect, it } from "vitest";
import { drawnFolds } from "../../src/challenge/compare-folds.js";
import { predictedScore } from "../../src/challenge/predicted-score.js";
import { drawnFoldScores } from "./fold-cases.js";

describe("predictedScore", () => {
  it("holds the score of a test of other products in about the share that it says", () => {
    let inside = 0;
    const trials = 150;
    for (let seed = 0; seed < trials; seed++) {
      const results = drawnFoldScores([0, 0], { seed, queries: 2 });
      const draws = drawnFolds(results, { resamples: 300, seed });
      const { low, high } = predictedScore(results, draws, { way: 0, products: 12, seed });
      const [test] = drawnFoldScores([0], { folds: 1, queries: 2, seed: 10_000 + seed });
      if (test.scores[0] >= low && test.scores[0] <= high) inside++;
    }
    expect(inside / trials).toBeGreaterThan(0.88);
    expect(inside / trials).toBeLessThan(1);
  });

  it("is wider for tests of fewer products, and never narrower than the mean is known", () => {
    const results = drawnFoldScores([0, 0]);
    const draws = drawnFolds(results);
    const widthOf = (products: number): number => {
      const { low, high } = predictedScore(results, draws, { way: 0, products });
      return high - low;
    };
    expect(widthOf(12)).toBeGreaterThan(1.3 * widthOf(120));
    const known = draws.deviations[0].slice().sort();
    expect(widthOf(2000)).toBeGreaterThan(0.9 * (known[1949] - known[50]));
  });

  it("takes the luck of the best of many out, and that of no other", () => {
    const results = drawnFoldScores(Array<number>(30).fill(0), { folds: 2, noise: 0.3 });
    const draws = drawnFolds(results);
    const way = draws.means.indexOf(Math.max(...draws.means));
    const { score, luck } = predictedScore(results, draws, { way, chosen: true });
    expect(luck).toBeGreaterThan(0.02);
    expect(score).toBeCloseTo(draws.means[way] - luck, 12);
    expect(predictedScore(results, draws, { way }).luck).toBe(0);
    const [truth] = [0.5]; // the middle of all hardness: no way is better than another
    expect(Math.abs(score - truth)).toBeLessThan(Math.abs(draws.means[way] - truth));
  });

  it("says when the number of products is taken from the folds", () => {
    const results = drawnFoldScores([0]);
    const draws = drawnFolds(results);
    expect(predictedScore(results, draws, { way: 0 })).toMatchObject({ products: 12, productsKnown: false });
    expect(predictedScore(results, draws, { way: 0, products: 7 })).toMatchObject({ products: 7, productsKnown: true });
  });

  it("adds what folds differ by beyond their products", () => {
    const results = drawnFoldScores([0]);
    const shifted = results.map(one => ({
      ...one,
      scores: one.scores.map((score, fold) => score + 0.1 * (fold % 2)),
      queries: one.queries.map(({ products, scores }, fold) => ({
        products,
        scores: Array.from(scores, score => score + 0.1 * (fold % 2)),
      })),
    }));
    const widthOf = (of: typeof results): number => {
      const { low, high } = predictedScore(of, drawnFolds(of), { way: 0, products: 1000 });
      return high - low;
    };
    expect(widthOf(shifted)).toBeGreaterThan(1.5 * widthOf(results));
  });
});
