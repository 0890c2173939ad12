import { open } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { parseNpyHeader } from "../core/npy.js";
import { joinLabels } from "../core/take-labels.js";
import type { Role } from "../datasets/roles.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import { DATA_FILES, writeItems } from "./data-folder.js";
import type { FeatureFolder } from "./extract.js";
import {
  readFailedImages,
  readPassedOver,
  readTruncatedImages,
  TRUNCATED_FILE,
  writeFailedImages,
  writePassedOver,
} from "./failed-images.js";
import type { FeatureManifest } from "./feature-manifest.js";
import { readFeatureManifest, sameFeatures, writeFeatureManifest } from "./feature-manifest.js";
import { PartialMatrix } from "./partial-matrix.js";
import type { ShardFolder } from "./shards.js";
import { readShards } from "./shards.js";

/** Rows copied at a time. */
const CHUNK = 4096;

/**
 * Joins the shards of an extraction, the folders `shard-<i>-of-<n>` below `folder`, into the features that one
 * undivided run would have written there. Memory does not grow with the number of rows.
 * @throws {InputError} naming a shard that is missing, doubled, not finished, or of another division or make
 */
export async function mergeFeatures(folder: string): Promise<Omit<FeatureFolder, "cached">> {
  const parts = await readShards(folder); // before the lock, which would make a folder that is not there
  return withLock(lockOfFolder(folder), () => joinParts(folder, parts), { task: "joining shards" });
}

async function joinParts(folder: string, parts: readonly ShardFolder[]): Promise<Omit<FeatureFolder, "cached">> {
  const started = performance.now();
  const { shard: _, run: __, ...first } = parts[0].manifest;
  const rows = parts.reduce((sum, { manifest }) => sum + manifest.shape[0], 0);
  const manifest: FeatureManifest = { ...first, shape: [rows, first.shape[1]], run: commonRun(parts) };
  const known = await readFeatureManifest(folder);
  if (known !== undefined && !sameFeatures(known, manifest)) {
    throw new InputError("the folder holds features made in another way", { file: join(folder, "manifest.json") });
  }
  await removeLeftovers(folder, DATA_FILES);
  await writeItems(folder, joinedItems(parts, manifest), [0, rows]);
  await writeFeatureManifest(folder, manifest);
  const failed: FailedImage[] = [];
  const truncated: FailedImage[] = [];
  const matrix = await PartialMatrix.open(join(folder, "features.npy"), manifest.shape, { anew: true });
  try {
    for (const part of parts) {
      failed.push(...(await readFailedImages(part.folder)));
      truncated.push(...(await readTruncatedImages(part.folder)));
      await copyRows(part, matrix);
    }
    await writeFailedImages(folder, failed);
    await writeFailedImages(folder, truncated, TRUNCATED_FILE);
    await matrix.finish();
  } catch (cause) {
    await matrix.abandon();
    throw cause;
  }
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

async function copyRows({ folder, manifest }: ShardFolder, matrix: PartialMatrix): Promise<void> {
  const file = join(folder, "features.npy");
  const [rows, columns] = manifest.shape;
  const handle = await open(file, "r").catch(cause => {
    throw new InputError("this shard is not finished", {
      file,
      expected: "hashbook extract --shard to end first",
      cause,
    });
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    const { descr, columnMajor, shape, offset } = parseNpyHeader(buffer.subarray(0, bytesRead), file);
    if (shape.join() !== manifest.shape.join() || descr !== "<f4" || columnMajor) {
      throw new InputError("the matrix is not the one of its manifest", {
        file,
        expected: `<f4 (${manifest.shape.join(", ")}), row by row`,
        actual: `${descr} (${shape.join(", ")})${columnMajor ? ", column by column" : ""}`,
      });
    }
    for (let row = 0; row < rows; row += CHUNK) {
      const values = new Float32Array(Math.min(CHUNK, rows - row) * columns);
      const bytes = new Uint8Array(values.buffer);
      const { bytesRead: got } = await handle.read(bytes, 0, bytes.length, offset + 4 * row * columns);
      if (got !== bytes.length) throw new InputError("the file is cut short", { file });
      await matrix.append(values);
    }
  } finally {
    await handle.close();
  }
}
