import type { NdArray } from "../core/arrays.js";

/** How vectors compare: by inner product, or by Euclidean distance. Cosines are inner products of vectors of length 1. */
export type DenseMeasure = "inner" | "euclidean";

/**
 * Scores of one vector with some others, in double precision.
 * @param query (1, dim) @param vectors (rows, dim)
 * @returns (rows,) larger is nearer: ⟨x, y⟩, or −‖x − y‖²
 */
export function scoresAmong(
  query: NdArray<Float32Array>,
  vectors: NdArray<Float32Array>,
  measure: DenseMeasure,
): Float32Array {
  const [rows, dim] = vectors.shape;
  const scores = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0, at = row * dim; i < dim; i++, at++) {
      sum += measure === "inner" ? query.data[i] * vectors.data[at] : -((query.data[i] - vectors.data[at]) ** 2);
    }
    scores[row] = sum;
  }
  return scores;
}
