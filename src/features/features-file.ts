import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { collectFeatures, openFeatureRows } from "./feature-rows.js";

/**
 * Reads a feature matrix: real numbers (n, dim) of any type, byte order and layout, each taken as the nearest float32.
 * @returns (n, dim)
 * @throws {InputError} when the file has not two axes, is empty, or holds NaN, infinity or a number beyond float32
 */
export async function readFeatures(file: string): Promise<NdArray<Float32Array>> {
  return (await readStoredFeatures(file)).features;
}

/** Features of a file, and what was converted. */
export interface StoredFeatures {
  /** (n, dim) */
  readonly features: NdArray<Float32Array>;
  /** A sentence where the file holds something else than float32 row by row. */
  readonly converted: readonly string[];
}

/** As {@link readFeatures}, and says what was converted. */
export async function readStoredFeatures(file: string): Promise<StoredFeatures> {
  const rows = await openFeatureRows(file);
  return { features: await collectFeatures(rows), converted: rows.converted };
}

/** Features of which some could not be had. */
export interface IncompleteFeatures extends StoredFeatures {
  /** (n, dim); the rows of `failed` hold the mean of the others. */
  readonly features: NdArray<Float32Array>;
  /** Rows of images that could not be read, ascending. */
  readonly failed: Int32Array;
}

/**
 * Reads a feature matrix that may have rows of NaN: those that failed.csv beside it lists. They get the mean feature,
 * which says nothing of any item.
 * @throws {InputError} as {@link readFeatures} for the other rows, and when none is left
 */
export async function readIncompleteFeatures(file: string): Promise<IncompleteFeatures> {
  const rows = await openFeatureRows(file);
  return { features: await collectFeatures(rows, { unread: "mean" }), failed: rows.failed, converted: rows.converted };
}

/**
 * Features in which some rows hold the mean of the others, which says nothing of any item.
 * @param features (n, dim)
 * @param rows those of images that could not be read
 * @returns (n, dim), the same object when there are no such rows
 * @throws {InputError} when no other row is left
 */
export function withMeanFeature(features: NdArray<Float32Array>, rows: Iterable<number>): NdArray<Float32Array> {
  const missing = new Set(rows);
  if (missing.size === 0) return features;
  if (missing.size >= features.shape[0]) {
    throw new InputError("no image could be read", { expected: "one row of features" });
  }
  const filled = { data: features.data.slice(), shape: features.shape };
  fillWithMean(filled, missing);
  return filled;
}

function fillWithMean({ data, shape }: NdArray<Float32Array>, missing: ReadonlySet<number>): void {
  const [n, dim] = shape;
  const mean = new Float64Array(dim);
  for (let row = 0; row < n; row++) {
    if (missing.has(row)) continue;
    for (let d = 0; d < dim; d++) mean[d] += data[row * dim + d] / (n - missing.size);
  }
  for (const row of missing) data.set(mean, row * dim);
}
