import { InputError } from "../core/errors.js";
import { keepsClassesNew } from "../datasets/query-classes.js";
import type { Split } from "../datasets/roles.js";
import { validationSplit } from "../datasets/split.js";
import { readDataFolder } from "../features/data-folder.js";
import { readIncompleteFeatures } from "../features/features-file.js";
import type { ExperimentData } from "./experiment-data.js";
import { studyValidation } from "./study-validation.js";

/** Data for experiments, out of a data folder, and how it is opened again. */
export interface FolderData extends ExperimentData {
  readonly dataset: { readonly ids: readonly string[] };
  readonly origin: { readonly kind: "folder"; readonly path: string; readonly validation: number };
}

/** Settings of {@link openFolderData}. */
export interface FolderDataOptions {
  /**
   * Share of the train rows held out to validate with, 0 or more, below 1; where queries are of classes never trained on a
   * quarter of the train classes instead. Default 0.05, as `openStudy` holds them out.
   */
  readonly validation?: number;
}

/**
 * Opens a data folder of `hashbook extract`, with roles, as `openStudy` opens a dataset. Images that could not be read have
 * no role.
 * @throws {InputError} when a file is missing or damaged, or there are no roles
 */
export async function openFolderData(
  path: string,
  { validation: fraction = 0.05 }: FolderDataOptions = {},
): Promise<FolderData> {
  const { manifest, featuresFile, labels, classNames, ids, split: whole, failed } = await readDataFolder(path);
  if (whole === undefined) {
    throw new InputError("the data has no roles, so nobody knows what is searched with", {
      file: path,
      expected: "split.json (`hashbook split` draws queries, train rows and database)",
    });
  }
  if (!(fraction >= 0 && fraction < 1)) {
    throw new InputError("validation is out of bounds", { expected: "0 or more, below 1", actual: `${fraction}` });
  }
  const { features } = await readIncompleteFeatures(featuresFile);
  const split = withoutRows(whole, new Set(failed));
  const labelled = { name: manifest.dataset, classNames, labels };
  const holdOut = (): Split =>
    keepsClassesNew(labels, split) ? studyValidation(labelled, split) : validationSplit(labelled, split, { fraction });
  return {
    featureSet: { features, labels, manifest },
    split,
    ...(fraction === 0 ? {} : { validation: holdOut() }),
    dataset: { ids },
    origin: { kind: "folder", path, validation: fraction },
  };
}

function withoutRows(split: Split, missing: ReadonlySet<number>): Split {
  if (missing.size === 0) return split;
  const there = (rows: Int32Array): Int32Array => rows.filter(row => !missing.has(row));
  return { ...split, query: there(split.query), train: there(split.train), database: there(split.database) };
}
