import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { CompiledModel } from "../compute/compile.js";
import { compile } from "../compute/compile.js";
import { InputError } from "../core/errors.js";
import type { HashModel } from "./hash-model.js";
import { givesCodes, modelGraph } from "./hash-model.js";

/** Settings of {@link exportModel}. */
export interface ExportOptions {
  /** Images a call; the shapes of the model are fixed. 1 or more, default 1. */
  readonly batch?: number;
}

type Tensors = Readonly<Record<string, tf.Tensor>>;

/**
 * Backbone, head and sign as one ONNX model that any ONNX runtime runs.
 *
 * Input `pixels` (batch, crop, crop, 3): red, green, blue from 0 to 255, float32, resized and cropped as the model's
 * metadata says; the normalisation is in the model. Outputs: `code` (batch, bits) of −1 and +1, `z` (batch, bits), the
 * hash layer's output whose signs they are, `feature` (batch, dim). Of a model that gives real values: `embedding`
 * (batch, bits) and `feature`.
 * @param backbone whose features the model was trained on
 * @param model a trained head or a fitted model
 * @param options images a call
 * @throws {InputError} when model and backbone do not fit together
 */
export function exportModel(backbone: Backbone, model: HashModel, { batch = 1 }: ExportOptions = {}): CompiledModel {
  const { crop, mean, std } = backbone.preprocessing;
  const { inputDim, bits, arrays, z: zOf, relax } = modelGraph(model);
  if (inputDim !== backbone.dim) {
    throw new InputError("the model was not trained on features of this backbone", {
      expected: `features of ${inputDim} values`,
      actual: `${backbone.name} with ${backbone.dim}`,
    });
  }
  const parameters = Object.entries(arrays).map(([name, array]) => [`head.${name}`, array] as const);
  const body = (tensors: Tensors): Tensors => {
    const ofHead = parameters.map(([name]) => [name.slice("head.".length), tensors[name]] as const);
    const unit = tf.div(tensors.pixels, 255); // the order of operations of `preprocess`, so that the bits agree
    const images = tf.div(tf.sub(unit, tf.tensor1d([...mean])), tf.tensor1d([...std])); // (batch, crop, crop, 3)
    const feature = backbone.forward(images as tf.Tensor4D, tensors); // (batch, dim)
    const own = Object.fromEntries(ofHead);
    const z = zOf(feature, own); // (batch, bits)
    if (!givesCodes(model)) return { embedding: relax(z, own), feature };
    const positive = tf.cast(tf.greaterEqual(z, 0), "float32"); // sign(0) = +1
    return { code: tf.sub(tf.mul(positive, 2), 1), z, feature };
  };
  return compile(body, {
    inputs: { pixels: { shape: [batch, crop, crop, 3], dtype: "float32" } },
    constants: { ...backbone.weights, ...Object.fromEntries(parameters) },
    metadata: {
      bits: String(bits),
      backbone: backbone.name,
      weightsHash: backbone.weightsHash,
      preprocessing: JSON.stringify(backbone.preprocessing),
    },
  });
}
