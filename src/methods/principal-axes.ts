import { leadingEigenvectors } from "../compute/leading-eigenvectors.js";
import { productWith } from "../compute/product.js";
import type { Engine } from "../compute/program.js";
import { meanRow, scatterMatrix } from "../compute/scatter-matrix.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Random } from "../core/random.js";

/** The directions along which rows vary most. */
export interface PrincipalAxes {
  /** (dim) */
  readonly mean: NdArray<Float32Array>;
  /** (count, dim): unit vectors, the one of the largest variance first, the largest weight of each positive. */
  readonly axes: NdArray<Float32Array>;
  /** Variance along each axis, divided by n. */
  readonly variances: Float64Array;
}

/**
 * Principal axes of rows, by the leading eigenvectors of their covariance matrix, which takes dim² numbers.
 * @param features (n, dim)
 * @throws {InputError} when there are fewer dimensions than `count`
 */
export async function principalAxes(
  features: NdArray<Float32Array>,
  { count, engine, random }: { count: number; engine: Engine; random: Random },
): Promise<PrincipalAxes> {
  const [n, dim] = features.shape;
  if (count > dim) {
    throw new InputError("there are more bits than principal components", {
      expected: `at most ${dim} bits for features of ${dim} dimensions`,
      actual: `${count} bits`,
    });
  }
  const mean = { data: Float32Array.from(meanRow(features)), shape: [dim] };
  const scatter = await scatterMatrix(features, mean, { engine });
  const { values, vectors } = leadingEigenvectors(scatter, dim, { count, random });
  return { mean, axes: { data: Float32Array.from(vectors), shape: [count, dim] }, variances: values.map(v => v / n) };
}

/**
 * Coordinates of rows along axes, (n, count): (x − mean)·Aᵀ.
 * @param features (n, dim)
 */
export async function alongAxes(
  features: NdArray<Float32Array>,
  { mean, axes }: Pick<PrincipalAxes, "mean" | "axes">,
  { engine }: { readonly engine: Engine },
): Promise<NdArray<Float32Array>> {
  const [count, dim] = axes.shape;
  const projected = await productWith(features, axes, { engine });
  const offsets = new Float64Array(count);
  for (let at = 0; at < axes.data.length; at++) offsets[Math.floor(at / dim)] += axes.data[at] * mean.data[at % dim];
  return { data: projected.data.map((value, at) => value - offsets[at % count]), shape: projected.shape };
}
