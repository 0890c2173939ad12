import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";

/**
 * The hash codes of relaxed codes: b = sign(h) with sign(0) = +1 (HashNet, Cao et al. 2017, section 3).
 * @param relaxed (n, bits), any real values, before or after tanh
 * @returns (n, bits), −1 or +1
 * @throws {InputError} when a value is not a number
 */
export function binarize(relaxed: NdArray<Float32Array>): NdArray<Int8Array> {
  const data = new Int8Array(relaxed.data.length); // (n, bits)
  for (let at = 0; at < data.length; at++) {
    const value = relaxed.data[at];
    if (Number.isNaN(value)) {
      const row = Math.floor(at / relaxed.shape[relaxed.shape.length - 1]);
      throw new InputError("relaxed codes hold NaN", { expected: "finite numbers", actual: `NaN in row ${row}` });
    }
    data[at] = value >= 0 ? 1 : -1;
  }
  return { data, shape: relaxed.shape };
}
