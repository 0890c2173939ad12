import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import type { FeatureSet } from "../features/extract.js";
import { extractFeaturesBy, extractFolderBy } from "../features/extract-by-settings.js";
import { mapValues } from "./challenge-features.js";
import type { NamedFeatures } from "./features-list-file.js";
import type { FeatureSets, LabelledFeatures } from "./readable-features.js";
import { fillFailed, readableOnly } from "./readable-features.js";

/** Settings of {@link labelledFeatures} and {@link testFeatures}. */
export interface FeaturesOptions extends Abortable {
  readonly engine: Engine;
  /** Labelled images as they were extracted: what int8 and the pooling learn from, the same for all parts. */
  readonly learnFrom: Dataset<Int32Array>;
  readonly onProgress?: ProgressListener;
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
  return readableOnly(dataset, await allSets(options.learnFrom, settings, options));
}

/** Features of a test part: images that could not be read have the mean feature, since all need places. */
export async function testFeatures(
  dataset: Dataset<Int32Array>,
  settings: NamedFeatures,
  options: FeaturesOptions,
): Promise<FeatureSets> {
  return mapValues(await allSets(dataset, settings, options), fillFailed);
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
