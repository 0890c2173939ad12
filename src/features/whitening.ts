import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { openEngine } from "../compute/engine.js";
import { leadingEigenvectors } from "../compute/leading-eigenvectors.js";
import { inRowBlocks } from "../compute/product.js";
import type { Engine } from "../compute/program.js";
import { meanRow, scatterMatrix } from "../compute/scatter-matrix.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { addUnitRows } from "./unit-rows.js";

/** What takes the mean and the correlations out of features. */
export interface FeatureWhitening {
  /** (d): of the features fitted to, each of length 1. */
  readonly mean: NdArray<Float32Array>;
  /** (dim, d): principal directions, the one of the largest variance first, divided by what they are whitened by. */
  readonly directions: NdArray<Float32Array>;
  /** Variance along each direction before, divided by n − 1; (dim). */
  readonly variances: readonly number[];
  /** Part of all variance that lies along them, 0..1. */
  readonly explained: number;
  readonly shrinkage: number;
}

/** Settings of {@link fitWhitening}. */
export interface WhiteningOptions {
  /** Directions kept, 1 to the length of a feature, fewer than rows. */
  readonly dim: number;
  /** Rows fitted to: those that may be learned from. Default: all. */
  readonly rows?: Int32Array;
  /**
   * How far each variance is drawn to their mean, 0..1: of few features, small ones are known badly, and what is divided
   * by them is noise. Default 0.01.
   */
  readonly shrinkage?: number;
  /** What computes. Default: the best engine that is there. */
  readonly engine?: Engine;
}

/** Default of {@link WhiteningOptions.shrinkage}. */
const SHRINKAGE = 0.01;
/** Lengths below it are those of zeros. */
const LEAST_LENGTH = 1e-12;

/**
 * Learns to whiten features (PCA whitening as for image retrieval: Jégou, Chum, "Negative evidences and co-occurrences in
 * image retrieval", ECCV 2012, section 3): of x̂ = x/‖x‖ the mean m and the principal directions vᵢ with variances λᵢ,
 * divided by n − 1. {@link applyWhitening} gives yᵢ = vᵢ·(x̂ − m)/√((1 − s)λᵢ + s·λ̄), where λ̄ is the mean of all d
 * variances and s the shrinkage: 0 gives each direction variance 1, as sklearn's `PCA(whiten=True)` on x̂ does.
 * @param features (n, d), finite
 * @throws {InputError} when there are too few rows or too many directions, or a row holds no finite values
 */
export async function fitWhitening(
  features: NdArray<Float32Array>,
  { dim, rows, shrinkage = SHRINKAGE, engine: asked }: WhiteningOptions,
): Promise<FeatureWhitening> {
  const [, d] = features.shape;
  const chosen = rows ?? Int32Array.from({ length: features.shape[0] }, (_, row) => row);
  checkSettings({ dim, shrinkage }, { count: chosen.length, d });
  const engine = asked ?? (await openEngine());
  const unit = unitRowsOf(features, chosen);
  const mean = { data: Float32Array.from(meanRow(unit)), shape: [d] };
  const scatter = await scatterMatrix(unit, mean, { engine });
  const random = new Random(0).stream("whitening"); // where the search for directions begins
  const { values, vectors } = leadingEigenvectors(scatter, d, { count: dim, random });
  const freedom = chosen.length - 1;
  let total = 0;
  for (let i = 0; i < d; i++) total += scatter[i * d + i] / freedom;
  const variances = Array.from(values, value => Math.max(0, value) / freedom);
  const directions = new Float32Array(dim * d);
  for (const [i, variance] of variances.entries()) {
    const by = Math.sqrt((1 - shrinkage) * variance + (shrinkage * total) / d);
    if (!(by > 0)) throw noVariance(i, dim);
    for (let at = i * d; at < (i + 1) * d; at++) directions[at] = vectors[at] / by;
  }
  const explained = variances.reduce((sum, value) => sum + value, 0) / total;
  return { mean, directions: { data: directions, shape: [dim, d] }, variances, explained, shrinkage };
}

