import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { TensorSpec } from "../compute/graph.js";
import { InputError } from "../core/errors.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { eachScale } from "../images/scales.js";
import { viewCount } from "../images/views.js";

/** Pixels of one side that an exported model takes. */
export interface PixelInput {
  /** `pixels`, or where there are several scales `pixels_224`, by the side. */
  readonly name: string;
  /** How an image becomes them: at one scale. */
  readonly preprocessing: Preprocessing;
}

/** The inputs of a model that takes an image as its preprocessing says, in the order of the scales. */
export function pixelInputs(preprocessing: Preprocessing): PixelInput[] {
  const scales = eachScale(preprocessing);
  return scales.map(one => ({
    name: scales.length === 1 ? "pixels" : `pixels_${one.crop}`,
    preprocessing: one,
  }));
}

/** Shapes of these inputs: (batch · views, side, side, 3), the views of an image one after another. */
export function pixelSpecs(preprocessing: Preprocessing, batch: number): Record<string, TensorSpec> {
  const rows = batch * viewCount(preprocessing);
  return Object.fromEntries(
    pixelInputs(preprocessing).map(({ name, preprocessing: { crop } }) => [
      name,
      { shape: [rows, crop, crop, 3], dtype: "float32" } as const,
    ]),
  );
}

/**
 * The feature of each image, as `FeatureProgram` makes it: the mean over its views, and of several scales the mean of
 * theirs, each of length 1.
 * @param maps (batch · views, dim) of each scale
 * @returns (batch, dim)
 */
export function featureOfViews(maps: readonly tf.Tensor2D[], views: number): tf.Tensor2D {
  const means = maps.map(one => meanOfViews(one, views));
  if (means.length === 1) return means[0];
  const units = means.map(one => {
    const length = tf.sqrt(tf.sum(tf.square(one), 1, true)); // (batch, 1)
    return tf.div<tf.Tensor2D>(one, tf.maximum(length, 1e-30)); // a row of zeros stays one
  });
  return tf.div<tf.Tensor2D>(tf.addN(units), units.length);
}

/** (batch · views, dim) → (batch, dim) */
export function meanOfViews(features: tf.Tensor2D, views: number): tf.Tensor2D {
  if (views === 1) return features;
  const [rows, dim] = features.shape;
  return tf.mean<tf.Tensor2D>(tf.reshape(features, [rows / views, views, dim]), 1);
}

/**
 * Checks that a model can take an image as its features were made.
 * @throws {InputError} when it cannot: random views, several scales of a network in int8 or of an ONNX file
 */
export function checkViewsFit({ preprocessing, quantization, graph, name }: Backbone): void {
  const { views, scales } = preprocessing;
  if (typeof views === "object") {
    throw new InputError("the features are of random views, which nobody can make again of a new picture", {
      expected: "a model of features of the middle, of flip or of ten-crop",
      actual: `view ${views.view} of seed ${views.seed}`,
    });
  }
  if (scales === undefined || (quantization === undefined && graph === undefined)) return;
  const what = quantization === undefined ? "a network that is an ONNX file" : "a network in int8";
  throw new InputError(`several scales of ${what} cannot be exported: one file would need it once a scale`, {
    expected: "features of one scale, or a network of ours in fp32",
    actual: `scales ${scales.join(", ")} of ${name}`,
  });
}
