import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import { openBackbone } from "../backbone/open-backbone.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import type { Labels } from "../core/labels.js";
import { readNpy } from "../core/npy.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import type { FeatureFolder, FeatureSet } from "./extract.js";
import { extractToFolder } from "./extract.js";
import type { FeatureSettings, JoinedFeatures } from "./feature-settings.js";
import { checkFeatureSettings, DEFAULT_BACKBONE } from "./feature-settings.js";
import { joinFeatures } from "./join-features.js";
import { withLearnedPooling } from "./shared-pooling.js";
import { calibrateOnce } from "./shared-ranges.js";

/** Settings of {@link extractFeaturesBy}. */
export interface ExtractByOptions extends Abortable {
  /** What computes; of int8 the CPU. Default: the best engine that is there. */
  readonly engine?: Engine;
  /**
   * Labelled images by which int8 is calibrated and GeM's exponent learned: the same for all datasets whose features are
   * to be compared. Default: the dataset itself.
   */
  readonly learnFrom?: Dataset;
  /** How images are made beside size and scales, as for `openBackbone`. Default: as the network wants them. */
  readonly preprocessing?: Omit<PreprocessingSettings, "size" | "scales">;
  /** Makes an image that cannot be read an error. Default false. */
  readonly strict?: boolean;
  readonly onProgress?: ProgressListener;
}

/**
 * The features of a dataset that settings say, joined ones too: made once and kept below `data/features` by what they
 * are, and found there the next time.
 * @returns as `extractFeatures`; of joined features the manifest names each part
 * @throws {UsageError} for an unknown network
 * @throws {InputError} as `openBackbone`, `calibrateBackbone` and `extractFeatures`, and where labels are missing that the
 *   exponent of GeM is to be learned by
 */
export async function extractFeaturesBy<L extends Labels>(
  dataset: Dataset<L>,
  settings: FeatureSettings | JoinedFeatures,
  options: ExtractByOptions = {},
): Promise<FeatureSet<L>> {
  const made = await extractFolderBy(dataset, settings, options);
  const features = (await readNpy(join(made.folder, "features.npy"))) as NdArray<Float32Array>;
  return { ...made, features, labels: dataset.labels };
}

/** {@link extractFeaturesBy} without reading the matrix. */
export async function extractFolderBy(
  dataset: Dataset,
  settings: FeatureSettings | JoinedFeatures,
  options: ExtractByOptions = {},
): Promise<FeatureFolder> {
  checkFeatureSettings(settings);
  if (!("join" in settings)) return extractPart(dataset, settings, options);
  const parts: FeatureFolder[] = [];
  for (const { features } of settings.join) parts.push(await extractPart(dataset, features, options));
  const weights = settings.join.map(({ weight = 1 }) => weight);
  const folders = parts.map(({ folder }) => folder);
  const joined = await joinFeatures(folders, { weights, onProgress: options.onProgress });
  const seconds = parts.reduce((sum, part) => sum + part.seconds, joined.seconds);
  return { ...joined, seconds, cached: joined.cached && parts.every(({ cached }) => cached) };
}

async function extractPart(
  dataset: Dataset,
  settings: FeatureSettings,
  { engine: asked, learnFrom = dataset, strict, onProgress, signal, preprocessing }: ExtractByOptions,
): Promise<FeatureFolder> {
  const engine = asked ?? (await openEngine({ precision: settings.precision }));
  const backbone = await backboneBy(settings, { engine, learnFrom, preprocessing, onProgress, signal });
  return extractToFolder(dataset, backbone, { engine, strict, onProgress, signal });
}

/**
 * The network that settings say, with what is learned and measured on images: GeM's exponent, then the ranges of int8,
 * each once for the same images.
 * @throws as {@link extractFeaturesBy}
 */
export async function backboneBy(
  { backbone: name = DEFAULT_BACKBONE, size, scales, views, pool, precision }: FeatureSettings,
  {
    engine,
    learnFrom,
    preprocessing,
    ...watched
  }: Omit<ExtractByOptions, "strict"> & { readonly engine: Engine; readonly learnFrom: Dataset },
): Promise<Backbone> {
  const sides = { ...(size === undefined ? {} : { size }), ...(scales === undefined ? {} : { scales }) };
  const opened = await openBackbone(name, {
    ...(pool === undefined || pool === "learned" ? {} : { pool }),
    preprocessing: { ...preprocessing, ...sides },
  });
  const seen = views === undefined || views === "centre" ? {} : { views };
  const seeing = { ...opened, preprocessing: { ...opened.preprocessing, ...seen } };
  const pooled = pool === "learned" ? await withLearnedPooling(seeing, learnFrom, { engine, ...watched }) : seeing;
  return precision === "int8" ? calibrateOnce(pooled, learnFrom, watched) : pooled;
}
