import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { preprocessedBatches } from "../images/preprocessed-batches.js";
import { TRUNCATED_FILE, writeFailedImages } from "./failed-images.js";
import { FeatureProgram } from "./feature-program.js";
import type { FeatureCoder } from "./kept-matrix.js";
import { keptMatrix, keptValues } from "./kept-matrix.js";
import { PartialMatrix } from "./partial-matrix.js";

/** What is computed, and where it goes. */
export interface MatrixWork extends Abortable {
  readonly engine: Engine;
  readonly folder: string;
  /** Makes an image that cannot be read an error. Default false. */
  readonly strict?: boolean;
  /** Images decoded at a time. */
  readonly decoders?: number;
  /** Makes codes of the features, which are not kept then. */
  readonly coder?: FeatureCoder;
  readonly onProgress?: ProgressListener;
  /** Images an engine call. */
  readonly images: number;
  /** Rows [begin, end) of the dataset. */
  readonly rows: readonly [number, number];
}

/** Runs the network over rows of a dataset, and leaves their features, or codes of these, in the folder; goes on where it was. */
export async function computeMatrix(dataset: Dataset, backbone: Backbone, work: MatrixWork): Promise<void> {
  const program = await FeatureProgram.open(backbone, work);
  try {
    await fillMatrix(dataset, backbone, program, work);
  } finally {
    await program.dispose();
  }
}

async function fillMatrix(
  dataset: Dataset,
  backbone: Backbone,
  program: FeatureProgram,
  work: MatrixWork,
): Promise<void> {
  const { engine, folder, images, strict = false, decoders, coder, onProgress, signal } = work;
  const [begin, end] = work.rows;
  const { name, descr, shape } = keptMatrix({ shape: [end - begin, backbone.dim], codes: coder?.codes });
  // Batches are those of the whole dataset, also in a shard that begins amid one: so its bits are those of one run.
  const endsBatch = (rows: number): boolean => (begin + rows) % images === 0;
  const matrix = await PartialMatrix.open(join(folder, name), shape, { descr, endsBatch });
  try {
    const { done } = matrix;
    const meter = new ProgressMeter(
      coder === undefined ? "features" : "codes",
      end - begin,
      "images",
      onProgress,
      done,
    );
    const rows = Int32Array.from({ length: end - begin - done }, (_, i) => begin + done + i);
    const firstSize = images - ((begin + done) % images);
    const options = { batchSize: images, firstSize, ahead: 2, tolerant: !strict, decoders };
    for await (const batch of preprocessedBatches(dataset, rows, backbone.preprocessing, options)) {
      checkAborted(signal);
      const slot = batch.rows[0] % images;
      const features = await program.featuresOf(batch, slot);
      await matrix.append(await keptValues(features, batch, { images, slot, coder }), batch);
      meter.report(matrix.done, note(backbone, engine, matrix));
    }
    await writeFailedImages(folder, matrix.truncated, TRUNCATED_FILE);
    await writeFailedImages(folder, matrix.failed); // before the features: no row without values without its reason
    await matrix.finish();
  } catch (cause) {
    await matrix.abandon();
    throw cause;
  }
}

function note(
  backbone: Backbone,
  engine: Engine,
  { failed, truncated }: Pick<PartialMatrix, "failed" | "truncated">,
): string {
  const why = engine.reason === undefined ? "" : ` (${engine.reason.split(":")[0]})`; // in full: manifest, doctor
  const less = failed.length === 0 ? "" : `, ${failed.length} unreadable`;
  const cut = truncated.length === 0 ? "" : `, ${truncated.length} cut short`;
  return `${backbone.name} on ${engine.name}${why}${less}${cut}`;
}
