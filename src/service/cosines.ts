import type { NdArray } from "../core/arrays.js";
import { scoresOfRows } from "../ranking/scores-among.js";

/** Features with what makes their inner products cosines. */
export interface ScaledFeatures {
  /** (items, dim) */
  readonly features: NdArray<Float32Array>;
  /** One over the length of each; 0 of one of zeros, which is like nothing. */
  readonly scales: Float32Array;
}

export function scaleFeatures(features: NdArray<Float32Array>): ScaledFeatures {
  const [count, dim] = features.shape;
  const scales = new Float32Array(count);
  for (let row = 0; row < count; row++) scales[row] = scaleOf(features.data.subarray(row * dim, (row + 1) * dim));
  return { features, scales };
}

/** Cosines of a feature, (dim,), and those of some items, in their order. */
export function cosinesOf({ features, scales }: ScaledFeatures, rows: Int32Array, feature: Float32Array): Float32Array {
  const own = scaleOf(feature);
  const query = { data: feature, shape: [1, feature.length] };
  return scoresOfRows(query, features, rows, { measure: "inner", scale: row => own * scales[row] });
}

/** Of a vector's length, one over it. */
function scaleOf(vector: Float32Array): number {
  let square = 0;
  for (let i = 0; i < vector.length; i++) square += vector[i] * vector[i];
  return square === 0 ? 0 : 1 / Math.sqrt(square);
}
