import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { PackedCodes } from "./packed-codes.js";
import { packedCodes } from "./packed-codes.js";

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
    if (Number.isNaN(value)) throw notANumber(at, relaxed.shape[relaxed.shape.length - 1]);
    data[at] = value >= 0 ? 1 : -1;
  }
  return { data, shape: relaxed.shape };
}

/**
 * The hash codes of relaxed codes, packed: `packCodes(binarize(relaxed))` without the array between.
 * @param relaxed (n, bits)
 * @throws {InputError} when a value is not a number
 */
export function packedSigns({ data, shape: [count, bits] }: NdArray<Float32Array>): PackedCodes {
  const bytesPerCode = Math.ceil(bits / 8);
  const bytes = new Uint8Array(count * bytesPerCode);
  for (let row = 0, at = 0; row < count; row++) {
    for (let bit = 0; bit < bits; bit++, at++) {
      const value = data[at];
      if (value >= 0) bytes[row * bytesPerCode + (bit >> 3)] |= 0x80 >> (bit & 7);
      else if (Number.isNaN(value)) throw notANumber(at, bits);
    }
  }
  return packedCodes(bytes, bits);
}

function notANumber(at: number, bits: number): InputError {
  return new InputError("relaxed codes hold NaN", {
    expected: "finite numbers",
    actual: `NaN in row ${Math.floor(at / bits)}`,
  });
}
