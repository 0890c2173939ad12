import { productWith } from "../compute/product.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { Random } from "../core/random.js";

/** Settings of {@link lshProjections}. */
export interface LshOptions {
  /** Bits of a code, at least 1. */
  readonly bits: number;
  /** Seed of the hyperplanes. Default 0. */
  readonly seed?: number;
}

/**
 * Locality-sensitive hashing by random hyperplanes (Charikar, "Similarity estimation techniques from rounding
 * algorithms", STOC 2002), the unlearned baseline: projections on `bits` random normal directions, after subtracting
 * the mean of `train`, without which non-negative features would fall on one side of most planes.
 * The hash codes are the signs of the result.
 * @param features (n, dim)
 * @param train (m, dim) features the mean is taken of
 * @returns (n, bits)
 */
export async function lshProjections(
  engine: Engine,
  features: NdArray<Float32Array>,
  train: NdArray<Float32Array>,
  { bits, seed = 0 }: LshOptions,
): Promise<NdArray<Float32Array>> {
  const dim = features.shape[1];
  const planes = new Random(seed).stream("lsh").normals(bits * dim);
  const projected = await productWith(engine, features, { data: planes, shape: [bits, dim] });
  const mean = meanRow(train);
  const offsets = new Float64Array(bits); // projection of the mean on each direction
  for (let bit = 0; bit < bits; bit++) {
    for (let i = 0; i < dim; i++) offsets[bit] += planes[bit * dim + i] * mean[i];
  }
  const data = projected.data.map((value, at) => value - offsets[at % bits]);
  return { data, shape: projected.shape };
}

function meanRow({ data, shape }: NdArray<Float32Array>): Float64Array {
  const [rows, dim] = shape;
  const mean = new Float64Array(dim);
  for (let at = 0; at < data.length; at++) mean[at % dim] += data[at] / rows;
  return mean;
}
