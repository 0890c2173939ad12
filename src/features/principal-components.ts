import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { Random } from "../core/random.js";

/** Rounds of subspace iteration; the two leading directions of image features settle long before. */
const ROUNDS = 60;

/** Features seen from the directions in which they vary most. */
export interface PrincipalComponents {
  /** (n, 2), centred: coordinates along the first and second component. */
  readonly points: NdArray<Float32Array>;
  /** Share of the variance along each of the two, 0..1. */
  readonly explained: readonly [number, number];
}

/**
 * The first two principal components, by subspace iteration (no (dim, dim) matrix). The sign of each is fixed by its
 * largest weight being positive.
 * @param features (n, dim), finite
 * @param options.engine Default: the best that is there
 */
export async function principalComponents(
  features: NdArray<Float32Array>,
  options: { readonly engine?: Engine } = {},
): Promise<PrincipalComponents> {
  const engine = options.engine ?? (await openEngine());
  const [n, dim] = features.shape;
  const start = orthonormal(new Random(0).stream("pca").normals(dim * 2), dim);
  const program = await engine.prepare({
    inputs: { basis: { shape: [dim, 2], dtype: "float32" } },
    resident: { features },
    body: t => {
      const basis = t.basis as Tensor2D;
      const x = t.features as Tensor2D;
      const raw = tf.matMul(x, basis); // (n, 2)
      const points = tf.sub(raw, tf.mean(raw, 0, true)) as Tensor2D;
      // the points are centred, so Xᵀ·points = centredᵀ·points and X itself need not be
      const next = tf.matMul(tf.transpose(x), points); // (dim, 2)
      const centre = tf.mean(x, 0);
      const variance = tf.sub(tf.mean(tf.sum(tf.square(x), 1)), tf.sum(tf.square(centre)));
      return { points, next, variance };
    },
  });
  try {
    let basis = start;
    for (let round = 0; round < ROUNDS; round++) {
      basis = orthonormal((await program.run({ basis })).next.data, dim);
    }
    const { points, variance } = await program.run({ basis });
    const along = [0, 1].map(c => points.data.reduce((sum, v, i) => (i % 2 === c ? sum + v * v : sum), 0) / n);
    const total = Math.max(variance.data[0], 1e-30);
    return { points: { data: points.data, shape: [n, 2] }, explained: [along[0] / total, along[1] / total] };
  } finally {
    await program.dispose();
  }
}

/** Gram-Schmidt on the two columns of a (dim, 2) matrix. */
function orthonormal(columns: Float32Array, dim: number): Float32Array {
  const column = (c: number): Float64Array => Float64Array.from({ length: dim }, (_, i) => columns[i * 2 + c]);
  const first = unit(column(0));
  const second = column(1);
  const overlap = first.reduce((sum, value, i) => sum + value * second[i], 0);
  const rest = unit(second.map((value, i) => value - overlap * first[i]));
  return Float32Array.from({ length: dim * 2 }, (_, at) => (at % 2 === 0 ? first : rest)[at >> 1]);
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  const scale = Math.sign(largest || 1) / Math.max(length, 1e-30);
  return vector.map(value => value * scale);
}
