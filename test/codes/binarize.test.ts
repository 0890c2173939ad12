import { expect, it } from "vitest";
import { binarize, packedSigns } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";

it("takes the sign, with sign(0) = +1 for either zero", () => {
  const data = Float32Array.of(0.3, -0.3, 0, -0, 1e-30, -1e-30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  expect(binarize({ data, shape: [2, 4] })).toEqual({ data: Int8Array.of(1, -1, 1, 1, 1, -1, 1, -1), shape: [2, 4] });
});

it("refuses NaN, naming the row", () => {
  const data = Float32Array.of(1, 1, 1, 1, Number.NaN, 1);
  expect(() => binarize({ data, shape: [3, 2] })).toThrow(/found NaN in row 2/);
});

it.each([1, 7, 8, 12, 48, 65])("packs the same signs at %i bits", bits => {
  const data = new Random(bits).normals(5 * bits);
  data.set([0, -0].slice(0, bits));
  const relaxed = { data, shape: [5, bits] };
  expect(packedSigns(relaxed)).toEqual(packCodes(binarize(relaxed)));
  data[3 * bits] = Number.NaN;
  expect(() => packedSigns(relaxed)).toThrow(/found NaN in row 3/);
});
