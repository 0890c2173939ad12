import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { dchLoss } from "../methods/dch.js";
import { hashNetLoss } from "../methods/hashnet.js";
import { labelJaccard, labelOverlap, labelSimilarity } from "../methods/similarity.js";
import type { TrainConfig } from "./train-config.js";

/**
 * The loss of a batch as a config has it.
 * @param relaxedCodes h, (batch, bits)
 * @param labels class numbers (batch), or multi-hot (batch, classes)
 */
export function batchLoss(config: TrainConfig, relaxedCodes: Tensor2D, labels: Tensor1D | Tensor2D): Scalar {
  const { similarity, ...pairs } =
    labels.rank === 1 ? singleLabelPairs(config, labels as Tensor1D) : multiLabelPairs(config, labels as Tensor2D);
  return config.method === "hashnet"
    ? hashNetLoss(relaxedCodes, similarity, { ...config.hashnet, ...pairs })
    : dchLoss(relaxedCodes, similarity, { ...config.dch, ...pairs });
}

/** What the labels of a batch say about its pairs. */
interface BatchPairs {
  readonly similarity: Tensor2D;
  readonly graded?: boolean;
  readonly confidence?: Tensor2D;
}

function singleLabelPairs({ confidence }: TrainConfig, labels: Tensor1D): BatchPairs {
  const same = tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0));
  const similarity = tf.cast(same, "float32") as Tensor2D; // (batch, batch)
  // the Jaccard index of equal labels is 1, their overlap as the Caffe code has it 4
  return confidence === "overlap" ? { similarity, confidence: tf.mul<Tensor2D>(similarity, 4) } : { similarity };
}

function multiLabelPairs({ similarity, confidence }: TrainConfig, labels: Tensor2D): BatchPairs {
  const kinds = { jaccard: labelJaccard, overlap: labelOverlap, none: undefined };
  const weigh = kinds[confidence];
  const weights = weigh === undefined ? {} : { confidence: weigh(labels) };
  if (similarity === "jaccard") return { similarity: labelJaccard(labels), graded: true, ...weights };
  return { similarity: labelSimilarity(labels), ...weights };
}
