import { InputError } from "../core/errors.js";
import type { Preprocessing } from "./preprocessing.js";
import { MAX_CROP } from "./preprocessing.js";
import { viewCount } from "./views.js";

/** Networks halve the side five times: a side of whole multiples of 32 pixels loses none at the border. */
const STEP = 32;
/** The map of a smaller one has a single place. */
const LEAST_SIDE = 64;

/** Side of the square at a scale, pixels. */
function sideAt(crop: number, scale: number): number {
  return Math.max(LEAST_SIDE, STEP * Math.round((crop * scale) / STEP));
}

/** How one image is made at each of its sides, in the order of the scales; without scales, as it is said. */
export function eachScale(preprocessing: Preprocessing): Preprocessing[] {
  const { scales, ...one } = preprocessing;
  if (scales === undefined) return [preprocessing];
  return scales.map(scale => {
    const crop = sideAt(one.crop, scale);
    return { ...one, crop, resize: Math.floor((crop * one.resize) / one.crop) };
  });
}

/** Numbers that one image becomes: (views, crop, crop, 3) of each scale, one after another. */
export function valuesPerImage(preprocessing: Preprocessing): number {
  const pixels = eachScale(preprocessing).reduce((sum, { crop }) => sum + crop ** 2, 0);
  return viewCount(preprocessing) * pixels * 3;
}

/** For people: `, at scales 0.71, 1, 1.41`; empty at one. */
export function scalesText({ scales }: Pick<Preprocessing, "scales">): string {
  return scales === undefined ? "" : `, at scales ${scales.join(", ")}`;
}

/**
 * Checks scales against the side that they are multiples of.
 * @returns undefined where they are the side itself
 * @throws {InputError} when two give one side, or one is too large
 */
export function checkedScales(crop: number, scales: readonly number[] | undefined): readonly number[] | undefined {
  if (scales === undefined || (scales.length === 1 && scales[0] === 1)) return undefined;
  const sides = scales.map(scale => sideAt(crop, scale));
  const twin = sides.find((side, i) => sides.indexOf(side) !== i);
  if (twin === undefined && Math.max(...sides) <= MAX_CROP) return scales;
  throw new InputError("these scales cannot be", {
    expected: `different sides of at most ${MAX_CROP} pixels, whole multiples of ${STEP}`,
    actual: `${scales.join(", ")} of ${crop} pixels, which are ${sides.join(", ")}`,
  });
}
