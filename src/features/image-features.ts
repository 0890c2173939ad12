import type { Backbone } from "../backbone/backbone.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { ImageInput } from "../datasets/image-input.js";
import { preprocessedBatches } from "../images/preprocessed-batches.js";
import { FeatureProgram } from "./feature-program.js";

/** Images an engine call. */
const BATCH = 16;

/**
 * Features of a few images that belong to no dataset, such as the queries of a search; nothing is stored. The
 * backbone's layer and views are those of its features.
 * @param options.engine Default: the best that is there
 * @returns (images, dim)
 * @throws {InputError} when an image cannot be decoded
 */
export async function imageFeatures(
  images: readonly ImageInput[],
  backbone: Backbone,
  options: { readonly engine?: Engine } = {},
): Promise<NdArray<Float32Array>> {
  const engine = options.engine ?? (await openEngine(backbone.quantization));
  const batchSize = Math.max(1, Math.min(BATCH, images.length));
  const ids = images.map((image, i) => (typeof image === "string" ? image : `image ${i}`));
  const source = { ids, image: async (row: number) => images[row] };
  const data = new Float32Array(images.length * backbone.dim); // (images, dim)
  const program = await FeatureProgram.open(backbone, { engine, images: batchSize });
  try {
    const rows = Int32Array.from(images.keys());
    for await (const batch of preprocessedBatches(source, rows, backbone.preprocessing, { batchSize })) {
      data.set(await program.featuresOf(batch), batch.rows[0] * backbone.dim);
    }
  } finally {
    await program.dispose();
  }
  return { data, shape: [images.length, backbone.dim] };
}
