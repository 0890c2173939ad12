/**
 * L of a symmetric positive definite matrix A = L·Lᵀ, in double precision.
 * @param matrix (size, size), of which the lower half is read
 * @returns (size, size), zeros above the diagonal; NaN where the matrix is not positive definite
 */
export function choleskyOf(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j];
      for (let k = 0; k < j; k++) sum -= lower[i * size + k] * lower[j * size + k];
      lower[i * size + j] = i === j ? Math.sqrt(sum) : sum / lower[j * size + j];
    }
  }
  return lower;
}

/** Solves L·x = b of a lower triangular L, in the place of b. @param lower (size, size) @param b (size) */
export function solveLower(lower: Float64Array, b: Float64Array): void {
  const size = b.length;
  for (let i = 0; i < size; i++) {
    let sum = b[i];
    for (let k = 0, at = i * size; k < i; k++, at++) sum -= lower[at] * b[k];
    b[i] = sum / lower[i * size + i];
  }
}

/** Solves Lᵀ·x = b of a lower triangular L, in the place of b. @param lower (size, size) @param b (size) */
export function solveLowerTransposed(lower: Float64Array, b: Float64Array): void {
  const size = b.length;
  for (let i = size - 1; i >= 0; i--) {
    b[i] /= lower[i * size + i];
    for (let k = 0, at = i * size; k < i; k++, at++) b[k] -= lower[at] * b[i];
  }
}
