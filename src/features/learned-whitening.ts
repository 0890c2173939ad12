import { choleskyOf, solveLower, solveLowerTransposed } from "../compute/cholesky.js";
import { openEngine } from "../compute/engine.js";
import { leadingEigenvectors } from "../compute/leading-eigenvectors.js";
import type { Engine } from "../compute/program.js";
import { meanRow, scatterMatrix } from "../compute/scatter-matrix.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { FeatureWhitening } from "./whitening.js";
import { unitRowsOf } from "./whitening.js";

/** Settings of {@link fitLearnedWhitening}. */
export interface LearnedWhiteningOptions {
  /** Directions kept, 1 to the length of a feature, fewer than classes. Default 256, or as many as can be. */
  readonly dim?: number;
  /** Rows fitted to: those that may be learned from. Default: all with a class. */
  readonly rows?: Int32Array;
  /**
   * How far the variances within classes are drawn to their mean, 0..1. Default: what Ledoit and Wolf's estimate says of
   * these rows ("A well-conditioned estimator for large-dimensional covariance matrices", 2004).
   */
  readonly shrinkage?: number;
  /** What computes. Default: the best engine that is there. */
  readonly engine?: Engine;
}

/** Default of {@link LearnedWhiteningOptions.dim}. */
const DIRECTIONS = 256;

/**
 * Learns to whiten what varies within classes: the learned whitening of image retrieval (Mikolajczyk, Matas, ICCV 2007;
 * Radenović, Tolias, Chum, TPAMI 2018, section 3.4), which is Fisher's discriminant. With x̂ = x/‖x‖, their mean m, S the
 * covariance of x̂ around the mean of its class (of n rows, divided by n), drawn to its mean variance by the shrinkage, and
 * S = L·Lᵀ, the directions are L⁻ᵀ·v for the leading eigenvectors v of L⁻¹·B·L⁻ᵀ, where B is the covariance of the means
 * of the classes, each as often as its class has rows. Along each, rows of a class vary by 1: a difference that pictures of
 * one class have among themselves counts little, one that only classes have counts much. {@link applyWhitening} applies it.
 * @param features (n, d), finite
 * @param labels class of each row; negative: unknown, and left out
 * @throws {InputError} when there are too few classes or rows, too many directions, or a row holds no finite values
 */
export async function fitLearnedWhitening(
  features: NdArray<Float32Array>,
  labels: Int32Array,
  options: LearnedWhiteningOptions = {},
): Promise<FeatureWhitening> {
  const [n, d] = features.shape;
  const rows = (options.rows ?? Int32Array.from({ length: n }, (_, row) => row)).filter(row => labels[row] >= 0);
  const classes = numbered(rows.map(row => labels[row]));
  const dim = checkedSettings(options, { classes: classes.count, rows: rows.length, d });
  const engine = options.engine ?? (await openEngine());
  const unit = unitRowsOf(features, rows);
  const mean = Float32Array.from(meanRow(unit));
  const means = classMeans(unit, classes);
  const within = await withinClasses(unit, means, classes, { engine });
  const shrinkage = options.shrinkage ?? ledoitWolf(within);
  const lower = choleskyOf(shrunken(within, shrinkage), d);
  if (!lower.every(Number.isFinite)) throw flat(shrinkage);
  const between = new Float32Array(classes.count * d);
  for (let c = 0; c < classes.count; c++) {
    const away = Float64Array.from({ length: d }, (_, i) => means[c * d + i] - mean[i]);
    solveLower(lower, away);
    const weight = Math.sqrt(classes.sizes[c] / rows.length);
    for (let i = 0; i < d; i++) between[c * d + i] = weight * away[i];
  }
  const zero = { data: new Float32Array(d), shape: [d] };
  const scatter = await scatterMatrix({ data: between, shape: [classes.count, d] }, zero, { engine });
  const random = new Random(0).stream("learned whitening"); // where the search for directions begins
  const { values, vectors } = leadingEigenvectors(scatter, d, { count: dim, random });
  const directions = new Float32Array(dim * d);
  for (let i = 0; i < dim; i++) {
    const direction = vectors.slice(i * d, (i + 1) * d);
    solveLowerTransposed(lower, direction);
    directions.set(direction, i * d);
  }
  let total = 0;
  for (let i = 0; i < d; i++) total += scatter[i * d + i];
  const variances = Array.from(values, value => Math.max(0, value));
  return {
    mean: { data: mean, shape: [d] },
    directions: { data: directions, shape: [dim, d] },
    variances,
    explained: variances.reduce((sum, value) => sum + value, 0) / total,
    shrinkage,
  };
}

