import { InputError } from "../core/errors.js";
import type { RawImage } from "../datasets/image-input.js";
import type { Preprocessing } from "./preprocessing.js";

/**
 * The picture a network sees: what `preprocess` made, back in 8-bit sRGB: v · std + mean, cut to 0..1.
 * @param values (crop, crop, 3), one view
 * @param preprocessing the one it was made by
 * @throws {InputError} when there are more or fewer values
 */
export function denormalise(values: Float32Array, { crop, mean, std }: Preprocessing): RawImage {
  if (values.length !== crop * crop * 3) {
    throw new InputError("these are not preprocessed pixels", {
      expected: `${crop * crop * 3} values, (${crop}, ${crop}, 3)`,
      actual: `${values.length}`,
    });
  }
  const data = Uint8Array.from(values, (value, at) => {
    const channel = at % 3;
    return Math.round(Math.min(1, Math.max(0, value * std[channel] + mean[channel])) * 255);
  });
  return { data, width: crop, height: crop, channels: 3 };
}
