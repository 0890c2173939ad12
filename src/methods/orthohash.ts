// OrthoHash: Hoe et al., "One Loss for All: Deep Hashing with a Single Cosine Similarity based Learning Objective",
// NeurIPS 2021, arXiv 2109.14449.
import * as tf from "@tensorflow/tfjs";
import { BATCH_NORMALISATION } from "./batch-normalisation.js";
import { bernoulliCentres, hadamardCentres } from "./hash-centres.js";
import type { TrainedMethod } from "./method.js";

/** Options of OrthoHash. */
export interface OrthoHashOptions {
  /** s, scale of the cosines in the softmax, > 0. Default 8. */
  readonly scale: number;
  /** m, what is taken off the cosine to the centre of an item's own class, 0 ≤ m < 2. Default 0.2. */
  readonly margin: number;
  /** Where a class has its centre. Default "bernoulli". */
  readonly centres: "bernoulli" | "hadamard";
}

/** Added to squared norms: the gradient of a zero vector stays finite. */
const NORM_EPSILON = 1e-8;

/**
 * The one loss: softmax cross-entropy of s·(cos(v, o_c) − m·y_c) over the binary centres o_c of the classes, v being the
 * batch-normalised output of the hash layer, whose signs are the codes. Several classes of an item share the label's
 * weight (the paper's label smoothing), so that an item without a class has no loss. Defaults are those of the authors'
 * code, which also has other margins and losses, not made here.
 */
export const orthohash: TrainedMethod<OrthoHashOptions> = {
  kind: "trained",
  name: "orthohash",
  title: "OrthoHash",
  source: "Hoe et al., NeurIPS 2021, arXiv 2109.14449: cosine softmax with margin to binary centres",
  activation: "none",
  normalise: BATCH_NORMALISATION,
  options: {
    scale: { type: "number", exclusiveMinimum: 0, default: 8, description: "s, scale of the cosines" },
    margin: { type: "number", minimum: 0, exclusiveMaximum: 2, default: 0.2, description: "m, cosine margin" },
    centres: { enum: ["bernoulli", "hadamard"], default: "bernoulli", description: "fair bits, or CSQ's centres" },
  },
  presets: {
    official: {
      source: "github.com/kamwoh/orthohash: main.py, scripts/train_hashing.py",
      settings: {
        hidden: [],
        epochs: 100,
        batch: 256,
        learningRate: 1e-4,
        schedule: { kind: "step", every: 80, factor: 0.1 },
        optimizer: { kind: "adam", weightDecay: 5e-4 },
      },
    },
  },
  constants(shape, { centres }, random) {
    const draw = { bernoulli: bernoulliCentres, hadamard: hadamardCentres }[centres];
    return { centres: draw(shape, random) };
  },
  loss(codes, { bits, oneHot, constants }, { scale, margin }) {
    const norms = tf.sqrt(tf.add(tf.sum(tf.square(codes), 1, true), NORM_EPSILON)); // (batch, 1)
    const products = tf.matMul(codes, tf.transpose(constants.centres as tf.Tensor2D)); // (batch, classes)
    const cosines = tf.div(products, tf.mul(norms, Math.sqrt(bits)));
    const logits = tf.mul(tf.sub(cosines, tf.mul(oneHot, margin)), scale);
    const shares = tf.div(oneHot, tf.maximum(tf.sum(oneHot, 1, true), 1));
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(shares, tf.logSoftmax(logits)), 1)));
  },
};
