import type { Backbone } from "../backbone/backbone.js";
import type { NdArray } from "../core/arrays.js";
import { checkMadeAlike } from "../embedding/model-backbone.js";
import { extractFeatures } from "../features/extract.js";
import { readIncompleteFeatures, withMeanFeature } from "../features/features-file.js";
import type { OpenedData } from "./opened-data.js";
import type { OpeningOptions } from "./opened-sources.js";

/**
 * Features of a model's network: those of the data folder where they were made so, else of its pictures, found on the disk
 * or made.
 * @param model its folder
 * @returns undefined when they are not there and not needed
 * @throws {InputError} when they are needed and cannot be had
 */
export async function featuresOf(
  model: string,
  backbone: Backbone,
  { folder, dataset }: OpenedData,
  { isNeeded, failed, ...options }: OpeningOptions & { readonly isNeeded: boolean; readonly failed: Set<number> },
): Promise<NdArray<Float32Array> | undefined> {
  let whyNot: unknown;
  if (folder !== undefined && folder.manifest.codes === undefined) {
    try {
      await checkMadeAlike(model, folder.featuresFile);
      return (await readIncompleteFeatures(folder.featuresFile)).features;
    } catch (cause) {
      whyNot = cause;
    }
  }
  if (!isNeeded) return undefined;
  if (dataset === undefined || folder?.manifest.shard !== undefined) throw whyNot;
  const made = await extractFeatures(dataset, backbone, options);
  const rows = made.failed.map(({ row }) => row);
  for (const row of rows) failed.add(row);
  return withMeanFeature(made.features, rows);
}
