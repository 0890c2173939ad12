// CSQ: Yuan et al., "Central Similarity Quantization for Efficient Image and Video Retrieval", CVPR 2020, arXiv 1908.00347.
import * as tf from "@tensorflow/tfjs";
import { hadamardCentres } from "./hash-centres.js";
import { softplus } from "./logarithms.js";
import type { Batch, TrainedMethod } from "./method.js";
import { quadraticQuantization } from "./quantization.js";

/** Options of CSQ. */
export interface CsqOptions {
  /** λ, weight of the quantisation error, ≥ 0. Default 0.0001. */
  readonly lambda: number;
}

/**
 * The objective min L_C + λ·L_Q. L_C, the central similarity loss, is the binary cross-entropy between (1 + tanh z)/2
 * and the centre of an item's class, as a mean over entries; the centre of several classes is their majority in each bit, a tie decided by one
 * seeded random code. With c = ±1 the cross-entropy is log(1 + exp(−2·c·z)), which does not saturate where tanh does.
 * L_Q is the mean of (|tanh z| − 1)², as in DeepHash-pytorch; the paper has log cosh(|·| − 1), which is half of that for
 * small errors. Items without a class go to the tie code, as there.
 */
export const csq: TrainedMethod<CsqOptions> = {
  kind: "trained",
  name: "csq",
  title: "CSQ",
  source: "Yuan et al., CVPR 2020, arXiv 1908.00347: central similarity, centres by algorithm 1",
  activation: "none",
  options: {
    lambda: { type: "number", minimum: 0, default: 1e-4, description: "λ, weight of the quantisation error" },
  },
  presets: {
    "deephash-pytorch": {
      source: "github.com/swuxyj/DeepHash-pytorch: CSQ.py",
      settings: {
        hidden: [],
        epochs: 150,
        batch: 64,
        learningRate: 1e-5,
        optimizer: { kind: "rmsprop", weightDecay: 1e-5 },
      },
    },
  },
  constants(shape, _options, random) {
    const ties = Float32Array.from({ length: shape.bits }, () => 2 * random.integer(2) - 1);
    return { centres: hadamardCentres(shape, random), ties: { data: ties, shape: [shape.bits] } };
  },
  loss(codes, batch, { lambda }) {
    const crossEntropy = tf.mean(softplus(tf.mul<tf.Tensor2D>(tf.mul(codes, centresOf(batch)), -2)));
    return tf.add(crossEntropy, tf.mul(quadraticQuantization(tf.tanh(codes)), lambda));
  },
};

/** The ±1 code that each item should have, (batch, bits). */
function centresOf({ oneHot, constants: { centres, ties } }: Batch): tf.Tensor2D {
  const votes = tf.matMul(oneHot, centres as tf.Tensor2D); // whole numbers: a tie is exactly 0
  return tf.sign(tf.add<tf.Tensor2D>(votes, tf.mul(ties, 0.5)));
}