/** Classes numbered from 0 by their first row. */
interface Numbered {
  readonly of: Int32Array;
  readonly sizes: readonly number[];
  readonly count: number;
}

function numbered(labels: Int32Array): Numbered {
  const numbers = new Map<number, number>();
  const sizes: number[] = [];
  const of = labels.map(label => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    sizes[number] = (sizes[number] ?? 0) + 1;
    return number;
  });
  return { of, sizes, count: numbers.size };
}

/** (classes, d) */
function classMeans({ data, shape: [, d] }: NdArray<Float32Array>, { of, sizes, count }: Numbered): Float64Array {
  const means = new Float64Array(count * d);
  of.forEach((c, row) => {
    for (let i = 0; i < d; i++) means[c * d + i] += data[row * d + i] / sizes[c];
  });
  return means;
}

/** What rows are away from the mean of their class. */
interface WithinClasses {
  /** (d, d), divided by the number of rows. */
  readonly covariance: Float64Array;
  readonly d: number;
  readonly rows: number;
  /** Mean of ‖r‖⁴. */
  readonly fourth: number;
}

async function withinClasses(
  { data, shape }: NdArray<Float32Array>,
  means: Float64Array,
  { of }: Numbered,
  { engine }: { readonly engine: Engine },
): Promise<WithinClasses> {
  const [rows, d] = shape;
  const rest = new Float32Array(data.length);
  let fourth = 0;
  for (let row = 0; row < rows; row++) {
    let square = 0;
    for (let i = 0; i < d; i++) {
      const value = data[row * d + i] - means[of[row] * d + i];
      rest[row * d + i] = value;
      square += value * value;
    }
    fourth += square ** 2 / rows;
  }
  const zero = { data: new Float32Array(d), shape: [d] };
  const covariance = await scatterMatrix({ data: rest, shape }, zero, { engine });
  for (let at = 0; at < covariance.length; at++) covariance[at] /= rows;
  return { covariance, d, rows, fourth };
}

/** Ledoit and Wolf's estimate of how far to draw a covariance (of known mean) to a multiple of the identity, 0..1. */
function ledoitWolf({ covariance, d, rows, fourth }: WithinClasses): number {
  const square = covariance.reduce((sum, value) => sum + value * value, 0); // ‖S‖²
  const spread = square - d * meanVariance(covariance, d) ** 2;
  const error = (fourth - square) / rows;
  return spread > 0 ? Math.min(1, Math.max(0, error / spread)) : 1;
}

function meanVariance(covariance: Float64Array, d: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += covariance[i * d + i];
  return sum / d;
}

function shrunken({ covariance, d }: WithinClasses, shrinkage: number): Float64Array {
  const added = shrinkage * meanVariance(covariance, d);
  const matrix = covariance.map(value => (1 - shrinkage) * value);
  for (let i = 0; i < d; i++) matrix[i * d + i] += added;
  return matrix;
}

/** @returns the directions kept */
function checkedSettings(
  { dim, shrinkage }: LearnedWhiteningOptions,
  { classes, rows, d }: { readonly classes: number; readonly rows: number; readonly d: number },
): number {
  if (classes < 2 || rows <= classes) {
    throw new InputError("a whitening cannot be learned of these rows", {
      expected: "two classes or more, one of them with two rows or more",
      actual: `${rows} rows of ${classes} classes`,
    });
  }
  const most = Math.min(d, classes - 1);
  if (dim !== undefined && !(Number.isInteger(dim) && dim >= 1 && dim <= most)) {
    throw new InputError("features cannot be whitened along so many directions", {
      expected: `a whole number of 1..${most}, for ${classes} classes and ${d} values`,
      actual: `${dim}`,
    });
  }
  if (shrinkage !== undefined && !(shrinkage >= 0 && shrinkage <= 1)) {
    throw new InputError("this shrinkage cannot be", { expected: "a number of 0..1", actual: `${shrinkage}` });
  }
  return dim ?? Math.min(DIRECTIONS, most);
}

function flat(shrinkage: number): InputError {
  return new InputError("the features do not vary in all directions within classes", {
    expected: "more rows than values in a feature, or a shrinkage above 0",
    actual: `shrinkage ${shrinkage}`,
  });
}
