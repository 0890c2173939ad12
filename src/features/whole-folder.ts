// Whether a data folder is whole, and what extractions that were killed left in it.
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { leftoversOf, removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { parseNpyHeader } from "../core/npy.js";
import { elementBytes } from "../core/npy-elements.js";
import { DATA_FILES } from "./data-folder.js";
import type { FeatureManifest } from "./feature-manifest.js";
import { readFeatureManifest } from "./feature-manifest.js";
import { keptMatrix } from "./kept-matrix.js";

/** Whether all of a data folder is there. */
export async function isWhole(folder: string, manifest: FeatureManifest): Promise<boolean> {
  const found = await readFeatureManifest(folder);
  if (found?.format === undefined || !(await holdsItems(folder))) return false;
  return holdsMatrix(folder, manifest);
}

/** What an extraction may leave behind when it is killed, beside parts of files. */
const LEFT = [
  ...["features.npy", "codes.npy"].flatMap(name => [`${name}.partial`, `${name}.progress`]),
  "failed.csv.partial",
];

/** Removes what killed extractions left in a whole folder; where that cannot be, it stays. */
export async function sweep(folder: string): Promise<void> {
  const isThere = (name: string) =>
    stat(join(folder, name)).then(
      () => true,
      () => false,
    );
  const there = await Promise.all(LEFT.map(isThere));
  if (!there.includes(true) && (await leftoversOf(folder, DATA_FILES)).length === 0) return;
  const remove = async (): Promise<void> => {
    await removeLeftovers(folder, DATA_FILES);
    for (const name of LEFT) await rm(join(folder, name), { force: true });
  };
  await withLock(lockOfFolder(folder), remove, { task: "tidying up", waits: false }).catch(() => undefined);
}

/** Whether the files beside the features are there; folders of older versions lack some. */
export async function holdsItems(folder: string): Promise<boolean> {
  const found = await Promise.all(
    ["labels.npy", "ids.txt"].map(name => stat(join(folder, name)).catch(() => undefined)),
  );
  return found.every(one => one !== undefined);
}

/** Whether a folder has the whole matrix of its manifest, without reading it. */
export async function holdsMatrix(folder: string, manifest: FeatureManifest): Promise<boolean> {
  const { name, descr, shape } = keptMatrix(manifest);
  const file = join(folder, name);
  const size = (await stat(file).catch(() => undefined))?.size;
  if (size === undefined) return false;
  const handle = await open(file, "r");
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    const header = parseNpyHeader(buffer.subarray(0, bytesRead), file);
    const ours = header.descr === descr && !header.columnMajor && header.shape.join() === shape.join();
    return ours && size === header.offset + elementBytes(descr) * shape[0] * shape[1];
  } finally {
    await handle.close();
  }
}
