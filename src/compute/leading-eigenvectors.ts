import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Random } from "../core/random.js";

/** Eigenpairs of a symmetric matrix, the largest eigenvalue first. */
export interface Eigenpairs {
  readonly values: Float64Array;
  /** (count, size): unit vectors in rows, the entry of greatest magnitude positive. */
  readonly vectors: Float64Array;
}

/** A pair counts as found when ‖A·v − λ·v‖ is at most this share of the largest eigenvalue. */
const TOLERANCE = 1e-9;
/** A direction of this share of the largest one's length is rounding, and another is drawn. */
const ROUNDING = 1e-12;

/**
 * The `count` largest eigenvalues and their vectors, by the Lanczos method with full reorthogonalisation in double
 * precision (Golub, Van Loan, "Matrix Computations", section 10.3): a basis of Krylov vectors grows until the pairs do
 * not change, at worst to the whole space, where the result is that of a full decomposition. An eigenvalue that several
 * leading directions share to the last digit may be found once only.
 * @param matrix symmetric, (size, size)
 * @param count 1..size
 */
export function leadingEigenvectors(
  matrix: Float32Array | Float64Array,
  size: number,
  { count, random }: { count: number; random: Random },
): Eigenpairs {
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = []; // beside[i] ties basis vectors i and i + 1
  let next = unit(Float64Array.from(random.normals(size)));
  for (let goal = Math.min(size, 2 * count + 20); ; goal = Math.min(size, Math.ceil(goal * 1.5))) {
    while (basis.length < goal) {
      basis.push(next);
      const image = product(matrix, size, next);
      diagonal.push(dot(image, next));
      const scale = length(image);
      const rest = orthogonal(image, basis);
      const kept = length(rest) > ROUNDING * scale ? length(rest) : 0;
      beside.push(kept);
      next = kept > 0 ? unit(rest) : unit(orthogonal(Float64Array.from(random.normals(size)), basis));
    }
    const ritz = tridiagonalPairs(diagonal, beside);
    const residuals = ritz.slice(0, count).map(({ last }) => Math.abs(last) * beside[goal - 1]);
    const largest = Math.max(Math.abs(ritz[0].value), Number.MIN_VALUE);
    if (goal === size || Math.max(...residuals) <= TOLERANCE * largest) {
      return combineBasis(ritz.slice(0, count), basis, size);
    }
  }
}

interface RitzPair {
  readonly value: number;
  readonly weights: readonly number[];
  /** Weight of the newest basis vector. */
  readonly last: number;
}

function tridiagonalPairs(diagonal: readonly number[], beside: readonly number[]): RitzPair[] {
  const side = diagonal.length;
  const projected = Matrix.zeros(side, side);
  for (let i = 0; i < side; i++) {
    projected.set(i, i, diagonal[i]);
    if (i + 1 === side) continue;
    projected.set(i, i + 1, beside[i]);
    projected.set(i + 1, i, beside[i]);
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(projected, { assumeSymmetric: true });
  return realEigenvalues
    .map((value, at) => {
      const weights = eigenvectorMatrix.getColumn(at);
      return { value, weights, last: weights[side - 1] };
    })
    .sort((a, b) => b.value - a.value);
}

function combineBasis(pairs: readonly RitzPair[], basis: readonly Float64Array[], size: number): Eigenpairs {
  const vectors = new Float64Array(pairs.length * size);
  pairs.forEach(({ weights }, row) => {
    const sum = new Float64Array(size);
    basis.forEach((vector, i) => {
      for (let k = 0; k < size; k++) sum[k] += weights[i] * vector[k];
    });
    vectors.set(withFixedSign(unit(sum)), row * size);
  });
  return { values: Float64Array.from(pairs, ({ value }) => value), vectors };
}

function product(matrix: Float32Array | Float64Array, size: number, vector: Float64Array): Float64Array {
  const image = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += matrix[i * size + k] * vector[k];
    image[i] = sum;
  }
  return image;
}

/** What is left of a vector without its parts along the basis; twice, for the first time leaves rounding behind. */
function orthogonal(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const rest = Float64Array.from(vector);
  for (let round = 0; round < 2; round++) {
    for (const direction of basis) {
      const along = dot(rest, direction);
      for (let k = 0; k < rest.length; k++) rest[k] -= along * direction[k];
    }
  }
  return rest;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function length(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function unit(vector: Float64Array): Float64Array {
  const size = Math.max(length(vector), Number.MIN_VALUE);
  return vector.map(value => value / size);
}

function withFixedSign(vector: Float64Array): Float64Array {
  const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? vector.map(value => -value) : vector;
}
