import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { relevanceByLabels } from "../../src/ranking/relevance.js";
import { rankByScore, rankingOfScores, scoreRankings } from "../../src/ranking/score-ranking.js";

const anyScores = fc.array(
  fc.oneof(
    fc.float({ noNaN: true }),
    fc.integer({ min: -3, max: 3 }).map(value => value / 2),
    fc.constantFrom(0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45, -1e-45),
  ),
  { maxLength: 60 },
);

/** Comparison that treats equal infinities as equal. */
const byScore = (scores: Float32Array) => (a: number, b: number) =>
  scores[a] === scores[b] ? a - b : scores[a] > scores[b] ? -1 : 1;

describe("rankByScore", () => {
  it("orders by descending score, then index, for any floats", () => {
    fc.assert(
      fc.property(anyScores, values => {
        const scores = Float32Array.from(values);
        expect([...rankByScore(scores)]).toEqual([...scores.keys()].sort(byScore(scores)));
      }),
    );
  });

  it("refuses NaN", () => {
    expect(() => rankByScore(Float32Array.of(1, Number.NaN))).toThrow(/NaN for database item 1/);
  });
});

describe("rankingOfScores", () => {
  it("groups equal scores, and those only", () => {
    // Ranked: 5 (item 1), 2 (items 0 3 4), 0 and -0 (items 2 5), -7 (item 6)
    const scores = Float32Array.of(2, 5, 0, 2, 2, -0, -7);
    const { groups, relevantRanks } = rankingOfScores(scores, Uint16Array.of(1, 0, 0, 0, 1, 1, 1));
    expect([...groups.sizes]).toEqual([1, 3, 2, 1]);
    expect([...groups.relevant]).toEqual([0, 2, 1, 1]);
    expect([...relevantRanks]).toEqual([2, 4, 6, 7]);
  });
});

describe("scoreRankings", () => {
  const relevance = relevanceByLabels({
    queries: { labels: Int32Array.of(0, 1, 0, 1, 2) },
    database: { labels: Int32Array.of(0, 1, 1) },
  });

  it("asks for blocks in order and ranks each query", async () => {
    const asked: [number, number][] = [];
    const ranks: number[][] = [];
    const rankings = scoreRankings(
      (from, to) => {
        asked.push([from, to]);
        return Float32Array.from({ length: (to - from) * 3 }, (_, i) => -(i % 3));
      },
      relevance,
      { block: 2 },
    );
    for await (const { relevantRanks } of rankings) ranks.push([...relevantRanks]);
    expect(asked).toEqual([
      [0, 2],
      [2, 4],
      [4, 5],
    ]);
    expect(ranks).toEqual([[1], [2, 3], [1], [2, 3], []]);
  });

  it("refuses a block of the wrong size", async () => {
    const rankings = scoreRankings(() => new Float32Array(7), relevance, { block: 2 });
    await expect(rankings.next()).rejects.toThrow(/expected 2 × 3 scores for queries 0\.\.1; found 7/);
  });
});
