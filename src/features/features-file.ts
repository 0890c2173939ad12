import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { readNpy } from "../core/npy.js";

/**
 * Reads a feature matrix.
 * @returns (n, dim)
 * @throws {InputError} when the file is not float32 of two axes, is empty, or holds NaN or infinity
 */
export async function readFeatures(file: string): Promise<NdArray<Float32Array>> {
  const { data, shape } = await readNpy(file);
  if (!(data instanceof Float32Array) || shape.length !== 2 || data.length === 0) {
    throw new InputError("these are not features", {
      file,
      expected: "float32 of shape (n, dim), not empty",
      actual: `${data.constructor.name.replace("Array", "").toLowerCase()} of shape (${shape.join(", ")})`,
    });
  }
  const bad = data.findIndex(value => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError(`row ${Math.floor(bad / shape[1])} holds ${data[bad]}`, {
      file,
      expected:
        "finite values; rows of images that could not be read hold NaN: failed.csv beside the features names them. Mend " +
        "or remove those images and extract again (--strict stops at the first)",
    });
  }
  return { data, shape };
}
