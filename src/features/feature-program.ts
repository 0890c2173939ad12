import type { Tensor4D } from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { Engine, Program } from "../compute/program.js";
import type { ImageBatch } from "../images/preprocessed-batches.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { eachScale, valuesPerImage } from "../images/scales.js";
import { viewCount } from "../images/views.js";
import { meanOverViews } from "./mean-over-views.js";
import { addUnitRows } from "./unit-rows.js";

/** The network for images of one side. */
interface ScaleProgram {
  readonly program: Program;
  readonly preprocessing: Preprocessing;
}

/** A backbone ready to turn batches of preprocessed images into features. */
export class FeatureProgram {
  private constructor(
    private readonly scales: readonly ScaleProgram[],
    private readonly backbone: Backbone,
    private readonly images: number,
  ) {}

  /** @param images the most images of a batch; compiled programs have fixed shapes, and smaller ones are filled up */
  static async open(
    backbone: Backbone,
    { engine, images }: { readonly engine: Engine; readonly images: number },
  ): Promise<FeatureProgram> {
    const opened: ScaleProgram[] = [];
    try {
      for (const preprocessing of eachScale(backbone.preprocessing)) {
        opened.push({ preprocessing, program: await prepare({ ...backbone, preprocessing }, engine, images) });
      }
    } catch (cause) {
      for (const { program } of opened) await program.dispose();
      throw cause;
    }
    return new FeatureProgram(opened, backbone, images);
  }

  /**
   * Features of a batch, (rows, dim): the mean over the views of each image, and of several scales the mean of theirs,
   * each of length 1. NaN where an image could not be read: zeros would pass for a feature.
   * @param slot the place in the network's batch of the first image. Default 0
   */
  async featuresOf(batch: ImageBatch, slot: number = 0): Promise<Float32Array> {
    const { dim, preprocessing } = this.backbone;
    const several = preprocessing.scales !== undefined;
    const values = several ? await this.meanOverScales(batch, slot) : await this.atScale(this.scales[0], batch, slot);
    for (const { row } of batch.failed) {
      const at = batch.rows.indexOf(row);
      values.fill(Number.NaN, at * dim, (at + 1) * dim);
    }
    return values;
  }

  async dispose(): Promise<void> {
    for (const { program } of this.scales) await program.dispose();
  }

  private async meanOverScales({ rows, data }: ImageBatch, slot: number): Promise<Float32Array> {
    const { dim, preprocessing } = this.backbone;
    const whole = valuesPerImage(preprocessing);
    const mean = new Float32Array(rows.length * dim);
    let from = 0; // of the scale's values among those of an image
    for (const scale of this.scales) {
      const size = valuesPerImage(scale.preprocessing);
      const own = new Float32Array(rows.length * size);
      for (let i = 0; i < rows.length; i++) {
        own.set(data.subarray(i * whole + from, i * whole + from + size), i * size);
      }
      const features = await this.atScale(scale, { rows, data: own }, slot);
      addUnitRows(mean, features, { dim, weight: 1 / this.scales.length });
      from += size;
    }
    return mean;
  }

  /** Means over the views of each image, (rows, dim). */
  private async atScale(
    { program, preprocessing }: ScaleProgram,
    { rows, data }: Pick<ImageBatch, "rows" | "data">,
    slot: number,
  ): Promise<Float32Array> {
    const { dim } = this.backbone;
    const views = viewCount(preprocessing);
    const size = valuesPerImage(preprocessing);
    const images = padWithZeros(data, slot * size, this.images * size);
    const { features } = await program.run({ images });
    const [begin, end] = [slot, slot + rows.length].map(place => place * views * dim);
    return meanOverViews(features.data.subarray(begin, end), views, dim);
  }
}

function prepare(backbone: Backbone, engine: Engine, images: number): Promise<Program> {
  const { crop } = backbone.preprocessing;
  if (backbone.prepare !== undefined) return backbone.prepare(engine, crop);
  const views = viewCount(backbone.preprocessing);
  return engine.prepare({
    inputs: { images: { shape: [images * views, crop, crop, 3], dtype: "float32" } },
    constants: backbone.weights,
    quantization: backbone.quantization,
    sharesCores: images > 1, // one image alone is waited for, a batch has the next one decoded beside it
    body: tensors => ({ features: backbone.forward(tensors.images as Tensor4D, tensors) }), // (images · views, dim)
  });
}

/** Values from a place on, with zeros before and behind them. */
function padWithZeros(values: Float32Array, begin: number, length: number): Float32Array {
  if (values.length === length) return values;
  const whole = new Float32Array(length);
  whole.set(values, begin);
  return whole;
}
