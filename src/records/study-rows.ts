import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount, labelsToArray, readLabels } from "../core/labels.js";
import { writeNpy } from "../core/npy.js";
import type { Split } from "../datasets/roles.js";
import { readSplit, writeSplit } from "../datasets/split-file.js";
import { readIds, writeIds } from "../features/ids-file.js";
import type { DataIdentity } from "./run-record.js";

/** What a study holds of all rows: what is needed to judge codes by any metric. */
export interface StudyRows {
  readonly labels: Labels;
  readonly split: Split;
  /** Rows held out of the train rows. Default: there are none. */
  readonly validation?: Split;
  /** Unique names of the rows, where there are some. */
  readonly ids?: readonly string[];
}

/** Folder in a study's folder with the split.json of the rows held out. */
const VALIDATION = "validation";

/** A split.json belongs to the features of its study. */
function subjectOf({ features, rows }: Pick<DataIdentity, "features" | "rows">): { contentHash: string; rows: number } {
  return { contentHash: features, rows };
}

/** Writes labels.npy, split.json, validation/split.json and ids.txt into the folder of a study. */
export async function writeStudyRows(folder: string, data: DataIdentity, rows: StudyRows): Promise<void> {
  const { labels, split, validation, ids } = rows;
  await writeNpy(join(folder, "labels.npy"), labelsToArray(labels));
  if (ids !== undefined) await writeIds(join(folder, "ids.txt"), ids);
  await writeSplit(folder, split, subjectOf(data));
  if (validation !== undefined) await writeSplit(join(folder, VALIDATION), validation, subjectOf(data));
}

/** Reads what {@link writeStudyRows} wrote. @throws {InputError} when a file is missing, damaged, or of other data */
export async function readStudyRows(folder: string, data: DataIdentity): Promise<StudyRows> {
  const file = join(folder, "labels.npy");
  const labels = await readLabels(file);
  if (labelCount(labels) !== data.rows) {
    throw new InputError("these are the labels of other data", {
      file,
      expected: `${data.rows} rows, as study.json says`,
      actual: `${labelCount(labels)}`,
    });
  }
  const split = await readSplit(folder, subjectOf(data));
  if (split === undefined) {
    throw new InputError("there is no split", { file: join(folder, "split.json"), expected: "the rows of each role" });
  }
  const validation = await readSplit(join(folder, VALIDATION), subjectOf(data));
  const idsFile = join(folder, "ids.txt");
  const hasIds = (await stat(idsFile).catch(() => undefined)) !== undefined;
  return {
    labels,
    split: split.split,
    ...(validation === undefined ? {} : { validation: validation.split }),
    ...(hasIds ? { ids: await readIds(idsFile) } : {}),
  };
}
