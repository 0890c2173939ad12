/** Below this share of the largest variance a pivot is rounding: what varies is told already by those before. */
const ROUNDING = 1e-12;

/**
 * A lower triangular L with L·Lᵀ = the matrix (Cholesky), of covariances that may be singular: entries may be the same.
 * @param matrix (n, n) symmetric, positive semidefinite
 */
export function semidefiniteRoot(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const root = matrix.map(() => new Float64Array(n));
  const least = ROUNDING * Math.max(...matrix.map((row, i) => row[i]));
  for (let j = 0; j < n; j++) {
    const pivot = matrix[j][j] - dot(root[j], root[j], j);
    if (pivot <= least) continue;
    root[j][j] = Math.sqrt(pivot);
    for (let i = j + 1; i < n; i++) root[i][j] = (matrix[i][j] - dot(root[i], root[j], j)) / root[j][j];
  }
  return root;
}

function dot(a: Float64Array, b: Float64Array, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += a[k] * b[k];
  return sum;
}
