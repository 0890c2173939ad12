import { describe, expect, it } from "vitest";
import { neighbourGraph } from "../../src/challenge/neighbour-graph.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";

const engine = onnxEngine("cpu");

/** Small whole numbers, whose sums are exact in any order; many are equal. */
function vectors(count: number, dim: number, seed: number): NdArray<Float32Array> {
  const random = new Random(seed);
  return { data: Float32Array.from({ length: count * dim }, () => random.integer(21)), shape: [count, dim] };
}

function distancesTo({ data, shape: [count, dim] }: NdArray<Float32Array>, item: number): Float32Array {
  return Float32Array.from({ length: count }, (_, other) => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (data[item * dim + d] - data[other * dim + d]) ** 2;
    return sum;
  });
}

describe("neighbourGraph", () => {
  // one block; two of them, the second not full
  it.each([60, 2101])("is that of sorting all distances, an item first among its equals: %i vectors", async count => {
    const some = vectors(count, 2, 4);
    const { neighbours, farthest, width } = await neighbourGraph(some, 9, { engine });
    expect(width).toBe(9);
    for (let item = 0; item < count; item += count > 100 ? 37 : 1) {
      const distances = distancesTo(some, item);
      const order = Int32Array.from(distances.keys()).sort(
        (a, b) => Number(b === item) - Number(a === item) || distances[a] - distances[b] || a - b,
      );
      expect(neighbours.slice(item * 9, item * 9 + 9)).toEqual(order.slice(0, 9));
      expect(farthest[item]).toBe(Math.max(...distances));
    }
  });

  // by their products, and from the vectors themselves; an odd number of numbers
  it.each([60, 2101])("knows the distance of any two of %i vectors", async count => {
    const some = vectors(count, 3, 4);
    const { squaredDistance } = await neighbourGraph(some, 2, { engine });
    const distances = distancesTo(some, 7);
    expect(Float32Array.from(distances.keys(), other => squaredDistance(7, other))).toEqual(distances);
  });

  it("takes equal vectors, fewer than are wanted, and says how far it is", async () => {
    const equal = { data: new Float32Array(12).fill(3), shape: [4, 3] };
    const seen: string[] = [];
    const onProgress = ({ done, total }: { done: number; total: number }): number => seen.push(`${done}/${total}`);
    const graph = await neighbourGraph(equal, 10, { engine, onProgress });
    expect(Array.from(graph.neighbours)).toEqual([0, 1, 2, 3, 1, 0, 2, 3, 2, 0, 1, 3, 3, 0, 1, 2]);
    expect(Array.from(graph.farthest)).toEqual([1, 1, 1, 1]);
    expect(seen).toEqual(["4/4"]);
  });
});
