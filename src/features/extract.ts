import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { onlyOnCpu } from "../compute/quantization.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import type { LockOptions } from "../core/lock.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { readNpy } from "../core/npy.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { takeLabels } from "../core/take-labels.js";
import { timeWork } from "../core/time-spent.js";
import type { Dataset } from "../datasets/dataset.js";
import type { PassedOver } from "../datasets/passed-over.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import { computeMatrix } from "./compute-matrix.js";
import { writeItems } from "./data-folder.js";
import { readFailedImages, readTruncatedImages, writePassedOver } from "./failed-images.js";
import { differencesOf, manifestKey, sameFeatures } from "./feature-identity.js";
import type { FeatureManifest, Shard } from "./feature-manifest.js";
import { featureManifestOf, readFeatureManifest, writeFeatureManifest } from "./feature-manifest.js";
import { imagesPerCall } from "./images-per-call.js";
import type { FeatureCoder } from "./kept-matrix.js";
import { holdsItems, holdsMatrix, isWhole, sweep } from "./whole-folder.js";

/**
 * A data folder: features.npy, labels.npy, ids.txt, manifest.json, split.json where the dataset has roles, and failed.csv
 * when images could not be read or files were passed over, truncated.csv when some were cut short and accepted.
 * `readDataFolder` reads it.
 */
export interface FeatureFolder {
  readonly folder: string;
  readonly manifest: FeatureManifest;
  /** Images that could not be read, by row of the dataset; their features are NaN. */
  readonly failed: readonly FailedImage[];
  /** Images that were cut short, by row of the dataset; their features are of what is there. */
  readonly truncated: readonly FailedImage[];
  /** Files of the dataset that became no items. */
  readonly passedOver: readonly PassedOver[];
  /** True when nothing had to be computed. */
  readonly cached: boolean;
  /** Seconds this call took. */
  readonly seconds: number;
}

/** Features of a dataset in the order of its rows. */
export interface FeatureSet<L extends Labels = Labels> extends FeatureFolder {
  /** (n, dim) */
  readonly features: NdArray<Float32Array>;
  /** (n,) class of each row, or the set of its classes. */
  readonly labels: L;
}

/** Settings of {@link extractFeatures}. */
export interface ExtractOptions extends Abortable {
  /** What computes. Default: the best engine that is there. */
  readonly engine?: Engine;
  /** Network inputs an engine call: images, times their views; larger ones than 224 × 224 pixels count as their pixels.
   * Default 16; a run that is continued keeps its own. */
  readonly batchSize?: number;
  /** Folder to write to. Default: `data/features/<dataset>-<backbone>-<hash of the manifest>`. */
  readonly folder?: string;
  /** Makes an image that cannot be read an error. Default false: it is listed, and its feature is NaN. */
  readonly strict?: boolean;
  /** Works on one of several parts only; `mergeFeatures` joins them. Default: on everything. */
  readonly shard?: Shard;
  /** Images decoded at a time, 1 or more. Default 6, which keeps libuv's four threads busy. */
  readonly decoders?: number;
  readonly onProgress?: ProgressListener;
}

/** Settings of {@link extractToFolder}. */
export interface ExtractToFolderOptions extends ExtractOptions {
  /** Makes codes of the features, which are not kept then. Default: features are kept. */
  readonly coder?: FeatureCoder;
}

/**
 * Runs a frozen backbone over all images of a dataset, once, and writes a data folder: what is on disk with the same
 * manifest is read, what a killed or aborted run left is continued, to the same bytes. Decoding runs ahead of the engine.
 * @returns features (n, dim), NaN in rows whose image could not be read (`failed` names them), and labels, by row of
 *   the dataset
 * @throws {InputError} when the folder holds other features, or, if strict, an image cannot be read (finished rows are
 *   kept)
 */
export async function extractFeatures<L extends Labels>(
  dataset: Dataset<L>,
  backbone: Backbone,
  options: ExtractOptions = {},
): Promise<FeatureSet<L>> {
  const made = await extractToFolder(dataset, backbone, options);
  const features = (await readNpy(join(made.folder, "features.npy"))) as NdArray<Float32Array>;
  const [begin, end] = made.manifest.shard?.rows ?? [0, dataset.ids.length];
  const rows = Int32Array.from({ length: end - begin }, (_, i) => begin + i);
  return { ...made, features, labels: takeLabels(dataset.labels, rows) };
}

