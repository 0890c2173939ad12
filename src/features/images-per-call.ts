import { InputError } from "../core/errors.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { eachScale } from "../images/scales.js";
import { viewCount } from "../images/views.js";

/** Network inputs an engine call may have: 2.3 GiB of images of 224 × 224. */
export const MAX_INPUTS = 4096;

/** Side of the images that inputs are counted by, pixels: a larger one counts as its pixels, so that memory stays bounded. */
const USUAL_SIDE = 224;

/**
 * Images an engine call.
 * @param inputs of the network a call, of up to 224 × 224 pixels: images, times their views
 * @throws {InputError} when it is no whole number of 1..{@link MAX_INPUTS}
 */
export function imagesPerCall(inputs: number, preprocessing: Preprocessing): number {
  if (Number.isInteger(inputs) && inputs >= 1 && inputs <= MAX_INPUTS) {
    const side = Math.max(USUAL_SIDE, ...eachScale(preprocessing).map(({ crop }) => crop));
    return Math.max(1, Math.floor(inputs / viewCount(preprocessing) / (side / USUAL_SIDE) ** 2));
  }
  throw new InputError("the batch is out of bounds", {
    expected: `a whole number of 1..${MAX_INPUTS}`,
    actual: `${inputs}`,
  });
}
