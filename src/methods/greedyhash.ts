// GreedyHash: Su, Zhang, Han, Tian, "Greedy Hash: Towards Fast Optimization for Accurate Hash Coding in CNN", NeurIPS 2018.
import * as tf from "@tensorflow/tfjs";
import { InputError } from "../core/errors.js";
import type { TrainedMethod } from "./method.js";
import { magnitudes } from "./quantization.js";
import { withGradient } from "./with-gradient.js";

/** Options of GreedyHash. */
export interface GreedyHashOptions {
  /** α, weight of the penalty, ≥ 0. Default 0.1. */
  readonly alpha: number;
}

/**
 * The supervised objective with p = 3: softmax cross-entropy of a linear classifier on b = sign(z), trained beside the head, plus the
 * mean of | |z| − 1 |³ times α. The gradient passes the sign as if it were not there. The classifier has no
 * bias and starts as PyTorch's linear layers do, as in DeepHash-pytorch. sign(0) is +1, as in codes, where there it is 0.
 * Data with several classes an item is refused: paper and code classify into one (DeepHash-pytorch takes the first).
 */
export const greedyhash: TrainedMethod<GreedyHashOptions> = {
  kind: "trained",
  name: "greedyhash",
  title: "GreedyHash",
  source: "Su et al., NeurIPS 2018: straight-through sign, penalty with p = 3",
  activation: "none",
  options: {
    alpha: { type: "number", minimum: 0, default: 0.1, description: "α, weight of the penalty | |z| − 1 |³" },
  },
  presets: {
    "deephash-pytorch": {
      source: "github.com/swuxyj/DeepHash-pytorch: GreedyHash.py (there α = 1 for ImageNet)",
      settings: {
        hidden: [],
        epochs: 200,
        batch: 64,
        learningRate: 1e-3,
        schedule: { kind: "step", every: 30, factor: 0.1 },
        optimizer: { kind: "sgd", momentum: 0.9, weightDecay: 5e-4 },
      },
    },
  },
  parameters({ bits, classes }, _options, random) {
    const bound = 1 / Math.sqrt(bits);
    return { classifier: { data: random.uniforms(classes * bits, -bound, bound), shape: [classes, bits] } };
  },
  loss(codes, { labels, oneHot, parameters }, { alpha }) {
    if (labels.rank !== 1) {
      throw new InputError("GreedyHash classifies into one class an item", {
        expected: "class numbers",
        actual: "labels with several classes an item",
      });
    }
    const logits = tf.matMul(straightThroughSign(codes), tf.transpose(parameters.classifier as tf.Tensor2D));
    const crossEntropy = tf.neg(tf.mean(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits)), 1)));
    const errors = magnitudes(tf.sub<tf.Tensor2D>(magnitudes(codes), 1));
    return tf.add(crossEntropy, tf.mul(tf.mean(tf.mul(tf.square(errors), errors)), alpha));
  },
};

/** sign(z) with sign(0) = +1, and the gradient of z itself. */
function straightThroughSign(z: tf.Tensor2D): tf.Tensor2D {
  return withGradient<tf.Tensor2D>(
    z,
    values => tf.sub(tf.mul(tf.cast(tf.greaterEqual(values, 0), "float32"), 2), 1),
    dy => tf.clone(dy),
  );
}
