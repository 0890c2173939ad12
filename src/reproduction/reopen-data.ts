import { join } from "node:path";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { readNpy } from "../core/npy.js";
import type { ProgressListener } from "../core/progress.js";
import type { ExperimentData } from "../experiments/experiment-data.js";
import { openFolderData } from "../experiments/folder-data.js";
import { openProtocolStudy } from "../experiments/protocol-study.js";
import { openStudy } from "../experiments/study.js";
import { readFeatureManifest } from "../features/feature-manifest.js";
import { findProtocol } from "../protocols/known-protocols.js";
import { dataIdentity } from "../records/data-identity.js";
import type { DataIdentity } from "../records/run-record.js";
import type { StudyRecord } from "../records/study-record.js";

/** What can differ of data, in words that go before "is" or "are". */
const PARTS: Readonly<Record<keyof DataIdentity, string>> = {
  dataset: "the dataset's name",
  rows: "the number of rows",
  features: "the values of the features",
  labels: "the labels",
  searched: "the rows of queries and database",
  learned: "the rows that are learned from or held out",
};

/** Where the data of a study is, if not where its record says. */
export interface ReopenOptions {
  /** The data itself, or a data folder. Default: as the record says. */
  readonly data?: ExperimentData | string;
  /** Told of an extraction. */
  readonly onProgress?: ProgressListener;
}

/**
 * Opens the data of a study as its record says, or as it is given.
 * @throws {InputError} when it was made in a cell, or is not here; as what opens it
 */
export async function reopenData(
  { origin, id }: StudyRecord,
  { data, onProgress }: ReopenOptions = {},
): Promise<ExperimentData> {
  if (typeof data === "string") {
    return openFolderData(data, origin.kind === "folder" ? { validation: origin.validation } : {});
  }
  if (data !== undefined) return data;
  switch (origin.kind) {
    case "study": {
      const options = { ...origin.options, onProgress };
      return findProtocol(options.dataset) === undefined ? openStudy(options) : openProtocolStudy(options);
    }
    case "folder":
      return openFolderData(origin.path, { validation: origin.validation });
    case "given":
      throw new InputError(`the data of the study "${id}" was made in a cell, so it cannot be opened again`, {
        expected: "the option data, in a cell that makes it; or a pack with its data",
      });
  }
}

/** Features of a pack, with labels and roles of the study that came with them. @param folder of features.npy */
export async function packedData(study: StudyRecord, folder: string): Promise<ExperimentData> {
  const features = (await readNpy(join(folder, "features.npy"))) as NdArray<Float32Array>;
  const manifest = await readFeatureManifest(folder);
  if (manifest === undefined) {
    throw new InputError("there is no manifest of the features", { file: folder, expected: "manifest.json" });
  }
  const { labels, split, validation } = study;
  const featureSet = { features, labels, manifest };
  return { featureSet, split, ...(validation === undefined ? {} : { validation }) };
}

/** Which parts of data are not those of a record. */
export function differingParts(data: ExperimentData, recorded: DataIdentity): (keyof DataIdentity)[] {
  const now = dataIdentity(data);
  return (Object.keys(PARTS) as (keyof DataIdentity)[]).filter(part => now[part] !== recorded[part]);
}

/** A sentence on the parts that differ. */
export function partsText(parts: readonly (keyof DataIdentity)[]): string {
  return `data: ${parts.map(part => PARTS[part]).join(", ")} are not those of the record`;
}
