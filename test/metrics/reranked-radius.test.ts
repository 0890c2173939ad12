import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { rerankedRadius } from "../../src/metrics/reranked-radius.js";

function relaxed(random: Random, n: number, bits: number, centres: Float32Array): NdArray<Float32Array> {
  const noise = random.normals(n * bits, 0.7);
  return { data: noise.map((x, at) => Math.tanh(x + centres[at % bits])), shape: [n, bits] };
}

/** The authors' loop, read off their code: all pairs, lists that grow. */
function naive(q: NdArray<Float32Array>, d: NdArray<Float32Array>, ql: Int32Array, dl: Int32Array, radius: number) {
  const bits = q.shape[1];
  const [precX, recX, mapX, mapAll, empty]: number[][] = [[], [], [], [], []];
  for (let i = 0; i < ql.length; i++) {
    const relevant = dl.filter(label => label === ql[i]).length;
    if (relevant === 0) continue;
    const ball: [product: number, item: number, distance: number][] = [];
    for (let j = 0; j < dl.length; j++) {
      let [distance, product] = [0, 0];
      for (let b = 0; b < bits; b++) {
        const [x, y] = [q.data[i * bits + b], d.data[j * bits + b]];
        if (x >= 0 !== y >= 0) distance++;
        product += x * y;
      }
      if (distance <= radius) ball.push([product, j, distance]);
    }
    ball.sort((a, b) => b[0] - a[0]);
    const hits = ball.map(([, j]) => dl[j] === ql[i]);
    const found = hits.filter(Boolean).length;
    empty.push(ball.length === 0 ? 1 : 0);
    precX.push(ball.length === 0 ? 0 : found / ball.length);
    recX.push(found / relevant);
    const ap = hits.reduce((sum, hit, k) => sum + (hit ? hits.slice(0, k + 1).filter(Boolean).length / (k + 1) : 0), 0);
    mapAll.push(found === 0 ? 0 : ap / found);
    if (found > 0) mapX.push(ap / found);
    else if (ball.length === 0) mapX.push(0);
  }
  const mean = (values: number[]) => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);
  return {
    precision: mean(precX),
    recall: mean(recX),
    rerankedMAP: mean(mapX),
    rerankedMAPOverAll: mean(mapAll),
    emptyBalls: mean(empty),
  };
}

describe("rerankedRadius", () => {
  it("is what the authors' loop gives", async () => {
    const cases = fc.tuple(fc.nat(1e6), fc.integer({ min: 3, max: 14 }), fc.integer({ min: 0, max: 4 }));
    await fc.assert(
      fc.asyncProperty(cases, async ([seed, bits, radius]) => {
        const random = new Random(seed);
        const centres = random.normals(bits);
        const [q, d] = [relaxed(random, 7, bits, centres), relaxed(random, 40, bits, centres)];
        const ql = Int32Array.from({ length: 7 }, (_, i) => (i === 0 ? 0 : random.integer(5)));
        const dl = Int32Array.from({ length: 40 }, (_, i) => i % 4);
        const ours = await rerankedRadius(
          { queries: { relaxedCodes: q, labels: ql }, database: { relaxedCodes: d, labels: dl } },
          { radius },
        );
        const theirs = naive(q, d, ql, dl, radius);
        for (const key of Object.keys(theirs) as (keyof typeof theirs)[]) expect(ours[key]).toBeCloseTo(theirs[key], 6);
      }),
      { numRuns: 40 },
    );
  });

  it("refuses labels that do not fit, and what leaves nothing to measure", async () => {
    const codes = { data: new Float32Array(8), shape: [2, 4] };
    const against = (...labels: number[]) =>
      rerankedRadius({
        queries: { relaxedCodes: codes, labels: Int32Array.of(0, 1) },
        database: { relaxedCodes: codes, labels: Int32Array.from(labels) },
      });
    await expect(against(1)).rejects.toThrow(/differ in number/);
    await expect(against(5, 5)).rejects.toThrow(/nothing to measure/);
  });
});
