import type { Backbone } from "../backbone/backbone.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import type { FeatureSet } from "../features/extract.js";
import { extractFeatures } from "../features/extract.js";
import { extractFeaturesBy } from "../features/extract-by-settings.js";
import type { FeatureSettings, JoinedFeatures } from "../features/feature-settings.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";

/** Name of the features where nobody names any. */
export const USUAL_FEATURES = "features";

/** Settings of {@link challengeFeatures}. */
export interface ChallengeFeaturesOptions {
  /** What makes the features where `features` names none. */
  readonly backbone: Backbone;
  readonly features?: Readonly<Record<string, FeatureSettings | JoinedFeatures>>;
  /** Labelled images by which int8 is calibrated and an exponent of GeM learned, the same for the test part. */
  readonly learnFrom: Dataset;
  /** How images are made beside what the settings say. */
  readonly preprocessing?: PreprocessingSettings;
  readonly engine: Engine;
  readonly onProgress?: ProgressListener;
}

/**
 * Features of a dataset, set by set, extracted or found on disk.
 * @throws {InputError} for a list of none, and as extraction
 */
export async function challengeFeatures(
  dataset: Dataset<Int32Array>,
  { backbone, features, learnFrom, preprocessing, engine, onProgress }: ChallengeFeaturesOptions,
): Promise<Record<string, FeatureSet<Int32Array>>> {
  if (features === undefined) {
    return { [USUAL_FEATURES]: await extractFeatures(dataset, backbone, { engine, onProgress }) };
  }
  const sets: Record<string, FeatureSet<Int32Array>> = {};
  for (const [name, settings] of Object.entries(features)) {
    sets[name] = await extractFeaturesBy(dataset, settings, {
      learnFrom,
      preprocessing,
      onProgress,
      ...forPrecision(settings, engine),
    });
  }
  if (Object.keys(sets).length === 0) throw new InputError("there are no features", { expected: "at least one set" });
  return sets;
}

/** The engine, where it computes all that is asked for: int8 is the CPU's alone, which is opened for it. */
function forPrecision(settings: FeatureSettings | JoinedFeatures, engine: Engine): { readonly engine?: Engine } {
  const parts = "join" in settings ? settings.join.map(({ features }) => features) : [settings];
  return parts.some(({ precision }) => precision === "int8") ? {} : { engine };
}

/** Images that any of the sets lacks, by row. */
export function failedImages(sets: Readonly<Record<string, Pick<FeatureSet, "failed">>>): readonly FailedImage[] {
  const byRow = new Map(Object.values(sets).flatMap(({ failed }) => failed.map(image => [image.row, image] as const)));
  return [...byRow.values()].sort((a, b) => a.row - b.row);
}

/** An object with each value made another. */
export function mapValues<A, B>(object: Readonly<Record<string, A>>, make: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, make(value)]));
}
