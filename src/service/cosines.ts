import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { scoresAmong } from "../ranking/scores-among.js";

/**
 * Cosines of a feature and those of some items, in their order; 0 where one of the two is all zeros.
 * @param features (items, dim)
 * @param feature (dim,)
 */
export function cosinesOf(features: NdArray<Float32Array>, rows: Int32Array, feature: Float32Array): Float32Array {
  const vectors = takeRows(features, rows);
  const [count, dim] = vectors.shape;
  for (let row = 0; row < count; row++) toUnit(vectors.data.subarray(row * dim, (row + 1) * dim));
  return scoresAmong({ data: toUnit(feature.slice()), shape: [1, dim] }, vectors, "inner");
}

/** Makes a vector one of length 1, in place; one of zeros stays. */
function toUnit(vector: Float32Array): Float32Array {
  let square = 0;
  for (let i = 0; i < vector.length; i++) square += vector[i] * vector[i];
  const scale = square === 0 ? 0 : 1 / Math.sqrt(square);
  for (let i = 0; i < vector.length; i++) vector[i] *= scale;
  return vector;
}