/** {@link extractFeatures} without reading the matrix: its memory does not grow with the number of images. */
export async function extractToFolder(
  dataset: Dataset,
  backbone: Backbone,
  options: ExtractToFolderOptions = {},
): Promise<FeatureFolder> {
  const started = performance.now();
  const engine = options.engine ?? (await openEngine(backbone.quantization));
  if (backbone.quantization !== undefined && engine.name !== "cpu") throw onlyOnCpu(engine.name);
  const images = imagesPerCall(options.batchSize ?? 16, backbone.preprocessing);
  const manifest = featureManifestOf(dataset, backbone, {
    engine,
    batchSize: images,
    shard: options.shard,
    codes: options.coder?.codes,
  });
  const name = `${dataset.name.replace(/[^\w-]+/g, "_")}-${backbone.name}-${manifestKey(manifest)}`;
  const folder = options.folder ?? dataPath("features", name);
  const make = () => makeFolderOf(dataset, backbone, { ...options, engine, folder, images, manifest });
  // What is whole is only read, also where nothing can be written. Whoever waits finds it whole then.
  const made = (await isWhole(folder, manifest))
    ? await make()
    : await withLock(lockOfFolder(folder), make, { task: "extracting features", ...waiting(dataset, options) });
  await sweep(folder);
  if (options.strict && made.failed.length > 0) throw unreadable(made.failed, folder);
  return { ...made, seconds: (performance.now() - started) / 1000 };
}

/** Who waits for another that extracts the same is told as of work of its own, where somebody listens. */
function waiting(
  { ids }: Dataset,
  { onProgress, signal }: ExtractOptions,
): Pick<LockOptions, "onWait" | "onTaken" | "signal"> {
  if (onProgress === undefined) return { signal };
  const meter = new ProgressMeter("features", ids.length, "images", onProgress);
  return {
    signal,
    onWait: sentence => meter.report(0, sentence),
    onTaken: () => meter.report(ids.length, "made by another process meanwhile"),
  };
}

/** What a data folder is made from. */
interface FolderPlan extends ExtractToFolderOptions {
  readonly engine: Engine;
  readonly folder: string;
  /** Images an engine call. */
  readonly images: number;
  readonly manifest: FeatureManifest;
}

/** Makes what is missing of a data folder. */
async function makeFolderOf(
  dataset: Dataset,
  backbone: Backbone,
  { manifest, images, ...options }: FolderPlan,
): Promise<Omit<FeatureFolder, "seconds">> {
  const { folder } = options;
  const found = await readFeatureManifest(folder);
  if (found !== undefined && !sameFeatures(found, manifest)) {
    throw new InputError("the folder holds features made in another way", {
      file: join(folder, "manifest.json"),
      expected:
        "a new folder (another --out) or this one removed, or the same dataset, backbone, preprocessing, engine and version",
      actual: `others by ${differencesOf(found, manifest)}`,
    });
  }
  const cached = found !== undefined && (await holdsMatrix(folder, manifest));
  // A run that was killed is continued with its own batches: with others the last bits could differ.
  const written = { ...manifest, run: found?.run ?? manifest.run };
  const rows = manifest.shard?.rows ?? ([0, dataset.ids.length] as const);
  if (found?.format === undefined || !(await holdsItems(folder))) {
    await writeItems(folder, dataset, rows);
    await writeFeatureManifest(folder, written);
  }
  if (!cached) {
    const work = { ...options, images: written.run?.images ?? images, rows };
    await timeWork("features", () => computeMatrix(dataset, backbone, work));
  }
  const { passedOver = [] } = dataset;
  // A whole folder may be one that cannot be written; what became no item is said here all the same.
  await writePassedOver(folder, passedOver).catch(cause => {
    if (!cached) throw cause;
  });
  const failed = await readFailedImages(folder);
  return { folder, manifest: written, failed, truncated: await readTruncatedImages(folder), passedOver, cached };
}

function unreadable(failed: readonly FailedImage[], folder: string): InputError {
  return new InputError(`${failed.length} images could not be read`, {
    file: join(folder, "failed.csv"),
    expected: "whole images, or no --strict",
    actual: failed[0].reason,
  });
}
