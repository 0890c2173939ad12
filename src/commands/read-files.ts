// The files that are read when an option names a folder, or a file that has others beside it: what `checkOverwritesNothing`
// is to keep.
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NamedPaths } from "../core/overwriting.js";
import { cifar10Folder } from "../datasets/cifar-10.js";
import { cifar10Places } from "../datasets/cifar-10-files.js";
import { classNamesBeside } from "../datasets/class-names-file.js";
import { findLists } from "../datasets/list-files.js";
import { annotationFiles, isAnnotationFolder } from "../datasets/mirflickr.js";
import { idsFile, sidecarFile } from "../features/codes-sidecar.js";
import { findProtocol } from "../protocols/known-protocols.js";
import type { ListFlags } from "./list-options.js";
import type { TrainingDataFlags } from "./training-data.js";

/** What `extract` writes, and what is read of a data folder. */
const DATA_FILES: readonly string[] = [
  "features.npy",
  "labels.npy",
  "ids.txt",
  "split.json",
  "failed.csv",
  "truncated.csv",
  "manifest.json",
];
const MODEL_FILES = ["head.json", "head.safetensors"];
const LABEL_FILES = ["train_data", "test_data_A", "test_data_B"].flatMap(part => [
  join(part, "label.txt"),
  join(part, part, "label.txt"),
]);

/** Files of a data folder. */
export function filesOfData(folder: string | undefined): string[] {
  return folder === undefined ? [] : DATA_FILES.map(name => join(folder, name));
}

/** Files of a model. */
export function filesOfModel(folder: string | undefined): string[] {
  return folder === undefined ? [] : MODEL_FILES.map(name => join(folder, name));
}

/** An array of features or labels, and what is read beside it. */
export function filesOfArray(file: string | undefined): string[] {
  return file === undefined ? [] : [file, ...["manifest.json", "failed.csv"].map(name => join(dirname(file), name))];
}

/** Codes, and what is said of them beside them. */
export function filesOfCodes(file: string | undefined): string[] {
  return file === undefined ? [] : [file, sidecarFile(file), idsFile(file)];
}

/** Files of what is to be learned from. */
export function filesOfTraining({ data, features, labels, mergeProducts }: TrainingDataFlags): NamedPaths {
  return {
    "--data": filesOfData(data),
    "--features": filesOfArray(features),
    "--labels": filesOfArray(labels),
    "--merge-products": mergeProducts,
  };
}

/** What of a dataset, named as for `openDataset`, is a file, and what is a folder of which everything is read. */
export async function pathsOfDataset(
  name: string | undefined,
  root: string | undefined,
  { lists, classNames }: ListFlags = {},
): Promise<{ readonly inputs: NamedPaths; readonly folders: NamedPaths }> {
  const whole = name === "image-folder" ? root : name;
  const isFolder = whole !== undefined && (await stat(whole).catch(() => undefined))?.isDirectory() === true;
  const labels = root === undefined ? [] : [root, ...LABEL_FILES.map(file => join(root, file))];
  return {
    inputs: {
      "--dataset": isFolder ? undefined : name,
      "--root": [...labels, ...(await filesOfLists(root)), ...filesOfCifar10(name, root)],
      "--lists": await filesOfLists(lists),
      "--class-names": classNames,
    },
    folders: { [name === "image-folder" ? "--root" : "--dataset"]: isFolder ? whole : undefined },
  };
}

/** The files that CIFAR-10 and the protocols that are drawn from it are read from. */
function filesOfCifar10(name: string | undefined, root: string | undefined): string[] {
  const isCifar = name === "cifar-10" || (name?.startsWith("cifar10") && findProtocol(name) !== undefined);
  return isCifar ? cifar10Places(root ?? cifar10Folder()) : [];
}

/** The files that are read of a folder of published lists. */
async function filesOfLists(folder: string | undefined): Promise<string[]> {
  if (folder !== undefined && (await isAnnotationFolder(folder))) {
    return (await annotationFiles(folder)).map(name => join(folder, name));
  }
  const lists = folder === undefined ? undefined : await findLists(folder).catch(() => undefined);
  if (folder === undefined || lists === undefined) return [];
  const names = lists.flatMap(list => list.files).flatMap(({ name, labels }) => [name, labels ?? []].flat());
  return [...names.map(name => join(folder, name)), (await classNamesBeside(folder)) ?? []].flat();
}
