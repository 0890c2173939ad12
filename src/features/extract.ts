import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tensor4D } from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { readNpy, writeNpy } from "../core/npy.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { version } from "../core/version.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Preprocessing } from "../images/preprocess.js";
import { preprocessedBatches } from "../images/preprocessed-batches.js";
import { PartialMatrix } from "./partial-matrix.js";

/** How a feature matrix was made: everything that shaped it. Stored beside it as manifest.json. */
export interface FeatureManifest {
  readonly dataset: string;
  /** The dataset's content hash. */
  readonly contentHash: string;
  readonly backbone: string;
  readonly weightsHash: string;
  readonly preprocessing: Preprocessing;
  /** Engine that computed it; engines agree to 1e-4, not to the bit. */
  readonly engine: string;
  /** Rows and columns of the matrix. */
  readonly shape: readonly [number, number];
  /** Version of this package. */
  readonly version: string;
}

/** Features of a dataset in the order of its rows. */
export interface FeatureSet {
  /** (n, dim) */
  readonly features: NdArray<Float32Array>;
  /** (n,) class of each row. */
  readonly labels: Int32Array;
  readonly manifest: FeatureManifest;
  /** Holds features.npy, labels.npy, manifest.json. */
  readonly folder: string;
  /** True when nothing had to be computed. */
  readonly cached: boolean;
  /** Seconds this call took. */
  readonly seconds: number;
}

/** Settings of {@link extractFeatures}. */
export interface ExtractOptions {
  /** Images an engine call. Default 16. */
  readonly batchSize?: number;
  /** Folder to write to. Default: `data/features/<dataset>-<backbone>-<hash of the manifest>`. */
  readonly folder?: string;
  readonly onProgress?: ProgressListener;
}

/**
 * Runs a frozen backbone over all images of a dataset, once: what is on disk with the same manifest is read, what a
 * killed run left is continued. Decoding runs ahead of the engine.
 * @throws {InputError} when an image cannot be decoded (finished rows are kept), or the folder holds other features
 */
export async function extractFeatures(
  dataset: Dataset,
  backbone: Backbone,
  engine: Engine,
  options: ExtractOptions = {},
): Promise<FeatureSet> {
  const started = performance.now();
  const manifest: FeatureManifest = {
    dataset: dataset.name,
    contentHash: dataset.contentHash,
    backbone: backbone.name,
    weightsHash: backbone.weightsHash,
    preprocessing: backbone.preprocessing,
    engine: engine.name,
    shape: [dataset.ids.length, backbone.dim],
    version,
  };
  const key = createHash("sha256").update(JSON.stringify(manifest)).digest("hex").slice(0, 12);
  const name = dataset.name.replace(/[^\w-]+/g, "_");
  const folder = options.folder ?? dataPath("features", `${name}-${backbone.name}-${key}`);
  const result = (features: NdArray<Float32Array>, cached: boolean): FeatureSet => {
    const seconds = (performance.now() - started) / 1000;
    return { features, labels: dataset.labels, manifest, folder, cached, seconds };
  };
  if (await holdsManifest(folder, manifest)) {
    const known = await readNpy(join(folder, "features.npy")).catch(() => undefined);
    if (known !== undefined && known.shape.join() === manifest.shape.join()) {
      return result(known as NdArray<Float32Array>, true);
    }
  }
  await mkdir(folder, { recursive: true });
  await writeAtomically(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeNpy(join(folder, "labels.npy"), { data: dataset.labels, shape: [dataset.labels.length] });
  return result(await compute(dataset, backbone, engine, join(folder, "features.npy"), options), false);
}

/** True when the folder holds this manifest, false when it holds none. */
async function holdsManifest(folder: string, manifest: FeatureManifest): Promise<boolean> {
  const file = join(folder, "manifest.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return false;
  if (text.trim() === JSON.stringify(manifest, null, 2)) return true;
  throw new InputError("the folder holds features made in another way", {
    file,
    expected: "an empty or new folder, or the same dataset, backbone, preprocessing, engine and version",
  });
}

async function compute(
  dataset: Dataset,
  backbone: Backbone,
  engine: Engine,
  file: string,
  { batchSize = 16, onProgress }: ExtractOptions,
): Promise<NdArray<Float32Array>> {
  const { crop } = backbone.preprocessing;
  const images = dataset.ids.length;
  const program = await engine.prepare({
    inputs: { images: { shape: [batchSize, crop, crop, 3], dtype: "float32" } },
    constants: backbone.weights,
    body: tensors => ({ features: backbone.forward(tensors.images as Tensor4D, tensors) }),
  });
  const matrix = await PartialMatrix.open(file, images, backbone.dim);
  try {
    let done = matrix.continueAt(batchSize);
    const meter = new ProgressMeter("features", images, "images", onProgress, done);
    const rows = Int32Array.from({ length: images - done }, (_, i) => done + i);
    const note = `${backbone.name} on ${engine.name}`;
    for await (const batch of preprocessedBatches(dataset, rows, backbone.preprocessing, { batchSize, ahead: 2 })) {
      const { features } = await program.run({ images: filled(batch.data, batchSize * crop * crop * 3) });
      await matrix.append(features.data.subarray(0, batch.rows.length * backbone.dim));
      done += batch.rows.length;
      meter.report(done, note);
    }
    return await matrix.finish();
  } catch (cause) {
    await matrix.abandon();
    throw cause;
  } finally {
    await program.dispose();
  }
}

/** The last batch is filled up with zeros: compiled programs have fixed shapes. */
function filled(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const whole = new Float32Array(length);
  whole.set(values);
  return whole;
}
