import { basename, dirname } from "node:path";
import { readStoredLabels } from "../core/labels.js";
import type { NamedLabels } from "../core/named-labels.js";
import { checkClassNames } from "../core/named-labels.js";
import { readFeatureManifest } from "./feature-manifest.js";

/** Labels of a file. */
export interface LabelsOfFile extends NamedLabels {
  readonly file: string;
  /** Content hash of their dataset, where the file is one of a data folder. */
  readonly contentHash?: string;
  /** What was converted, a sentence each. */
  readonly converted: readonly string[];
}

/**
 * Reads a label file, with class names where it is the labels.npy of a data folder.
 * @throws {InputError} when the file is missing, damaged or holds no labels, or labels that its manifest has no names of
 */
export async function readNamedLabels(file: string): Promise<LabelsOfFile> {
  const { labels, converted } = await readStoredLabels(file);
  const manifest = basename(file) === "labels.npy" ? await readFeatureManifest(dirname(file)) : undefined;
  const { classNames, contentHash } = manifest ?? {};
  checkClassNames({ labels, classNames, file });
  return {
    labels,
    file,
    converted,
    ...(classNames === undefined ? {} : { classNames }),
    ...(contentHash === undefined ? {} : { contentHash }),
  };
}
