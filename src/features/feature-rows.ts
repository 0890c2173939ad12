import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { NpyLayout } from "../core/npy-elements.js";
import { conversionNote, elementName } from "../core/npy-elements.js";
import type { NpyRows, RowBlock } from "../core/npy-rows.js";
import { openNpyRows } from "../core/npy-rows.js";
import { readFailedImages } from "./failed-images.js";
import { readFeatureManifest } from "./feature-manifest.js";
import { rowName } from "./ids-file.js";

/** Bytes of float32 read at a time: 4096 rows of up to 4096 values. */
const BLOCK_BYTES = 64 << 20;
const BLOCK_ROWS = 4096;

/** What becomes of rows of images that could not be read, which hold NaN: an error, or the mean of the other rows. */
export type UnreadRows = "refuse" | "mean";

/** Features that follow one another in a file. */
export interface FeatureBlock extends NdArray<Float32Array> {
  /** Row of the file that the first one is. */
  readonly from: number;
}

/** A feature matrix to be read some rows at a time: real numbers of any type and byte order, as the nearest float32. */
export interface FeatureRows {
  readonly file: string;
  /** (n, dim) */
  readonly shape: readonly [number, number];
  /** A sentence where the file holds something else than float32 row by row. */
  readonly converted: readonly string[];
  /** Rows of NaN that failed.csv beside the file lists, ascending. */
  readonly failed: Int32Array;
  /**
   * All rows in order, or blocks that cover some.
   * @param options.of rows that are wanted, ascending; others of a block may hold anything. Default: all
   * @param options.unread Default "refuse"
   * @throws {InputError} naming a wanted row that holds NaN, infinity or a number beyond float32
   */
  blocks(options?: { readonly of?: Int32Array; readonly unread?: UnreadRows }): AsyncGenerator<FeatureBlock, void>;
}

/**
 * Opens a feature matrix.
 * @throws {InputError} when the file is missing, damaged, has not two axes or is empty
 */
export async function openFeatureRows(file: string): Promise<FeatureRows> {
  await checkKept(file);
  const npy = await openNpyRows(file, BLOCK_BYTES);
  const shape = shapeOf(npy.layout, file);
  const converted = conversionNote(file, npy.layout, { as: "float32", plain: ["float32"] });
  const failed = await unreadRows(npy, file);
  const blocks: FeatureRows["blocks"] = ({ of, unread = "refuse" } = {}) =>
    featureBlocks({ file, shape, failed, npy }, { of, unread });
  return { file, shape, converted, failed, blocks };
}

/** @throws {InputError} where codes were kept, and no features */
async function checkKept(file: string): Promise<void> {
  if ((await stat(file).catch(() => undefined)) !== undefined) return;
  const manifest = await readFeatureManifest(dirname(file));
  if (manifest?.codes === undefined) return;
  throw new InputError("the features were not kept: this folder holds codes of them", {
    file,
    expected: "a folder of `hashbook extract` without --model",
  });
}

function shapeOf({ shape, descr }: NpyLayout, file: string): readonly [number, number] {
  if (shape.length === 2 && shape[0] * shape[1] > 0) return [shape[0], shape[1]];
  throw new InputError("these are not features", {
    file,
    expected: "numbers of shape (n, dim), not empty",
    actual: `${elementName(descr)} of shape (${shape.join(", ")})`,
  });
}

/** Rows that failed.csv lists and that hold NaN. */
async function unreadRows(npy: NpyRows, file: string): Promise<Int32Array> {
  const folder = dirname(file);
  const listed = await readFailedImages(folder);
  if (listed.length === 0) return new Int32Array(0);
  const first = (await readFeatureManifest(folder))?.shard?.rows[0] ?? 0; // failed.csv has the dataset's rows
  const rows = [...new Set(listed.map(({ row }) => row - first))].filter(row => row >= 0 && row < npy.layout.shape[0]);
  const of = Int32Array.from(rows).sort();
  const missing: number[] = [];
  for await (const block of npy.rows({ of })) {
    for (const row of wantedOf(block, of)) if (Number.isNaN(firstOf(block, row))) missing.push(row);
  }
  return Int32Array.from(missing);
}

/** The first value of a row. */
function firstOf({ data, shape, from }: RowBlock, row: number): number {
  return Number(data[(row - from) * shape[1]]);
}

/** Those of some ascending rows that a block has. */
function wantedOf({ from, shape: [rows] }: Pick<RowBlock, "from" | "shape">, of: Int32Array): Int32Array {
  return of.subarray(lowerBound(of, from), lowerBound(of, from + rows));
}

