import type { Tensor4D } from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { Engine, Program } from "../compute/program.js";
import type { ImageBatch } from "../images/preprocessed-batches.js";
import { viewCount } from "../images/views.js";

/** A backbone ready to turn batches of preprocessed images into features. */
export class FeatureProgram {
  private constructor(
    private readonly program: Program,
    private readonly backbone: Backbone,
    private readonly images: number,
  ) {}

  /** @param images the most images of a batch; compiled programs have fixed shapes, and smaller ones are filled up */
  static async open(
    backbone: Backbone,
    { engine, images }: { readonly engine: Engine; readonly images: number },
  ): Promise<FeatureProgram> {
    return new FeatureProgram(await prepare(backbone, engine, images), backbone, images);
  }

  /**
   * Features of a batch, the mean over the views of each image, (rows, dim); NaN where an image could not be read:
   * zeros would pass for a feature.
   * @param slot the place in the network's batch of the first image. Default 0
   */
  async featuresOf(batch: ImageBatch, slot: number = 0): Promise<Float32Array> {
    const { dim, preprocessing } = this.backbone;
    const views = viewCount(preprocessing);
    const size = views * preprocessing.crop ** 2 * 3;
    const images = padWithZeros(batch.data, slot * size, this.images * size);
    const { features } = await this.program.run({ images });
    const [begin, end] = [slot, slot + batch.rows.length].map(place => place * views * dim);
    const values = meanOverViews(features.data.subarray(begin, end), views, dim);
    for (const { row } of batch.failed) {
      const at = batch.rows.indexOf(row);
      values.fill(Number.NaN, at * dim, (at + 1) * dim);
    }
    return values;
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}

function prepare(backbone: Backbone, engine: Engine, images: number): Promise<Program> {
  if (backbone.prepare !== undefined) return backbone.prepare(engine);
  const { crop } = backbone.preprocessing;
  const views = viewCount(backbone.preprocessing);
  return engine.prepare({
    inputs: { images: { shape: [images * views, crop, crop, 3], dtype: "float32" } },
    constants: backbone.weights,
    quantization: backbone.quantization,
    sharesCores: images > 1, // one image alone is waited for, a batch has the next one decoded beside it
    body: tensors => ({ features: backbone.forward(tensors.images as Tensor4D, tensors) }), // (images · views, dim)
  });
}

/** Means over the views of each image: (n · views, dim) → (n, dim). */
function meanOverViews(features: Float32Array, views: number, dim: number): Float32Array {
  if (views === 1) return features;
  const means = new Float32Array(features.length / views);
  for (let at = 0; at < means.length; at++) {
    const first = Math.floor(at / dim) * views * dim + (at % dim);
    let sum = 0;
    for (let view = 0; view < views; view++) sum += features[first + view * dim];
    means[at] = sum / views;
  }
  return means;
}

/** Values from a place on, with zeros before and behind them. */
function padWithZeros(values: Float32Array, begin: number, length: number): Float32Array {
  if (values.length === length) return values;
  const whole = new Float32Array(length);
  whole.set(values, begin);
  return whole;
}
