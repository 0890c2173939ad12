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
  const score = PAIR_SCORES[measure];
  return Float32Array.from({ length: rows }, (_, row) => score(query.data, vectors.data, row * dim, dim));
}

/**
 * Scores of one vector with some rows of a matrix, in double precision; nothing is copied.
 * @param query (1, dim) @param matrix (n, dim)
 * @param scale what the score of a row is multiplied by: one over its length makes inner products cosines. Default 1
 * @returns (rows,) larger is nearer
 */
export function scoresOfRows(
  query: NdArray<Float32Array>,
  matrix: NdArray<Float32Array>,
  rows: Int32Array,
  { measure, scale = () => 1 }: { readonly measure: DenseMeasure; scale?(row: number): number },
): Float32Array {
  const dim = matrix.shape[1];
  const score = PAIR_SCORES[measure];
  return Float32Array.from(rows, row => score(query.data, matrix.data, row * dim, dim) * scale(row));
}

/** Scores of x with the vector of `dim` numbers that begins at `from`; two sums, so that no product waits for the one before. */
const PAIR_SCORES: Readonly<
  Record<DenseMeasure, (x: Float32Array, y: Float32Array, from: number, dim: number) => number>
> = {
  inner(x, y, from, dim) {
    let [even, odd] = [0, 0];
    for (let i = 1; i < dim; i += 2) {
      even += x[i - 1] * y[from + i - 1];
      odd += x[i] * y[from + i];
    }
    return even + odd + (dim % 2 === 0 ? 0 : x[dim - 1] * y[from + dim - 1]);
  },
  euclidean(x, y, from, dim) {
    let [even, odd] = [0, 0];
    for (let i = 1; i < dim; i += 2) {
      even += (x[i - 1] - y[from + i - 1]) ** 2;
      odd += (x[i] - y[from + i]) ** 2;
    }
    return -(even + odd + (dim % 2 === 0 ? 0 : (x[dim - 1] - y[from + dim - 1]) ** 2));
  },
};