/** Place of the first of some ascending numbers that is no less than a value. */
function lowerBound(ascending: Int32Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A file, opened. */
type Opened = Pick<FeatureRows, "file" | "shape" | "failed"> & { readonly npy: NpyRows };

async function* featureBlocks(
  opened: Opened,
  { of, unread }: { readonly of?: Int32Array; readonly unread: UnreadRows },
): AsyncGenerator<FeatureBlock, void> {
  const { file, shape, failed, npy } = opened;
  const except = { refuse: new Int32Array(0), mean: failed }[unread];
  const mean = except.length === 0 ? undefined : await meanRow(opened);
  for await (const block of npy.rows({ of, step: Math.min(BLOCK_ROWS, rowsOfBlock(shape[1])) })) {
    const missing = wantedOf(block, except);
    const features = { data: asFloat32(block, file), shape: block.shape, from: block.from };
    const checked = of === undefined ? everyRow(block) : wantedOf(block, of);
    await checkFinite(features, checked, missing, file);
    if (mean !== undefined) for (const row of missing) features.data.set(mean, (row - block.from) * shape[1]);
    yield features;
  }
}

function rowsOfBlock(dim: number): number {
  return Math.max(1, Math.floor(BLOCK_BYTES / (4 * dim)));
}

function everyRow({ from, shape: [rows] }: RowBlock): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => from + i);
}

/** The mean of the rows that could be read, which says nothing of any item. */
async function meanRow({ file, shape: [n, dim], failed, npy }: Opened): Promise<Float64Array> {
  if (failed.length === n) throw new InputError("no image could be read", { file, expected: "one row of features" });
  const missing = new Set(failed);
  const mean = new Float64Array(dim);
  for await (const block of npy.rows({ step: Math.min(BLOCK_ROWS, rowsOfBlock(dim)) })) {
    const data = asFloat32(block, file);
    for (let row = 0; row < block.shape[0]; row++) {
      if (missing.has(block.from + row)) continue;
      for (let d = 0; d < dim; d++) mean[d] += data[row * dim + d] / (n - missing.size);
    }
  }
  return mean;
}

/** The nearest float32 of each value. @throws {InputError} for one beyond them */
function asFloat32({ data, shape: [, dim], from }: RowBlock, file: string): Float32Array {
  if (data instanceof Float32Array) return data;
  const values = new Float32Array(data.length);
  for (let at = 0; at < values.length; at++) {
    values[at] = Number(data[at]);
    if (Number.isFinite(values[at]) || !Number.isFinite(Number(data[at]))) continue;
    throw new InputError(`row ${from + Math.floor(at / dim)}, column ${at % dim} holds ${data[at]}`, {
      file,
      expected: "numbers within float32, up to 3.4e38",
    });
  }
  return values;
}

/** @param missing rows that need not be finite, ascending */
async function checkFinite(
  { data, shape: [, dim], from }: FeatureBlock,
  rows: Int32Array,
  missing: Int32Array,
  file: string,
): Promise<void> {
  const row = rows.find(one => !isFiniteRow(data, (one - from) * dim, dim) && !missing.includes(one));
  if (row === undefined) return;
  const bad = data.subarray((row - from) * dim, (row - from + 1) * dim).find(value => !Number.isFinite(value));
  throw new InputError(`${await rowName(row, file)} holds ${bad}`, {
    file,
    expected:
      "finite values; rows of images that could not be read hold NaN: failed.csv beside the features names them. " +
      "`encode --failed mean` gives these the mean feature's code; or mend or remove the images and extract into a new folder",
  });
}

/** A value less itself is 0 for finite ones alone: a sum of these tells a row without a branch a value. */
function isFiniteRow(data: Float32Array, begin: number, dim: number): boolean {
  let sum = 0;
  for (let at = begin; at < begin + dim; at++) sum += data[at] - data[at];
  return sum === 0;
}

/** Values that an array can hold in Node. */
const ARRAY_AT_MOST = 2 ** 32 - 1;

/**
 * Chosen rows of a matrix, or all, in memory.
 * @param options.of rows, in the order they are to have; each once. Default: all
 * @param options.unread Default "refuse"
 * @returns (rows, dim)
 * @throws {InputError} as {@link FeatureRows.blocks}, and when they are more than an array can hold
 */
export async function collectFeatures(
  { file, shape: [n, dim], blocks }: FeatureRows,
  { of, unread }: { readonly of?: Int32Array; readonly unread?: UnreadRows } = {},
): Promise<NdArray<Float32Array>> {
  const count = of?.length ?? n;
  if (count * dim > ARRAY_AT_MOST) {
    throw new InputError("these features are more than an array can hold", {
      file,
      expected: `at most ${Math.floor(ARRAY_AT_MOST / dim)} rows of ${dim}; \`hashbook encode\` takes any number`,
      actual: `${count}`,
    });
  }
  const data = new Float32Array(count * dim); // (rows, dim)
  const order = of === undefined ? undefined : Int32Array.from(of.keys()).sort((a, b) => of[a] - of[b]);
  const ascending = order?.map(place => of![place]);
  for await (const block of blocks({
    ...(ascending === undefined ? {} : { of: ascending }),
    ...(unread === undefined ? {} : { unread }),
  })) {
    if (order === undefined || ascending === undefined) {
      data.set(block.data, block.from * dim);
      continue;
    }
    const first = lowerBound(ascending, block.from);
    for (const [i, row] of wantedOf(block, ascending).entries()) {
      const at = (row - block.from) * dim;
      data.set(block.data.subarray(at, at + dim), order[first + i] * dim);
    }
  }
  return { data, shape: [count, dim] };
}
