import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { checkFormat } from "../core/format-version.js";
import type { Labels, StoredLabels } from "../core/labels.js";
import { labelCount, labelsToArray, readStoredLabels } from "../core/labels.js";
import { checkClassNames } from "../core/named-labels.js";
import { writeNpy } from "../core/npy.js";
import { openNpyRows } from "../core/npy-rows.js";
import { takeLabels } from "../core/take-labels.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Role, Split } from "../datasets/roles.js";
import { splitOfPart } from "../datasets/roles.js";
import type { ReadSplit } from "../datasets/split-file.js";
import { readSplit, writeSplit } from "../datasets/split-file.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import { readFailedImages, TRUNCATED_FILE } from "./failed-images.js";
import type { FeatureManifest } from "./feature-manifest.js";
import { DATA_FOLDER_FORMAT, EXTRACT_AGAIN, readFeatureManifest } from "./feature-manifest.js";
import { readIds, surveyIds, writeIds } from "./ids-file.js";
import type { ItemsIdentity, RowsOrigin } from "./items-identity.js";
import { itemsOfDataset } from "./items-identity.js";
import { keptMatrix } from "./kept-matrix.js";

/**
 * What `extract` wrote, without the features themselves: `readIncompleteFeatures(data.featuresFile)` reads these. All
 * of it was checked against all of it.
 */
export interface DataFolder {
  readonly folder: string;
  readonly manifest: FeatureManifest;
  /** features.npy: (n, dim); float32 as `extract` writes it. Not there where `manifest.codes` says that codes were kept. */
  readonly featuresFile: string;
  /** n of them. */
  readonly labels: Labels;
  readonly classNames: readonly string[];
  /** Unique names of the rows. */
  readonly ids: readonly string[];
  /** Rows by role. Absent: the data has no roles. */
  readonly split?: Split;
  /** Rows of images that could not be read, ascending; their features are NaN. */
  readonly failed: Int32Array;
  /** What was converted of the labels, a sentence each; the features say so when they are read. */
  readonly converted: readonly string[];
  /** What could not be checked of the roles, a sentence each. */
  readonly unchecked: readonly string[];
}

/** {@link DataFolder}, its ids left in their file. */
export interface LargeDataFolder extends Omit<DataFolder, "ids"> {
  readonly idsFile: string;
  readonly items: ItemsIdentity;
}

/** Which items a data folder is of. */
export function itemsOf({ manifest: { dataset, contentHash }, ids }: DataFolder): ItemsIdentity {
  return itemsOfDataset({ name: dataset, contentHash, ids });
}

/** Which rows of its dataset a data folder holds. */
export function originOf(data: DataFolder): RowsOrigin {
  return { items: itemsOf(data), from: data.manifest.shard?.rows[0] ?? 0 };
}

/**
 * Rows that do something: those of their role where the data has roles, else all. Rows of images that could not be read
 * are left out.
 */
export function rowsOfRole({ ids, split, failed }: DataFolder, role: Role): Int32Array {
  const missing = new Set(failed);
  const rows = split === undefined ? Int32Array.from(ids.keys()) : split[role];
  return rows.filter(row => !missing.has(row));
}

/** What a data folder is written of, beside the features. */
export const DATA_FILES: readonly string[] = [
  "manifest.json",
  "labels.npy",
  "ids.txt",
  "split.json",
  "failed.csv",
  TRUNCATED_FILE,
];

type Items = Pick<Dataset, "ids" | "labels" | "roles" | "contentHash">;

/**
 * Writes what a data folder says of a dataset's rows [begin, end): labels.npy, ids.txt, and split.json where the
 * dataset has roles and the folder has no split yet.
 */
export async function writeItems(
  folder: string,
  dataset: Items,
  [begin, end]: readonly [number, number],
): Promise<void> {
  const rows = Int32Array.from({ length: end - begin }, (_, i) => begin + i);
  await writeIds(join(folder, "ids.txt"), dataset.ids.slice(begin, end));
  await writeNpy(join(folder, "labels.npy"), labelsToArray(takeLabels(dataset.labels, rows)));
  const { roles, contentHash } = dataset;
  const kept = await stat(join(folder, "split.json")).catch(() => undefined);
  if (roles === undefined || kept !== undefined) return;
  await writeSplit(folder, splitOfPart(roles, begin, end), { contentHash, rows: end - begin });
}

/**
 * Reads a data folder, the features but for their shape left aside.
 * @param folder what `extractFeatures` or `hashbook extract` wrote
 * @throws {InputError} naming file, value and what was expected, when a file is missing or damaged, was written by an
 *   older or newer version, was changed by hand, or does not go with the others
 */
export async function readDataFolder(
  folder: string,
  options: {
    /** Leaves split.json aside, to write it anew. Default false. */
    readonly withoutRoles?: boolean;
  } = {},
): Promise<DataFolder> {
  const { listed, ...data } = await readWithoutIds(folder, options);
  const file = join(folder, "ids.txt");
  const ids = await readIds(file);
  checkIdCount(ids.length, data.manifest.shape[0], file);
  return { ...data, ids, failed: failedRows(data, listed, row => ids[row]) };
}

