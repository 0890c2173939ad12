import { describe, expect, it } from "vitest";
import { labelCount, labelsFromArray } from "../../src/core/labels.js";

describe("labelsFromArray", () => {
  it("takes integers of any width", () => {
    const expected = Int32Array.of(3, 0, 120);
    for (const data of [Int8Array.of(3, 0, 120), Uint32Array.of(3, 0, 120), BigInt64Array.of(3n, 0n, 120n)]) {
      expect(labelsFromArray({ data, shape: [3] })).toEqual(expected);
    }
    expect(labelsFromArray({ data: BigInt64Array.of(-5n), shape: [1] })).toEqual(Int32Array.of(-5));
  });

  it("takes floats that hold whole numbers, and a column", () => {
    expect(labelsFromArray({ data: Float64Array.of(3, -1, 120), shape: [3] })).toEqual(Int32Array.of(3, -1, 120));
    expect(labelsFromArray({ data: BigInt64Array.of(3n, 0n), shape: [2, 1] })).toEqual(Int32Array.of(3, 0));
  });

  it("refuses what 32 bits do not hold", () => {
    const data = BigInt64Array.of(1n, 2n ** 40n);
    expect(() => labelsFromArray({ data, shape: [2] }, { file: "l.npy" })).toThrow(
      /^l\.npy: .*found 1099511627776 in row 1/,
    );
    expect(() => labelsFromArray({ data: Uint32Array.of(4294967295), shape: [1] })).toThrow(/4294967295 in row 0/);
  });

  it("takes multi-hot rows of any type, more than 32 classes included", () => {
    const data = new Float32Array(2 * 35);
    data[0] = data[34] = data[35 + 32] = 1;
    const labels = labelsFromArray({ data, shape: [2, 35] });
    expect(labels).toEqual({ words: Int32Array.of(1, 4, 0, 1), count: 2, classes: 35, wordsPerItem: 2 });
    expect(labelCount(labels)).toBe(2);
  });

  it.each([
    ["fractions", Float32Array.of(0, 1, 1.5), [3], /expected whole numbers .*found 1\.5 in row 2/],
    ["numbers that are none", Float64Array.of(0, Number.NaN), [2, 1], /found NaN in row 1/],
    ["a scalar", new Int32Array(1), [], /found int32 of shape \(\)/],
    ["three axes", new Int32Array(4), [1, 2, 2], /found int32 of shape \(1, 2, 2\)/],
    ["counts", Int32Array.of(0, 1, 2, 0), [2, 2], /found 2 in row 1, class 0/],
    ["NaN", Float32Array.of(0, Number.NaN), [1, 2], /found NaN in row 0, class 1/],
  ])("refuses %s", (_, data, shape, message) => {
    expect(() => labelsFromArray({ data, shape })).toThrow(message);
  });
});
