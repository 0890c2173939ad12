import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { openNpyRows } from "../core/npy-rows.js";
import { joinLabels } from "../core/take-labels.js";
import type { Role } from "../datasets/roles.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import type { CodesSidecar } from "./codes-sidecar.js";
import { filesBeside, readCodesSidecar, writeCodesSidecar } from "./codes-sidecar.js";
import { DATA_FILES, itemsOf, readDataFolder, writeItems } from "./data-folder.js";
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
import { keptMatrix } from "./kept-matrix.js";
import { PartialMatrix } from "./partial-matrix.js";
import type { ShardFolder } from "./shards.js";
import { readShards } from "./shards.js";

/** Bytes copied at a time. */
const CHUNK_BYTES = 16 << 20;

/**
 * Joins the shards of an extraction, the folders `shard-<i>-of-<n>` below `folder`, into the features, or the codes, that
 * one undivided run would have written there. The matrix is copied some rows at a time; ids and labels are held.
 * @throws {InputError} naming a shard that is missing, doubled, not finished, or of another division or make
 */
export async function mergeFeatures(folder: string): Promise<Omit<FeatureFolder, "cached">> {
  const parts = await readShards(folder); // before the lock, which would make a folder that is not there
  return withLock(lockOfFolder(folder), () => joinParts(folder, parts), { task: "joining shards" });
}

/**
 * {@link mergeFeatures} of shards that kept codes.
 * @throws {InputError} as that, and when they kept features
 */
export async function mergeCodeShards(
  folder: string,
): Promise<Omit<FeatureFolder, "cached"> & { readonly codes: NonNullable<FeatureManifest["codes"]> }> {
  const [{ manifest, folder: first }] = await readShards(folder);
  const { codes } = manifest;
  if (codes !== undefined) return { ...(await mergeFeatures(folder)), codes };
  throw new InputError("these shards hold features, no codes", {
    file: first,
    expected: "shards of `hashbook extract --model`; `hashbook features merge` joins these",
  });
}

async function joinParts(folder: string, parts: readonly ShardFolder[]): Promise<Omit<FeatureFolder, "cached">> {
  const started = performance.now();
  const { shard: _, run: __, ...first } = parts[0].manifest;
  const rows = parts.reduce((sum, { manifest }) => sum + manifest.shape[0], 0);
  const manifest: FeatureManifest = { ...first, shape: [rows, first.shape[1]], run: commonRun(parts) };
  const known = await readFeatureManifest(folder);
  if (known !== undefined && !sameFeatures(known, manifest)) {
    throw new InputError("the folder holds features made in another way than its shards", {
      file: join(folder, "manifest.json"),
      expected: "the features of an earlier merge of these shards, or none: remove them, or extract into a new folder",
      actual: `others by ${differencesOf(known, manifest)}`,
    });
  }
  const sidecars = manifest.codes === undefined ? [] : await sidecarsOf(parts);
  await removeLeftovers(folder, [...DATA_FILES, ...filesBeside(join(folder, "codes.npy"))]);
  await writeItems(folder, joinedItems(parts, manifest), [0, rows]);
  await writeFeatureManifest(folder, manifest);
  const failed: FailedImage[] = [];
  const truncated: FailedImage[] = [];
  const { name, descr, shape } = keptMatrix(manifest);
  const matrix = await PartialMatrix.open(join(folder, name), shape, { descr, anew: true });
  try {
    for (const part of parts) {
      for (const image of await readFailedImages(part.folder)) failed.push(image);
      for (const image of await readTruncatedImages(part.folder)) truncated.push(image);
      await copyRows(part, matrix);
    }
    await writeFailedImages(folder, failed);
    await writeFailedImages(folder, truncated, TRUNCATED_FILE);
    await matrix.finish();
  } catch (cause) {
    await matrix.abandon();
    throw cause;
  }
  if (manifest.codes !== undefined) await joinSidecars(folder, sidecars);
  // All shards opened the same dataset.
  const passedOver = await readPassedOver(parts[0].folder);
  await writePassedOver(folder, passedOver);
  return { folder, manifest, failed, truncated, passedOver, seconds: (performance.now() - started) / 1000 };
}

/** How the shards were computed, as far as they agree. */
function commonRun([first, ...others]: readonly ShardFolder[]): FeatureManifest["run"] {
  const { run } = first.manifest;
  const agree = (field: "engine" | "reason" | "images"): boolean =>
    others.every(({ manifest }) => manifest.run?.[field] === run?.[field]);
  if (run === undefined || !agree("engine")) return undefined;
  const { engine, reason, images } = run;
  return {
    engine,
    ...(reason !== undefined && agree("reason") ? { reason } : {}),
    ...(images !== undefined && agree("images") ? { images } : {}),
  };
}

/** What the shards say of their items, as the dataset said it. */
function joinedItems(
  parts: readonly ShardFolder[],
  { contentHash }: FeatureManifest,
): Parameters<typeof writeItems>[1] {
  const starts = parts.map(({ shard }) => shard.rows[0]);
  const rowsOf = (role: Role): Int32Array =>
    Int32Array.from(parts.flatMap(({ split }, i) => Array.from(split?.[role] ?? [], row => row + starts[i])));
  const { split } = parts[0];
  const roles = { query: rowsOf("query"), train: rowsOf("train"), database: rowsOf("database") };
  return {
    contentHash,
    ids: parts.flatMap(({ ids }) => ids),
    labels: joinLabels(parts.map(({ labels }) => labels)),
    ...(split === undefined ? {} : { roles: { ...split, ...roles } }),
  };
}

/** What the codes are, as that of the first shard says it, now of all items. */
async function joinSidecars(folder: string, [first]: readonly CodesSidecar[]): Promise<void> {
  const { codes: _, from: __, ...sidecar } = first;
  const data = await readDataFolder(folder);
  const all = { ...sidecar, rows: data.ids.length, data: itemsOf(data) };
  await writeCodesSidecar(join(folder, "codes.npy"), all, data.ids);
}

/** What the codes of each shard are: read before anything is written, for nothing is joined that is not whole. */
async function sidecarsOf(parts: readonly ShardFolder[]): Promise<CodesSidecar[]> {
  const sidecars: CodesSidecar[] = [];
  for (const part of parts) sidecars.push(await sidecarOf(part));
  return sidecars;
}

/** @throws {InputError} when the codes of a shard are not those that the file beside them describes, or nothing does */
async function sidecarOf({ folder }: ShardFolder): Promise<CodesSidecar> {
  const file = join(folder, "codes.npy");
  const sidecar = await readCodesSidecar(file);
  if (sidecar !== undefined) return sidecar;
  throw new InputError("nothing beside these codes says what they are", {
    file,
    expected: "the same `hashbook extract --model … --shard …` again, which adds it",
  });
}

async function copyRows({ folder, manifest }: ShardFolder, matrix: PartialMatrix): Promise<void> {
  const { name } = keptMatrix(manifest); // its shape was checked with the folder
  const { rows, layout } = await openNpyRows(join(folder, name), CHUNK_BYTES);
  if (layout.columnMajor || layout.descr !== keptMatrix(manifest).descr) {
    throw new InputError("the matrix is not the one of its manifest", {
      file: join(folder, name),
      expected: `${keptMatrix(manifest).descr}, row by row`,
      actual: `${layout.descr}${layout.columnMajor ? ", column by column" : ""}`,
    });
  }
  for await (const { data } of rows()) await matrix.append(data);
}
