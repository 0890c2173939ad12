import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { takeRows } from "../core/arrays.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { datasetOfRows } from "../datasets/dataset-of-rows.js";
import type { FeatureSet } from "../features/extract.js";
import { extractFeaturesBy, extractFolderBy } from "../features/extract-by-settings.js";
import { withMeanFeature } from "../features/features-file.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import { failedImages, mapValues } from "./challenge-features.js";
import type { NamedFeatures } from "./features-list-file.js";

/** Features of one dataset, by name. */
export type FeatureSets = Readonly<Record<string, FeatureSet<Int32Array>>>;

/** Settings of {@link labelledFeatures} and {@link testFeatures}. */
export interface FeaturesOptions extends Abortable {
  readonly engine: Engine;
  /** Labelled images as they were extracted: what int8 and the pooling learn from, the same for all parts. */
  readonly learnFrom: Dataset<Int32Array>;
  readonly onProgress?: ProgressListener;
}

/** Labelled images that every set could read, with their features. */
export interface LabelledFeatures {
  readonly dataset: Dataset<Int32Array>;
  readonly featureSets: FeatureSets;
  /** Images left out, by row of the dataset as it is on the disk. */
  readonly unreadable: readonly FailedImage[];
}

/**
 * Features of labelled images; those that some set could not read are in none.
 * @param dataset its labels may be of merged products: features do not depend on labels
 * @param options.learnFrom the same images as they are on the disk: by their content hash the features are found
 */
export async function labelledFeatures(
  dataset: Dataset<Int32Array>,
  settings: NamedFeatures,
  options: FeaturesOptions,
): Promise<LabelledFeatures> {
  const sets = await allSets(options.learnFrom, settings, options);
  const failed = failedImages(sets);
  const labelled = mapValues(sets, set => ({ ...set, labels: dataset.labels }));
  if (failed.length === 0) return { dataset, featureSets: labelled, unreadable: [] };
  const missing = new Set(failed.map(({ row }) => row));
  const rows = Int32Array.from(dataset.ids.keys()).filter(row => !missing.has(row));
  const left = datasetOfRows(dataset, rows, "readable");
  const featureSets = mapValues(sets, set => {
    return { ...set, features: takeRows(set.features, rows), labels: left.labels, failed: [] };
  });
  return { dataset: left, featureSets, unreadable: failed };
}

/** Features of a test part: images that could not be read have the mean feature, since all need places. */
export async function testFeatures(
  dataset: Dataset<Int32Array>,
  settings: NamedFeatures,
  options: FeaturesOptions,
): Promise<FeatureSets> {
  return mapValues(await allSets(dataset, settings, options), set => {
    const rows = set.failed.map(({ row }) => row);
    return { ...set, features: withMeanFeature(set.features, rows) };
  });
}

/** Makes the features of a test part, and leaves them on the disk. */
export async function extractTest(
  dataset: Dataset<Int32Array>,
  settings: NamedFeatures,
  options: FeaturesOptions,
): Promise<void> {
  for (const one of Object.values(settings)) await extractFolderBy(dataset, one, options);
}

async function allSets(
  dataset: Dataset<Int32Array>,
  settings: NamedFeatures,
  options: FeaturesOptions,
): Promise<FeatureSets> {
  const sets: Record<string, FeatureSet<Int32Array>> = {};
  for (const [name, one] of Object.entries(settings)) sets[name] = await extractFeaturesBy(dataset, one, options);
  return sets;
}
