import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Batch } from "../../src/methods/method.js";

/** What a batch is made of: labels of its items, and sizes. */
export interface BatchParts {
  /** Class numbers (batch), int32; or multi-hot (batch, classes). */
  readonly labels: Tensor;
  readonly bits: number;
  readonly classes: number;
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly parameters?: Readonly<Record<string, Tensor>>;
}

/** A batch as a training gives it to a loss, for losses tested alone. */
export function batchOf({ labels, bits, classes, constants = {}, parameters = {} }: BatchParts): Batch {
  const oneHot = (labels.rank === 1 ? tf.cast(tf.oneHot(labels, classes), "float32") : labels) as Tensor2D;
  const size = labels.shape[0];
  return {
    size,
    bits,
    classes,
    inputDim: 1,
    labels: labels as Tensor1D | Tensor2D,
    oneHot,
    similar: tf.minimum(tf.matMul(oneHot, tf.transpose(oneHot)), 1),
    rows: tf.tensor1d(
      Int32Array.from({ length: size }, (_, row) => row),
      "int32",
    ),
    constants,
    parameters,
  };
}