/**
 * Features along the directions of a whitening; of length √dim, about, where they vary as those fitted to. The cosine of
 * two, and with it every ranking, is that of their whitened directions.
 * @param features (n, d); a row of NaN, of an image that could not be read, stays one
 * @param options.engine Default: the best that is there
 * @returns (n, dim)
 * @throws {InputError} when features and whitening differ in length
 */
export async function applyWhitening(
  features: NdArray<Float32Array>,
  { mean, directions }: Pick<FeatureWhitening, "mean" | "directions">,
  options: { readonly engine?: Engine } = {},
): Promise<NdArray<Float32Array>> {
  const [n, d] = features.shape;
  const [dim, length] = directions.shape;
  if (d !== length) {
    throw new InputError("the whitening is of other features", {
      expected: `features of length ${length}`,
      actual: `${d}`,
    });
  }
  const engine = options.engine ?? (await openEngine());
  const data = new Float32Array(n * dim);
  await inRowBlocks(n, async (rows, blocks) => {
    const program = await engine.prepare({
      inputs: { x: { shape: [rows, d], dtype: "float32" } },
      constants: { mean },
      resident: { directions },
      body: t => {
        const x = t.x as Tensor2D;
        const lengths = tf.maximum(tf.sqrt(tf.sum(tf.square(x), 1, true)), LEAST_LENGTH);
        const centred = tf.sub(tf.div(x, lengths), t.mean) as Tensor2D;
        return { y: tf.matMul(centred, tf.transpose(t.directions as Tensor2D)) }; // (rows, dim)
      },
    });
    try {
      for (const from of blocks) {
        const { y } = await program.run({ x: features.data.subarray(from * d, (from + rows) * d) });
        data.set(y.data, from * dim);
      }
    } finally {
      await program.dispose();
    }
  });
  return { data, shape: [n, dim] };
}

function checkSettings(
  { dim, shrinkage }: Required<Pick<WhiteningOptions, "dim" | "shrinkage">>,
  { count, d }: { readonly count: number; readonly d: number },
): void {
  if (count < 2) {
    throw new InputError("a whitening cannot be fitted to these images", {
      expected: "two rows or more that have a label, of the train rows where there are roles",
      actual: `${count}`,
    });
  }
  const most = Math.min(d, count - 1);
  if (!(Number.isInteger(dim) && dim >= 1 && dim <= most)) {
    throw new InputError("features cannot be whitened along so many directions", {
      expected: `a whole number of 1..${most}, for ${count} rows of ${d} values`,
      actual: `${dim}`,
    });
  }
  if (!(shrinkage >= 0 && shrinkage <= 1)) {
    throw new InputError("this shrinkage cannot be", { expected: "a number of 0..1", actual: `${shrinkage}` });
  }
}

/** Rows of length 1, (rows, d). @throws {InputError} for a row that is not there or not finite */
export function unitRowsOf({ data, shape: [n, d] }: NdArray<Float32Array>, rows: Int32Array): NdArray<Float32Array> {
  const unit = new Float32Array(rows.length * d);
  for (const [i, row] of rows.entries()) {
    const values = data.subarray(row * d, (row + 1) * d);
    if (!(row >= 0 && row < n && values.every(Number.isFinite))) {
      throw new InputError(`row ${row} cannot be fitted to`, { expected: `finite values in a row of 0..${n - 1}` });
    }
    addUnitRows(unit.subarray(i * d, (i + 1) * d), values, { dim: d, weight: 1 });
  }
  return { data: unit, shape: [rows.length, d] };
}

function noVariance(direction: number, dim: number): InputError {
  return new InputError("the features do not vary in so many directions", {
    expected: `at most ${direction} directions, or a shrinkage above 0`,
    actual: `${dim}`,
  });
}
