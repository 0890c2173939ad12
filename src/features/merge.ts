import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { parseNpyHeader } from "../core/npy.js";
import { joinLabels } from "../core/take-labels.js";
import type { Role } from "../datasets/roles.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import type { DataFolder } from "./data-folder.js";
import { readDataFolder, writeItems } from "./data-folder.js";
import type { FeatureFolder } from "./extract.js";
import { readFailedImages, writeFailedImages } from "./failed-images.js";
import type { FeatureManifest } from "./feature-manifest.js";
import { readFeatureManifest, sameFeatures, writeFeatureManifest } from "./feature-manifest.js";
import { PartialMatrix } from "./partial-matrix.js";

interface Part extends DataFolder {
  readonly shard: NonNullable<FeatureManifest["shard"]>;
}

/** Rows copied at a time. */
const CHUNK = 4096;

/** The name of a shard's folder below the folder of all: `shard-2-of-8`. */
export function shardFolder(folder: string, { index, of }: { index: number; of: number }): string {
  return join(folder, `shard-${index}-of-${of}`);
}

/**
 * Joins the shards of an extraction, the folders `shard-<i>-of-<n>` below `folder`, into the features that one
 * undivided run would have written there. Memory does not grow with the number of rows.
 * @throws {InputError} when a shard is missing, not finished, or made in another way than the first
 */
export async function mergeFeatures(folder: string): Promise<Omit<FeatureFolder, "cached">> {
  const started = performance.now();
  const parts = await partsOf(folder);
  const { shard: _, run, ...first } = parts[0].manifest;
  const rows = parts.reduce((sum, { manifest }) => sum + manifest.shape[0], 0);
  const manifest: FeatureManifest = { ...first, shape: [rows, first.shape[1]], run };
  const known = await readFeatureManifest(folder);
  if (known !== undefined && !sameFeatures(known, manifest)) {
    throw new InputError("the folder holds features made in another way", { file: join(folder, "manifest.json") });
  }
  await writeItems(folder, joinedItems(parts, manifest), [0, rows]);
  await writeFeatureManifest(folder, manifest);
  const failed: FailedImage[] = [];
  const matrix = await PartialMatrix.open(join(folder, "features.npy"), manifest.shape, { anew: true });
  try {
    for (const part of parts) {
      failed.push(...(await readFailedImages(part.folder)));
      await copyRows(part, matrix);
    }
    await writeFailedImages(folder, failed);
    await matrix.finish();
  } catch (cause) {
    await matrix.abandon();
    throw cause;
  }
  return { folder, manifest, failed, seconds: (performance.now() - started) / 1000 };
}

async function partsOf(folder: string): Promise<Part[]> {
  const names = await readdir(folder).catch((cause: Error) => {
    throw new InputError("cannot be read", {
      file: folder,
      expected: "a folder of shards",
      actual: cause.message,
      cause,
    });
  });
  const parts: Part[] = [];
  for (const name of names.filter(entry => /^shard-\d+-of-\d+$/.test(entry))) {
    const part = await readDataFolder(join(folder, name));
    if (part.manifest.shard !== undefined) parts.push({ ...part, shard: part.manifest.shard });
  }
  parts.sort((a, b) => a.shard.index - b.shard.index);
  const of = parts[0]?.shard.of ?? 0;
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter(
    i => !parts.some(({ shard }) => shard.index === i),
  );
  if (of === 0 || missing.length > 0 || parts.length !== of) {
    throw new InputError("these are not all shards of one extraction", {
      file: folder,
      expected: of === 0 ? "folders shard-<i>-of-<n>" : `each of 1 to ${of} once`,
      actual:
        of === 0 ? "none" : missing.length > 0 ? `none of number ${missing.join(", ")}` : `${parts.length} folders`,
    });
  }
  for (const part of parts) checkAlike(part, parts[0]);
  return parts;
}

function checkAlike(part: Part, first: Part): void {
  const common = ({ manifest }: Part): FeatureManifest => {
    const { shard: _, ...rest } = manifest;
    return { ...rest, shape: [0, manifest.shape[1]] };
  };
  if (sameFeatures(common(part), common(first)) && part.shard.of === first.shard.of) return;
  throw new InputError("this shard was made in another way than the first", {
    file: join(part.folder, "manifest.json"),
    expected: "the same dataset, backbone, preprocessing, engine and version",
  });
}

/** What the shards say of their items, as the dataset said it. */
function joinedItems(parts: readonly Part[], { contentHash }: FeatureManifest): Parameters<typeof writeItems>[1] {
  const starts = parts.map(({ shard }) => shard.rows[0]);
  const rowsOf = (role: Role): Int32Array =>
    Int32Array.from(parts.flatMap(({ split }, i) => Array.from(split?.[role] ?? [], row => row + starts[i])));
  const { split } = parts[0];
  const roles = { query: rowsOf("query"), train: rowsOf("train"), database: rowsOf("database") };
  return {
    contentHash,
    ids: parts.flatMap(({ ids }) => ids),
    labels: joinLabels(parts.map(({ labels }) => labels)),
    ...(split === undefined ? {} : { roles: { protocol: split.protocol, seed: split.seed, ...roles } }),
  };
}

async function copyRows({ folder, manifest }: Part, matrix: PartialMatrix): Promise<void> {
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
    const { shape, offset } = parseNpyHeader(buffer.subarray(0, bytesRead), file);
    if (shape.join() !== manifest.shape.join()) {
      throw new InputError("the matrix is not the one of its manifest", {
        file,
        expected: `(${manifest.shape.join(", ")})`,
        actual: `(${shape.join(", ")})`,
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
