import { afterEach, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { openNearestVectors } from "../../src/features/nearest-vectors.js";

const engine = onnxEngine("cpu");
const DIM = 3;

/** Small whole numbers, whose sums are exact in any order, so that ties are ties. */
function vectors(count: number, seed: number): NdArray<Float32Array> {
  const random = new Random(seed);
  const data = Float32Array.from({ length: count * DIM }, () => random.integer(41) - 20);
  return { data, shape: [count, DIM] };
}

const SCORES = {
  inner: (product: number) => product,
  euclidean: (product: number, square: number) => product - square / 2,
  cosine: (product: number, square: number) => product / (Math.sqrt(square) + 1e-12),
};

describe("openNearestVectors", () => {
  const dispose: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of dispose.splice(0)) await one();
  });

  // more than a block of queries, and of the database, neither of them full
  it.each(["inner", "euclidean", "cosine"] as const)(
    "finds what brute force finds across blocks: %s",
    async measure => {
      const [queries, database] = [vectors(530, 1), vectors(8200, 2)];
      const search = await openNearestVectors(database, { measure, engine });
      dispose.push(search.dispose);
      const lists = await search.nearest(queries, 6);
      for (let q = 0; q < 530; q += 23) {
        const scores = Float32Array.from({ length: 8200 }, (_, item) => {
          let [product, square] = [0, 0];
          for (let d = 0; d < DIM; d++) {
            product += queries.data[q * DIM + d] * database.data[item * DIM + d];
            square += database.data[item * DIM + d] ** 2;
          }
          return SCORES[measure](product, square);
        });
        const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
        const { indices, scores: found } = lists.list(q);
        if (measure === "cosine") {
          // parallel vectors tie but for rounding
          for (let place = 0; place < 6; place++) expect(scores[indices[place]]).toBeCloseTo(scores[order[place]], 4);
        } else expect(indices).toEqual(order.slice(0, 6));
        for (let place = 0; place < 6; place++) expect(found[place]).toBeCloseTo(scores[order[place]], 4);
      }
    },
  );

  it("cuts k to the database, and refuses a vector that gives NaN", async () => {
    const search = await openNearestVectors(vectors(4, 1), { measure: "inner", engine, queries: 2 });
    dispose.push(search.dispose);
    expect((await search.nearest(vectors(5, 2), 10)).list(4).indices).toHaveLength(4);
    const broken = { data: new Float32Array(DIM).fill(Number.NaN), shape: [1, DIM] };
    await expect(search.nearest(broken, 2)).rejects.toThrow("a score is NaN");
  });

  it("ends between blocks", async () => {
    const search = await openNearestVectors(vectors(4, 1), { measure: "inner", engine });
    dispose.push(search.dispose);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(search.nearest(vectors(2, 2), 1, { signal })).rejects.toThrow("enough");
  });
});
