import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import type { DataFolder } from "./data-folder.js";
import { DATA_FILES, readDataFolder, writeItems } from "./data-folder.js";
import type { FeatureFolder } from "./extract.js";
import {
  readFailedImages,
  readPassedOver,
  readTruncatedImages,
  TRUNCATED_FILE,
  writeFailedImages,
  writePassedOver,
} from "./failed-images.js";
import { differencesOf, sameFeatures } from "./feature-identity.js";
import type { FeatureManifest } from "./feature-manifest.js";
import { readFeatureManifest, writeFeatureManifest } from "./feature-manifest.js";
import type { FeatureRows } from "./feature-rows.js";
import { PartialMatrix } from "./partial-matrix.js";
import { isWhole } from "./whole-folder.js";

/** Rows that are made at a time. */
const ROWS_AT_A_TIME = 4096;

/** How features of other features are made. */
export interface Derivation {
  /** Data folders of the same items, one or more; what is said of the items is that of the first. */
  readonly sources: readonly DataFolder[];
  /** Of what is made, of all rows. */
  readonly manifest: FeatureManifest;
  /** What is done, for who waits: "joining features". */
  readonly task: string;
  /** Rows [begin, end) of what is made, (rows, dim); what it holds for images that could not be read does not count. */
  values(begin: number, end: number): Promise<Float32Array>;
  readonly onProgress?: ProgressListener;
}

/**
 * A data folder to make features of, whole.
 * @throws {InputError} as `readDataFolder`, and for a shard or for codes
 */
export async function readSource(folder: string): Promise<DataFolder> {
  const data = await readDataFolder(folder);
  const { shard, codes } = data.manifest;
  if (shard === undefined && codes === undefined) return data;
  throw new InputError("nothing can be made of these features", {
    file: folder,
    expected: "features of all items of a dataset: `hashbook features merge` joins shards",
    actual: shard === undefined ? "codes" : `shard ${shard.index} of ${shard.of}`,
  });
}

/**
 * Writes a data folder with features that are made of those of others, or finds it. Rows of images that one of the
 * sources could not read hold NaN.
 * @throws {InputError} when the folder holds other features
 */
export async function writeDerived(folder: string, derivation: Derivation): Promise<FeatureFolder> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { sources, manifest, task } = derivation;
  const facts = await factsOf(sources);
  const found = { folder, manifest, ...facts };
  if (await isWhole(folder, manifest)) {
    const known = await readFeatureManifest(folder);
    if (known !== undefined && sameFeatures(known, manifest)) return { ...found, cached: true, seconds: seconds() };
  }
  const cached = await withLock(lockOfFolder(folder), () => make(folder, derivation, facts), { task });
  return { ...found, cached, seconds: seconds() };
}

type Facts = Pick<FeatureFolder, "failed" | "truncated" | "passedOver">;

/** What is said of images, by any of the sources. */
async function factsOf(sources: readonly DataFolder[]): Promise<Facts> {
  const [failed, truncated] = [new Map<number, FailedImage>(), new Map<number, FailedImage>()];
  for (const { folder } of sources) {
    for (const image of await readFailedImages(folder)) failed.set(image.row, image);
    for (const image of await readTruncatedImages(folder)) truncated.set(image.row, image);
  }
  const inOrder = (images: ReadonlyMap<number, FailedImage>): FailedImage[] =>
    [...images.values()].sort((a, b) => a.row - b.row);
  const passedOver = await readPassedOver(sources[0].folder);
  return { failed: inOrder(failed), truncated: inOrder(truncated), passedOver };
}

/** @returns true where another process has made it meanwhile */
async function make(
  folder: string,
  { sources, manifest, values, onProgress, task }: Derivation,
  facts: Facts,
): Promise<boolean> {
  const known = await readFeatureManifest(folder);
  if (known !== undefined && !sameFeatures(known, manifest)) {
    throw new InputError("the folder holds features made in another way", {
      file: join(folder, "manifest.json"),
      expected: "an empty or new folder, or the same features",
      actual: `others by ${differencesOf(known, manifest)}`,
    });
  }
  if (await isWhole(folder, manifest)) return true;
  const [
    {
      ids,
      labels,
      split,
      manifest: { contentHash },
    },
  ] = sources;
  const [rows, dim] = manifest.shape;
  await removeLeftovers(folder, DATA_FILES);
  await writeItems(folder, { ids, labels, contentHash, ...(split === undefined ? {} : { roles: split }) }, [0, rows]);
  await writeFeatureManifest(folder, manifest);
  const matrix = await PartialMatrix.open(join(folder, "features.npy"), [rows, dim], { anew: true });
  try {
    const meter = new ProgressMeter(task, rows, "rows", onProgress);
    for (let begin = 0; begin < rows; begin += ROWS_AT_A_TIME) {
      const end = Math.min(rows, begin + ROWS_AT_A_TIME);
      const made = await values(begin, end);
      for (const { row } of facts.failed) {
        if (row >= begin && row < end) made.fill(Number.NaN, (row - begin) * dim, (row - begin + 1) * dim);
      }
      await matrix.append(made);
      meter.report(end);
    }
    await writeFailedImages(folder, facts.truncated, TRUNCATED_FILE);
    await writeFailedImages(folder, facts.failed);
    await matrix.finish();
  } catch (cause) {
    await matrix.abandon();
    throw cause;
  }
  await writePassedOver(folder, facts.passedOver);
  return false;
}

/** Rows [begin, end) of a matrix, (rows, dim); zeros for images that could not be read. */
export async function sourceRows(
  { shape: [, dim], blocks, failed }: FeatureRows,
  begin: number,
  end: number,
): Promise<Float32Array> {
  const data = new Float32Array((end - begin) * dim);
  const missing = new Set(failed);
  const of = Int32Array.from({ length: end - begin }, (_, i) => begin + i).filter(row => !missing.has(row));
  if (of.length === 0) return data;
  for await (const block of blocks({ of })) data.set(block.data, (block.from - begin) * dim);
  for (const row of failed) {
    if (row >= begin && row < end) data.fill(0, (row - begin) * dim, (row - begin + 1) * dim);
  }
  return data;
}
