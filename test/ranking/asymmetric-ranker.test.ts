import { describe, expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { evaluateRanker, evaluateScores } from "../../src/metrics/evaluate.js";
import { asymmetricRanker } from "../../src/ranking/asymmetric-ranker.js";

describe("asymmetricRanker", () => {
  const random = new Random(3);
  const side = (count: number) => {
    const relaxedCodes = { data: random.normals(count * 21), shape: [count, 21] };
    const labels = Int32Array.from({ length: count }, (_, i) => i % 5);
    return { relaxedCodes, codes: packCodes(binarize(relaxedCodes)), labels };
  };
  const sides = { queries: side(20), database: side(80) };

  it("ranks by inner products of relaxed codes with the signs of the database", async () => {
    const signs = sides.database.relaxedCodes.data.map(value => (value >= 0 ? 1 : -1));
    const scores = (from: number, to: number) =>
      Float32Array.from({ length: (to - from) * 80 }, (_, at) => {
        const [query, item] = [from + Math.floor(at / 80), at % 80];
        let sum = 0;
        for (let b = 0; b < 21; b++) sum += sides.queries.relaxedCodes.data[query * 21 + b] * signs[item * 21 + b];
        return sum;
      });
    const options = { metrics: ["ndcg@10"], cutoffs: [7] };
    const found = await evaluateRanker(sides, asymmetricRanker, options);
    const expected = await evaluateScores(sides, scores, options);
    expect(found.mAP["7"].stable).toBeCloseTo(expected.mAP["7"].stable, 12);
    expect(found.metrics!["ndcg@10"]).toBeCloseTo(expected.metrics!["ndcg@10"], 12);
    expect(found.top1).toBe(expected.top1);
  });

  it("refuses sides that lack what it compares, or differ in bits", async () => {
    const { relaxedCodes: _relaxed, ...bare } = sides.queries;
    const run = (queries: object, database: object) =>
      evaluateRanker({ queries, database } as typeof sides, asymmetricRanker);
    await expect(run(bare, sides.database)).rejects.toThrow(/relaxed codes of the queries/);
    const { codes: _codes, ...uncoded } = sides.database;
    await expect(run(sides.queries, uncoded)).rejects.toThrow(/hash codes of the database/);
    const shorter = { ...sides.queries, relaxedCodes: { data: new Float32Array(20 * 20), shape: [20, 20] } };
    await expect(run(shorter, sides.database)).rejects.toThrow(/differ in bits/);
  });
});
