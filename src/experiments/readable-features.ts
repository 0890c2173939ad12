import { takeRows } from "../core/arrays.js";
import type { Dataset } from "../datasets/dataset.js";
import { datasetOfRows } from "../datasets/dataset-of-rows.js";
import type { FeatureSet } from "../features/extract.js";
import { withMeanFeature } from "../features/features-file.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import { failedImages, mapValues } from "./challenge-features.js";

/** Features of one dataset, by name. */
export type FeatureSets = Readonly<Record<string, FeatureSet<Int32Array>>>;

/** Labelled images that every set could read, with their features. */
export interface LabelledFeatures {
  readonly dataset: Dataset<Int32Array>;
  readonly featureSets: FeatureSets;
  /** Images left out, by row of the dataset as it is on the disk. */
  readonly unreadable: readonly FailedImage[];
}

/**
 * What is left without the images that some set could not read, rows of all in step; labels are those of the dataset,
 * which may be of merged products.
 */
export function readableOnly(dataset: Dataset<Int32Array>, sets: FeatureSets): LabelledFeatures {
  const failed = failedImages(sets);
  if (failed.length === 0) {
    return { dataset, featureSets: mapValues(sets, set => ({ ...set, labels: dataset.labels })), unreadable: [] };
  }
  const missing = new Set(failed.map(({ row }) => row));
  const rows = Int32Array.from(dataset.ids.keys()).filter(row => !missing.has(row));
  const left = datasetOfRows(dataset, rows, "readable");
  const featureSets = mapValues(sets, set => {
    return { ...set, features: takeRows(set.features, rows), labels: left.labels, failed: [] };
  });
  return { dataset: left, featureSets, unreadable: failed };
}

/** Features with the mean feature in place of those that could not be had: in a test part all need places. */
export function fillFailed<S extends FeatureSet>(featureSet: S): S {
  const rows = featureSet.failed.map(({ row }) => row);
  return { ...featureSet, features: withMeanFeature(featureSet.features, rows) };
}
