import { describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import { cosineScores } from "../../src/features/cosine.js";
import { evaluateScores } from "../../src/metrics/evaluate.js";

describe("cosineScores", () => {
  it.each([[3], [64], [150]])("ranks %d queries as the naive loop does", async count => {
    const random = new Random(5);
    const queries = { data: random.normals(count * 7), shape: [count, 7] };
    const database = { data: random.normals(40 * 7), shape: [40, 7] };
    const cosine = await cosineScores(queries, database, { engine: onnxEngine("cpu") });
    for (let from = 0; from < count; from += cosine.block) {
      const to = Math.min(count, from + cosine.block);
      const scores = await cosine.scores(from, to);
      expect(scores).toHaveLength((to - from) * 40);
      for (let q = from; q < to; q++) {
        for (let i = 0; i < 40; i++) {
          let product = 0;
          let square = 0;
          for (let j = 0; j < 7; j++) {
            product += queries.data[q * 7 + j] * database.data[i * 7 + j];
            square += database.data[i * 7 + j] ** 2;
          }
          expect(scores[(q - from) * 40 + i]).toBeCloseTo(product / Math.sqrt(square), 4);
        }
      }
    }
    const labels = (n: number) => Int32Array.from({ length: n }, (_, i) => i % 3);
    const sides = { queries: { labels: labels(count) }, database: { labels: labels(40) } };
    const { queries: judged } = await evaluateScores(sides, cosine.scores, { block: cosine.block });
    expect(judged).toBe(count);
    await cosine.dispose();
  });

  it("refuses features of different lengths", async () => {
    const of = (dim: number) => ({ data: new Float32Array(dim), shape: [1, dim] });
    await expect(cosineScores(of(3), of(4), { engine: onnxEngine("cpu") })).rejects.toThrow(
      /expected 3, the queries'; found 4/,
    );
  });
});
