import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Batch } from "./method.js";
import { labelSimilarity } from "./similarity.js";

/**
 * What a loss is told of a batch.
 * @param parts all that is no function of the labels
 */
export function batchOf(
  parts: Omit<Batch, "oneHot" | "similar" | "size" | "kind"> & Pick<Partial<Batch>, "kind">,
): Batch {
  const { labels, classes } = parts;
  return {
    kind: "uniform",
    ...parts,
    size: labels.shape[0],
    // Asked for by few methods, and each in another way: what nobody asks for is neither computed nor traced.
    get oneHot() {
      return labels.rank === 2 ? (labels as Tensor2D) : oneHotOf(labels as Tensor1D, classes);
    },
    get similar() {
      return labels.rank === 2 ? labelSimilarity(labels as Tensor2D) : equalLabels(labels as Tensor1D);
    },
  };
}

/** (batch, classes) of 0 and 1. */
function oneHotOf(labels: Tensor1D, classes: number): Tensor2D {
  if (classes === 1) return tf.ones([labels.shape[0], 1]); // tf.oneHot takes two classes or more
  return tf.cast(tf.oneHot(labels, classes), "float32") as Tensor2D;
}

/** (batch, batch), 1 where two items are of one class. */
function equalLabels(labels: Tensor1D): Tensor2D {
  return tf.cast(tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0)), "float32") as Tensor2D;
}
