import { dirname } from "node:path";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { readStored } from "../core/npy.js";
import { conversionNote, elementName } from "../core/npy-elements.js";
import { readFailedImages } from "./failed-images.js";
import { readFeatureManifest } from "./feature-manifest.js";
import { rowName } from "./ids-file.js";

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
  const stored = await readMatrix(file);
  await checkFinite(stored.features, file, new Set());
  return stored;
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
  const { features, converted } = await readMatrix(file);
  const { data, shape } = features;
  const [n, dim] = shape;
  const folder = dirname(file);
  const first = (await readFeatureManifest(folder))?.shard?.rows[0] ?? 0; // failed.csv has the dataset's rows
  const listed = new Set((await readFailedImages(folder)).map(({ row }) => row - first));
  const failed = Int32Array.from(
    [...listed].filter(row => row >= 0 && row < n && Number.isNaN(data[row * dim])),
  ).sort();
  const missing = new Set(failed);
  await checkFinite(features, file, missing);
  if (failed.length === n) throw new InputError("no image could be read", { file, expected: "one row of features" });
  fillWithMean(features, missing); // the matrix is nobody else's yet
  return { features, failed, converted };
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

async function readMatrix(file: string): Promise<StoredFeatures> {
  const { array, layout } = await readStored(file);
  const { data, shape } = array;
  if (shape.length !== 2 || data.length === 0) {
    throw new InputError("these are not features", {
      file,
      expected: "numbers of shape (n, dim), not empty",
      actual: `${elementName(layout.descr)} of shape (${shape.join(", ")})`,
    });
  }
  const converted = conversionNote(file, layout, { as: "float32", plain: ["float32"] });
  return { features: { data: asFloat32(array, file), shape }, converted };
}

/** The nearest float32 of each value. @throws {InputError} for one beyond them */
function asFloat32({ data, shape: [, dim] }: NdArray, file: string): Float32Array {
  if (data instanceof Float32Array) return data;
  const values = new Float32Array(data.length);
  for (let at = 0; at < values.length; at++) {
    values[at] = Number(data[at]);
    if (Number.isFinite(values[at]) || !Number.isFinite(Number(data[at]))) continue;
    throw new InputError(`row ${Math.floor(at / dim)}, column ${at % dim} holds ${data[at]}`, {
      file,
      expected: "numbers within float32, up to 3.4e38",
    });
  }
  return values;
}

async function checkFinite(
  { data, shape }: NdArray<Float32Array>,
  file: string,
  except: ReadonlySet<number>,
): Promise<void> {
  const [, dim] = shape;
  const bad = data.findIndex((value, at) => !Number.isFinite(value) && !except.has(Math.floor(at / dim)));
  if (bad < 0) return;
  throw new InputError(`${await rowName(Math.floor(bad / dim), file)} holds ${data[bad]}`, {
    file,
    expected:
      "finite values; rows of images that could not be read hold NaN: failed.csv beside the features names them. Mend " +
      "or remove those images and extract again (--strict stops at the first)",
  });
}
