import type { Tensor4D } from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { ImageInput } from "../datasets/image-input.js";
import { preprocess } from "../images/preprocess.js";

/** Images an engine call. */
const BATCH = 16;

/**
 * Features of a few images that belong to no dataset, such as the queries of a search; nothing is stored.
 * @returns (images, dim)
 * @throws {InputError} when an image cannot be decoded
 */
export async function imageFeatures(
  images: readonly ImageInput[],
  backbone: Backbone,
  engine: Engine,
): Promise<NdArray<Float32Array>> {
  const { crop } = backbone.preprocessing;
  const batch = Math.max(1, Math.min(BATCH, images.length));
  const features = new Float32Array(images.length * backbone.dim); // (images, dim)
  const program = await engine.prepare({
    inputs: { images: { shape: [batch, crop, crop, 3], dtype: "float32" } },
    constants: backbone.weights,
    body: tensors => ({ features: backbone.forward(tensors.images as Tensor4D, tensors) }),
  });
  try {
    for (let from = 0; from < images.length; from += batch) {
      const some = images.slice(from, from + batch);
      const pixels = new Float32Array(batch * crop * crop * 3); // (batch, crop, crop, 3); a last batch ends in zeros
      for (const [i, image] of some.entries()) {
        pixels.set(await preprocess(image, backbone.preprocessing), i * crop * crop * 3);
      }
      const result = await program.run({ images: pixels });
      features.set(result.features.data.subarray(0, some.length * backbone.dim), from * backbone.dim);
    }
  } finally {
    await program.dispose();
  }
  return { data: features, shape: [images.length, backbone.dim] };
}
