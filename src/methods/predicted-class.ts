// The trivial solution of supervised retrieval: Sablayrolles, Douze, Usunier, Jégou, "How should we evaluate supervised
// hashing?", ICASSP 2017 (arXiv 1609.06753), section 2.
import * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../core/arrays.js";
import { logisticRegression } from "./logistic-regression.js";
import type { FittedMethod } from "./method.js";

/** Options of the predicted class. */
export interface PredictedClassOptions {
  /** Of the classifier's squared weights, above 0; 1 / C of scikit-learn. Default 1. */
  readonly penalty: number;
}

/**
 * What a method that learns the classes of the queries must beat to have shown anything: the class that a logistic
 * regression predicts, written in ⌈log2 classes⌉ bits. Its code knows nothing beyond the classes of the train rows.
 */
export const predictedClass: FittedMethod<PredictedClassOptions> = {
  kind: "fitted",
  name: "predicted-class",
  title: "predicted class (trivial)",
  colour: "#56B4E9",
  source: "Sablayrolles, Douze, Usunier, Jégou, ICASSP 2017, section 2",
  learnsFrom: "classes",
  options: {
    penalty: {
      type: "number",
      exclusiveMinimum: 0,
      default: 1,
      description: "of the classifier's squared weights; 1 / C of scikit-learn",
    },
  },
  bitsOf: classes => Math.max(1, Math.ceil(Math.log2(classes))),
  async fit(features, { bits, labels, classes, engine, options: { penalty } }) {
    const classifier = await logisticRegression({ features, labels, classes }, { penalty, engine });
    return { ...classifier, codes: classCodes(classes, bits) };
  },
  encode(features, { weights, offsets, codes }) {
    const scores = tf.add(tf.matMul(features, tf.transpose(weights as tf.Tensor2D)), offsets); // (batch, classes)
    const winners = tf.argMax(scores, 1) as tf.Tensor1D;
    return tf.matMul(tf.oneHot(winners, codes.shape[0], 1, 0, "float32") as tf.Tensor2D, codes as tf.Tensor2D);
  },
};

/** The numbers 0 to classes − 1 as codes of −1 and +1, (classes, bits): the highest bit first. */
function classCodes(classes: number, bits: number): NdArray<Float32Array> {
  const data = Float32Array.from({ length: classes * bits }, (_, at) => {
    const place = bits - 1 - (at % bits);
    return Math.floor(Math.floor(at / bits) / 2 ** place) % 2 === 1 ? 1 : -1;
  });
  return { data, shape: [classes, bits] };
}
