import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import { InputError } from "../core/errors.js";
import type { Dataset } from "../datasets/dataset.js";
import { differencesOf } from "./feature-identity.js";
import type { FeatureManifest } from "./feature-manifest.js";
import { readFeatureManifest } from "./feature-manifest.js";

/** What is known of features before anything computes them: all but the engine. */
export interface PlannedFeatures {
  readonly dataset: Dataset;
  readonly backbone: Backbone;
  /** Hash of the model whose codes are kept instead. Default: none, the features are kept. */
  readonly model?: string;
  /** Whether pooling or ranges are learned of images first, and so are not known yet. */
  readonly learnsFirst: boolean;
}

/**
 * Checks that a folder holds no features of other images, nor such as were made in another way, as far as that is known.
 * @throws {InputError} naming what differs
 */
export async function checkNoOtherFeatures(folder: string, planned: PlannedFeatures): Promise<void> {
  const found = await readFeatureManifest(folder);
  if (found === undefined) return;
  const differences = differencesOf(found, { ...found, ...partsOf(planned, found) });
  if (differences === "") return;
  throw new InputError("the folder holds features made in another way", {
    file: join(folder, "manifest.json"),
    expected:
      "a new folder (another --out) or this one removed, or the same dataset, backbone and preprocessing, and of codes the same model",
    actual: `others by ${differences}`,
  });
}

function partsOf(
  { dataset, backbone, model, learnsFirst }: PlannedFeatures,
  { codes: found, shape }: FeatureManifest,
): Partial<FeatureManifest> {
  const { name, contentHash, mergedProducts } = dataset;
  const { layer, pool, weightsHash, preprocessing, quantization } = backbone;
  return {
    ...{ dataset: name, contentHash, mergedProducts, backbone: backbone.name, layer, weightsHash, preprocessing },
    ...(learnsFirst ? {} : { pool, quantization }),
    codes: model === undefined ? undefined : { model, bits: found?.bits ?? shape[1] },
  };
}
