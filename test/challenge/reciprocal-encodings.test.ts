import { describe, expect, it } from "vitest";
import { neighbourGraph } from "../../src/challenge/neighbour-graph.js";
import { reciprocalEncodings } from "../../src/challenge/reciprocal-encodings.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import { denseEncodings } from "./dense-reciprocal.js";

const engine = onnxEngine("cpu");
const graphOf = (count: number, width: number) =>
  neighbourGraph({ data: new Random(2).normals(count * 3), shape: [count, 3] }, width, { engine });

describe("reciprocalEncodings", () => {
  it.each([
    [20, 6],
    [7, 1],
    [5, 9],
  ])("are those of the definitions with sets: k1 %i, k2 %i", async (k1, k2) => {
    const graph = await graphOf(130, Math.max(k1 + 1, k2));
    const dense = denseEncodings(graph, k1, k2);
    const { starts, items, values } = await reciprocalEncodings(graph, { k1, k2 });
    for (const [item, expected] of dense.entries()) {
      const places = Array.from(items.subarray(starts[item], starts[item + 1]));
      expect(places).toEqual(Array.from(expected.keys()).filter(other => expected[other] > 0));
      for (const [i, place] of places.entries()) expect(values[starts[item] + i]).toBeCloseTo(expected[place], 6);
    }
  });

  it("end when they are told to, and let others work meanwhile", async () => {
    const count = 9000;
    const neighbours = Int32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? i / 2 : ((i - 1) / 2) ^ 1));
    const vectors = { data: Float32Array.from({ length: count }, (_, i) => i), shape: [count, 1] };
    const squaredDistance = (i: number, j: number): number => (i - j) ** 2;
    const farthest = new Float32Array(count).fill(count ** 2);
    const graph = { vectors, width: 2, neighbours, farthest, squaredDistance };
    const stop = new AbortController();
    setImmediate(() => stop.abort(new Error("enough")));
    await expect(reciprocalEncodings(graph, { k1: 1, k2: 2 }, { signal: stop.signal })).rejects.toThrow("enough");
  });
});
