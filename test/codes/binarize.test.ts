import { expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";

it("takes the sign, with sign(0) = +1 for either zero", () => {
  const data = Float32Array.of(0.3, -0.3, 0, -0, 1e-30, -1e-30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  expect(binarize({ data, shape: [2, 4] })).toEqual({ data: Int8Array.of(1, -1, 1, 1, 1, -1, 1, -1), shape: [2, 4] });
});

it("refuses NaN, naming the row", () => {
  const data = Float32Array.of(1, 1, 1, 1, Number.NaN, 1);
  expect(() => binarize({ data, shape: [3, 2] })).toThrow(/found NaN in row 2/);
});
