import { describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { cosineScores } from "../../src/features/cosine.js";
import { vectorRanker } from "../../src/features/vector-ranker.js";
import type { VectorMeasure } from "../../src/features/vector-scores.js";
import { evaluateRanker, evaluateScores } from "../../src/metrics/evaluate.js";

const engine = onnxEngine("cpu", { threads: 1 });
const random = new Random(8);
const side = (count: number) => ({
  features: { data: random.normals(count * 9), shape: [count, 9] },
  labels: Int32Array.from({ length: count }, (_, i) => i % 4),
});
const sides = { queries: side(70), database: side(90) };
const rowOf = ({ data, shape }: NdArray<Float32Array>, row: number): number[] => [
  ...data.subarray(row * shape[1], (row + 1) * shape[1]),
];
const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

const SCORES: Record<VectorMeasure, (q: number[], d: number[]) => number> = {
  inner: dot,
  cosine: (q, d) => dot(q, d) / Math.hypot(...d),
  euclidean: (q, d) => -Math.hypot(...q.map((x, i) => x - d[i])),
};

describe("vectorRanker", () => {
  it.each(["inner", "cosine", "euclidean"] as const)("ranks by %s as brute force does", async measure => {
    const found = await evaluateRanker(sides, vectorRanker({ engine, measure, block: 32 }), { metrics: ["ndcg@9"] });
    const scores = (from: number, to: number) =>
      Float32Array.from({ length: (to - from) * 90 }, (_, at) => {
        const [query, item] = [from + Math.floor(at / 90), at % 90];
        return SCORES[measure](rowOf(sides.queries.features, query), rowOf(sides.database.features, item));
      });
    const expected = await evaluateScores(sides, scores, { metrics: ["ndcg@9"] });
    expect(found.mAP.all.stable).toBeCloseTo(expected.mAP.all.stable, 12);
    expect(found.metrics!["ndcg@9"]).toBeCloseTo(expected.metrics!["ndcg@9"], 12);
  });

  it("is what cosineScores gives", async () => {
    const cosine = await cosineScores(sides.queries.features, sides.database.features, { engine });
    const scored = await evaluateScores(sides, cosine.scores, { block: cosine.block });
    await cosine.dispose();
    expect(await evaluateRanker(sides, vectorRanker({ engine }))).toEqual(scored);
  });

  it("refuses sides without vectors, and vectors of other lengths", async () => {
    const relaxed = vectorRanker({ engine, of: "relaxedCodes" });
    await expect(evaluateRanker(sides, relaxed)).rejects.toThrow(/relaxed codes of the queries/);
    const short = { ...sides.database, features: { data: new Float32Array(90 * 8), shape: [90, 8] } };
    const other = { queries: sides.queries, database: short };
    await expect(evaluateRanker(other, vectorRanker({ engine }))).rejects.toThrow(/expected 9, the queries'; found 8/);
  });
});
