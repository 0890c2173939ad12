import { basename, dirname, join } from "node:path";
import { InputError, UsageError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { labelledRows } from "../core/unlabelled.js";
import type { ProductMerges } from "../datasets/product-merges.js";
import { mergedLabels, readProductMerges } from "../datasets/product-merges.js";
import { keepsClassesNew } from "../datasets/query-classes.js";
import { overlapText } from "../datasets/split-overlaps.js";
import type { DataFolder } from "../features/data-folder.js";
import { itemsOf, originOf, readDataFolder, rowsOfRole } from "../features/data-folder.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import { readFeatureManifest } from "../features/feature-manifest.js";
import type { FeatureRows } from "../features/feature-rows.js";
import { openFeatureRows } from "../features/feature-rows.js";
import { readIds } from "../features/ids-file.js";
import type { ItemsIdentity, RowsOrigin } from "../features/items-identity.js";
import { itemsOfDataset } from "../features/items-identity.js";
import { readNamedLabels } from "../features/named-labels-file.js";
import type { InputNotes } from "./input-notes.js";

/** What the command line says of the data to learn from: a data folder, or arrays from elsewhere. */
export interface TrainingDataFlags {
  readonly data?: string;
  readonly features?: string;
  readonly labels?: string;
  /** List of products that are one. Default: none. */
  readonly mergeProducts?: string;
}

/** What can be learned from. All row numbers are rows of `features` and `labels`. */
export interface TrainingItems extends InputNotes {
  /** (n, dim), to be read: only rows that something is learned from come to memory. */
  readonly features: FeatureRows;
  /** n of them. */
  readonly labels: Labels;
  /** By class number. Absent: the labels came without names. */
  readonly classNames?: readonly string[];
  /**
   * Rows to train on, ascending: of an image that could be read, of known label unless others are kept and, where the
   * data has roles, those of the role train.
   */
  readonly train: Int32Array;
  /** How many of these rows are, or would be, of unknown class. */
  readonly unlabelled: number;
  /** Rows of images that could not be read, ascending. */
  readonly failed: Int32Array;
  /** How the features were made. Absent: they came without a manifest. */
  readonly manifest?: FeatureManifest;
  /** Which items these are, to be noted in head.json. Absent: they came as arrays. */
  readonly items?: ItemsIdentity;
  /** Which rows of which dataset these are; of arrays that lie in a data folder too. Absent: nobody knows. */
  readonly origin?: RowsOrigin;
  /** Whether the data has queries, of classes that no train row has. Absent: it has no roles. */
  readonly newClasses?: boolean;
  /** Protocol and seed of the roles that `train` is one of. Absent: all rows are for training. */
  readonly roles?: { readonly protocol: string; readonly seed: number };
  /** Products that are one in these labels and not in those of the data. Absent: none are. */
  readonly mergedProducts?: readonly (readonly string[])[];
  /** Which roles overlap, in words. Absent: none does, or there are none. */
  readonly overlaps?: string;
}

/**
 * Reads what the command line names to learn from, checked against each other.
 * @param unlabelled what becomes of rows of unknown class
 * @throws {UsageError} when it names neither a data folder nor features with labels, or both
 * @throws {InputError} when files do not go together, or there is nothing to learn from
 */
export async function readTrainingItems(
  flags: TrainingDataFlags,
  unlabelled: Unlabelled = "drop",
): Promise<TrainingItems> {
  const { data, features, labels, mergeProducts: list } = flags;
  const merges = list === undefined ? undefined : await readProductMerges(list);
  if (data !== undefined && features === undefined && labels === undefined)
    return withMerges(await itemsOfFolder(await readDataFolder(data), unlabelled), merges, list);
  if (data === undefined && features !== undefined && labels !== undefined) {
    return withMerges(await itemsOfArrays(features, labels, unlabelled), merges, list);
  }
  throw new UsageError("say what to train on", {
    expected: "--data, a folder of `extract`; or --features with --labels, arrays from elsewhere",
  });
}

/** @throws {InputError} when products are to be merged and labels came without names */
function withMerges(items: TrainingItems, merges: ProductMerges | undefined, list = ""): TrainingItems {
  if (merges === undefined) return items;
  const { classNames, labels } = items;
  if (classNames === undefined) {
    throw new InputError("these labels have no names, by which products could be merged", {
      file: list,
      expected: "--data, or labels in a data folder",
    });
  }
  return { ...items, ...mergedLabels({ name: "the data", classNames, labels }, merges, list) };
}

async function itemsOfFolder(data: DataFolder, unlabelled: Unlabelled): Promise<TrainingItems> {
  const { featuresFile, labels, classNames, manifest, split, failed } = data;
  const features = await openFeatureRows(featuresFile);
  const converted = [...features.converted, ...data.converted];
  const roles = split === undefined ? {} : { roles: { protocol: split.protocol, seed: split.seed } };
  const overlaps = split === undefined ? undefined : overlapText(split);
  const rows = treatedRows(labels, rowsOfRole(data, "train"), unlabelled);
  checkSome(rows.train, data.folder);
  return {
    features,
    labels,
    classNames,
    ...rows,
    failed,
    manifest,
    items: itemsOf(data),
    origin: originOf(data),
    ...roles,
    ...(split === undefined ? {} : { newClasses: keepsClassesNew(labels, split) }),
    ...(overlaps === undefined ? {} : { overlaps }),
    unchecked: [],
    converted,
  };
}

async function itemsOfArrays(featuresFile: string, labelsFile: string, unlabelled: Unlabelled): Promise<TrainingItems> {
  const features = await openFeatureRows(featuresFile);
  const { failed, converted } = features;
  const { labels, classNames, contentHash, converted: ofLabels } = await readNamedLabels(labelsFile);
  const [rows, dim] = features.shape;
  if (labelCount(labels) !== rows) {
    throw new InputError("features and labels differ in number", {
      file: labelsFile,
      expected: `${rows} rows, one for each of ${featuresFile}`,
      actual: `${labelCount(labels)}`,
    });
  }
  const missing = new Set(failed);
  const every = Int32Array.from({ length: rows }, (_, row) => row);
  const found = treatedRows(
    labels,
    every.filter(row => !missing.has(row)),
    unlabelled,
  );
  checkSome(found.train, labelsFile);
  const beside = await readFeatureManifest(dirname(featuresFile));
  if (beside !== undefined && contentHash !== undefined && beside.contentHash !== contentHash) {
    throw new InputError("these labels are of other data than the features", {
      file: labelsFile,
      expected: `labels of content hash ${beside.contentHash}, as ${featuresFile}`,
      actual: contentHash,
    });
  }
  const origin = beside === undefined ? undefined : await originOfArray(featuresFile, beside, rows);
  return {
    features,
    labels,
    ...found,
    failed,
    ...(origin === undefined ? {} : { origin }),
    ...(classNames === undefined ? {} : { classNames }),
    ...(beside?.shape[1] === dim ? { manifest: beside } : {}),
    unchecked: ["features and labels came as arrays: nothing says that their rows are the same items"],
    converted: [...converted, ...ofLabels],
  };
}

/** Features that a data folder holds are of its items, by whatever name they were given. */
async function originOfArray(
  file: string,
  { dataset: name, contentHash, shape, shard }: FeatureManifest,
  rows: number,
): Promise<RowsOrigin | undefined> {
  if (basename(file) !== "features.npy" || shape[0] !== rows) return undefined;
  const ids = await readIds(join(dirname(file), "ids.txt")).catch(() => undefined);
  if (ids?.length !== rows) return undefined;
  return { items: itemsOfDataset({ name, contentHash, ids }), from: shard?.rows[0] ?? 0 };
}

function treatedRows(
  labels: Labels,
  rows: Int32Array,
  unlabelled: Unlabelled,
): Pick<TrainingItems, "train" | "unlabelled"> {
  const known = labelledRows(labels, rows);
  return { train: { drop: known, keep: rows }[unlabelled], unlabelled: rows.length - known.length };
}

function checkSome(train: Int32Array, file: string): void {
  if (train.length > 0) return;
  throw new InputError("there is no item to train on", {
    file,
    expected: "items of known label and, where the data has roles, of the role train",
    actual: "none",
  });
}
