// The inputs of tools/make-feature-goldens.py.
import type { NdArray } from "../../src/core/arrays.js";
import { formulaValues } from "../backbone/formula-weights.js";

export const IMAGES = 12;
export const SIDE = 6;
export const CHANNELS = 8;
export const PER_CLASS = 3;
const ROWS = 40;
const DIM = 12;

/** (images, side, side, channels) */
export function formulaMaps(): Float32Array {
  const noise = formulaValues("maps", IMAGES * SIDE * SIDE * CHANNELS);
  const values = Float64Array.from(noise, value => Math.max(0, 3 * value - 2));
  for (let image = 0; image < IMAGES; image++) {
    for (let peak = 0; peak < 4; peak++) {
      const place = (7 * image + 11 * peak) % (SIDE * SIDE);
      values[(image * SIDE * SIDE + place) * CHANNELS + Math.floor(image / PER_CLASS)] += 0.5;
    }
  }
  return Float32Array.from(values);
}

/** Features (rows, dim): correlated, far from the origin. */
export function formulaFeatures(): NdArray<Float32Array> {
  const [mixing, rows] = [formulaValues("mixing", DIM * DIM), formulaValues("rows", ROWS * DIM)];
  const data = new Float32Array(ROWS * DIM);
  for (let row = 0; row < ROWS; row++) {
    for (let d = 0; d < DIM; d++) {
      let sum = 0.5;
      for (let k = 0; k < DIM; k++) sum += rows[row * DIM + k] * mixing[k * DIM + d];
      data[row * DIM + d] = sum;
    }
  }
  return { data, shape: [ROWS, DIM] };
}
