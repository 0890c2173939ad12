import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestByScore } from "../../src/ranking/best-by-score.js";
import { rankByScore } from "../../src/ranking/score-ranking.js";

describe("bestByScore", () => {
  it("is the head of the whole ranking, ties and infinities included", () => {
    const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(score, { maxLength: 60 }), fc.integer({ min: 0, max: 70 }), (values, k) => {
        const scores = Float32Array.from(values);
        expect(bestByScore(scores, k)).toEqual(rankByScore(scores).slice(0, k));
      }),
      { numRuns: 500 },
    );
  });

  it.each([[0], [5]])("refuses NaN in place %d", place => {
    const scores = Float32Array.from({ length: 8 }, (_, i) => (i === place ? Number.NaN : i));
    expect(() => bestByScore(scores, 3)).toThrow(`NaN for item ${place}`);
  });
});
