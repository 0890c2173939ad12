import { describe, expect, it } from "vitest";
import { augmentedSides } from "../../src/challenge/database-augmentation.js";
import { packCodes, unpackCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import type { Side } from "../../src/ranking/side.js";

const engine = onnxEngine("cpu");
const query: Side = { features: { data: Float32Array.of(1, 0), shape: [1, 2] } };
const rowsOf = ({ data, shape }: NdArray): number[][] =>
  Array.from({ length: shape[0] }, (_, row) =>
    Array.from(data.subarray(row * shape[1], (row + 1) * shape[1]) as ArrayLike<number>, Number),
  );

describe("augmentedSides", () => {
  it("averages unit vectors with the nearest of them, as they were, and keeps everything else", async () => {
    const features = { data: Float32Array.of(2, 0, 3, 4, 0, 5, -1, 0), shape: [4, 2] };
    const labels = Int32Array.of(0, 1, 2, 3);
    const given = { queries: query, database: { features, labels } };
    const { queries, database } = await augmentedSides(given, "features", { neighbours: 1 }, { engine });
    expect(queries).toBe(query);
    expect(database.labels).toBe(labels);
    // (1, 0) with (.6, .8); (.6, .8) with (0, 1); (0, 1) with (.6, .8); (−1, 0) with (0, 1)
    const means = [
      [1.6, 0.8],
      [0.6, 1.8],
      [0.6, 1.8],
      [-1, 1],
    ];
    for (const [row, [x, y]] of rowsOf(database.features!).entries()) {
      const [a, b] = means[row];
      expect(x).toBeCloseTo(a / Math.hypot(a, b), 6);
      expect(y).toBeCloseTo(b / Math.hypot(a, b), 6);
    }
    expect(Array.from(features.data)).toEqual([2, 0, 3, 4, 0, 5, -1, 0]);
  });

  it("gives hash codes the majority of each bit, a tie leaving it, across blocks", async () => {
    const [count, bits] = [530, 12];
    const random = new Random(6);
    const signs = Int8Array.from({ length: count * bits }, () => (random.integer(2) === 0 ? -1 : 1));
    signs.copyWithin(5 * bits, 0, bits); // equal codes
    const database: Side = { codes: packCodes({ data: signs, shape: [count, bits] }) };
    const given = { queries: { codes: database.codes }, database };
    for (const neighbours of [2, 3]) {
      const augmented = await augmentedSides(given, "asymmetric", { neighbours }, { engine });
      const found = rowsOf(unpackCodes(augmented.database.codes!));
      const codes = rowsOf({ data: signs, shape: [count, bits] });
      for (const [row, code] of codes.entries()) {
        const distance = (other: number): number => code.filter((bit, i) => bit !== codes[other][i]).length;
        const others = Array.from(codes.keys()).filter(other => other !== row);
        const nearest = others.sort((a, b) => distance(a) - distance(b) || a - b).slice(0, neighbours);
        const expected = code.map((bit, i) => {
          const sum = nearest.reduce((votes, other) => votes + codes[other][i], bit);
          return sum === 0 ? bit : Math.sign(sum);
        });
        expect(found[row]).toEqual(expected);
      }
    }
  });
});
