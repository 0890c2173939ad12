import type { Backbone } from "../backbone/backbone.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { ImageInput } from "../datasets/image-input.js";
import { openEmbedder } from "./open-embedder.js";

/**
 * Features of a few images that belong to no dataset, such as the queries of a search; nothing is stored. The
 * backbone's layer and views are those of its features. Who asks again and again takes {@link openEmbedder}, which
 * compiles the network once.
 * @param options.engine Default: the best that is there
 * @returns (images, dim)
 * @throws {InputError} when an image cannot be decoded
 */
export async function imageFeatures(
  images: readonly ImageInput[],
  backbone: Backbone,
  options: { readonly engine?: Engine } = {},
): Promise<NdArray<Float32Array>> {
  const embedder = await openEmbedder(backbone, options);
  try {
    return (await embedder.embedAll(images)).features;
  } finally {
    await embedder.close();
  }
}
