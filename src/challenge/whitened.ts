import { choleskyOf } from "../compute/cholesky.js";
import type { NdArray } from "../core/arrays.js";

/** Added to each variance, as a part of their mean: directions that hardly vary must not decide. */
const LEAST_VARIANCE = 1e-3;

/** Takes the mean and the correlations of some vectors out of vectors, and makes each of length 1. */
export type Whitening = (vectors: NdArray<Float32Array>) => NdArray<Float32Array>;

/**
 * Learns to whiten: y = L⁻¹(x − mean), where L Lᵀ is the covariance (its Cholesky factor); then y/‖y‖. Inner products of
 * the results say how unusual it is that two vectors are alike: what most of them share counts little.
 * @param parts each (n, dim), all taken together
 */
export function whitening(parts: readonly NdArray<Float32Array>[]): Whitening {
  const dim = parts[0].shape[1];
  const count = parts.reduce((sum, { shape }) => sum + shape[0], 0);
  const mean = new Float64Array(dim);
  for (const { data } of parts) for (let at = 0; at < data.length; at++) mean[at % dim] += data[at] / count;
  const lower = choleskyOf(covariance(parts, mean, count), dim);
  return ({ data, shape }) => {
    const white = new Float32Array(data.length);
    for (let from = 0; from < data.length; from += dim) {
      let length = 0;
      for (let i = 0; i < dim; i++) {
        let value = data[from + i] - mean[i];
        for (let k = 0; k < i; k++) value -= lower[i * dim + k] * white[from + k];
        white[from + i] = value / lower[i * dim + i];
        length += white[from + i] ** 2;
      }
      for (let i = 0; i < dim; i++) white[from + i] /= Math.sqrt(length) + 1e-12;
    }
    return { data: white, shape };
  };
}

/** (dim, dim) */
function covariance(parts: readonly NdArray<Float32Array>[], mean: Float64Array, count: number): Float64Array {
  const dim = mean.length;
  const matrix = new Float64Array(dim * dim);
  for (const { data } of parts) {
    for (let from = 0; from < data.length; from += dim) {
      for (let i = 0; i < dim; i++) {
        const value = (data[from + i] - mean[i]) / count;
        for (let j = 0; j <= i; j++) matrix[i * dim + j] += value * (data[from + j] - mean[j]);
      }
    }
  }
  let trace = 0;
  for (let i = 0; i < dim; i++) trace += matrix[i * dim + i];
  // Of few vectors no correlation is known well: the fewer there are, the more of the mean variance is added.
  const added = ((trace + 1e-6) / dim) * Math.max(LEAST_VARIANCE, dim / (10 * count));
  for (let i = 0; i < dim; i++) matrix[i * dim + i] += added;
  return matrix;
}