/**
 * {@link readDataFolder} for whom the ids would be too many in memory.
 * @throws {InputError} as that
 */
export async function readLargeDataFolder(folder: string): Promise<LargeDataFolder> {
  const { listed, ...data } = await readWithoutIds(folder, {});
  const { dataset, contentHash, shape, shard } = data.manifest;
  const idsFile = join(folder, "ids.txt");
  const first = shard?.rows[0] ?? 0;
  const surveyed = await surveyIds(
    idsFile,
    listed.map(({ row }) => row - first),
  );
  checkIdCount(surveyed.count, shape[0], idsFile);
  const items = { dataset, contentHash, rows: surveyed.count, ids: surveyed.sha256 };
  return { ...data, idsFile, items, failed: failedRows(data, listed, row => surveyed.named.get(row)) };
}

type WithoutIds = Omit<DataFolder, "ids" | "failed"> & { readonly listed: readonly FailedImage[] };

async function readWithoutIds(
  folder: string,
  { withoutRoles }: { readonly withoutRoles?: boolean },
): Promise<WithoutIds> {
  const manifest = await manifestOf(folder);
  const { shape, contentHash } = manifest;
  const classNames = manifest.classNames ?? [];
  const featuresFile = join(folder, "features.npy");
  await checkMatrix(folder, manifest);
  const { labels, converted } = await labelsOf(folder, shape[0], classNames);
  const read = withoutRoles ? undefined : await readSplit(folder, { contentHash, rows: shape[0] });
  const listed = await readFailedImages(folder);
  const roles = read === undefined ? {} : { split: read.split };
  const unchecked = uncheckedOf(folder, read);
  return { folder, manifest, featuresFile, labels, classNames, ...roles, listed, converted, unchecked };
}

/** Roles that claim to be somebody's, in a file without a digest. */
function uncheckedOf(folder: string, read: ReadSplit | undefined): string[] {
  if (read === undefined || read.checked) return [];
  const { name, asPublished } = read.split;
  if (name === undefined && asPublished === undefined) return [];
  const whose = name === undefined ? `as they were drawn (${asPublished})` : `those of protocol ${name}`;
  return [
    `whether the roles are still ${whose}: ${join(folder, "split.json")} has no digest (\`hashbook split\` of this version writes one)`,
  ];
}

async function manifestOf(folder: string): Promise<FeatureManifest> {
  const file = join(folder, "manifest.json");
  const manifest = await readFeatureManifest(folder);
  if (manifest === undefined) {
    const there = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
    throw new InputError(there ? "there is no manifest, so this is no data folder" : "there is no such data folder", {
      file: there ? file : folder,
      expected: "a folder that `hashbook extract --out` wrote",
    });
  }
  checkFormat(manifest.format, { file, format: DATA_FOLDER_FORMAT, older: EXTRACT_AGAIN });
  return manifest;
}

async function checkMatrix(folder: string, manifest: FeatureManifest): Promise<void> {
  const { name, shape } = keptMatrix(manifest);
  const file = join(folder, name);
  const what = { "features.npy": "features", "codes.npy": "codes" }[name];
  if ((await stat(file).catch(() => undefined)) === undefined) {
    throw new InputError(`there are no ${what}: the extraction is not finished`, {
      file,
      expected: "the same `hashbook extract` again, which continues it",
    });
  }
  const { layout } = await openNpyRows(file, 1);
  if (layout.shape.join() === shape.join()) return;
  throw new InputError(`the ${what} are not those of the manifest`, {
    file,
    expected: `shape (${shape.join(", ")})`,
    actual: `shape (${layout.shape.join(", ")})`,
  });
}

async function labelsOf(folder: string, rows: number, classNames: readonly string[]): Promise<StoredLabels> {
  const file = join(folder, "labels.npy");
  const stored = await readStoredLabels(file);
  const { labels } = stored;
  if (labelCount(labels) !== rows) {
    throw new InputError("labels and features differ in number", {
      file,
      expected: `${rows} rows`,
      actual: `${labelCount(labels)}`,
    });
  }
  checkClassNames({ labels, classNames, file });
  return stored;
}

function checkIdCount(count: number, rows: number, file: string): void {
  if (count === rows) return;
  throw new InputError("ids and features differ in number", { file, expected: `${rows} lines`, actual: `${count}` });
}

/** failed.csv has rows and ids of the dataset, of which the folder holds those from its shard's first on. */
function failedRows(
  { folder, manifest: { shard } }: Pick<DataFolder, "folder" | "manifest">,
  listed: readonly FailedImage[],
  idOf: (row: number) => string | undefined,
): Int32Array {
  const first = shard?.rows[0] ?? 0;
  for (const { row, id } of listed) {
    const found = idOf(row - first);
    if (found === id) continue;
    throw new InputError("a failed image is not the one of its row", {
      file: join(folder, "failed.csv"),
      expected: `the id of row ${row} in ids.txt, ${found ?? "which has no such row"}`,
      actual: id,
    });
  }
  return Int32Array.from(listed, ({ row }) => row - first).sort();
}
