// DPSH: Li, Wang, Kang, "Feature Learning based Deep Supervised Hashing with Pairwise Labels", IJCAI 2016.
import * as tf from "@tensorflow/tfjs";
import { gram } from "./gram.js";
import type { TrainedMethod } from "./method.js";
import { pairLikelihood } from "./pair-likelihood.js";
import { weightedPairMean } from "./pair-mean.js";
import { quadraticQuantization } from "./quantization.js";

/** Options of DPSH. */
export interface DpshOptions {
  /** η, weight of the quantisation error, ≥ 0. Default 0.1. */
  readonly eta: number;
  /** Which pairs of a batch count. Default "distinct". */
  readonly pairs: "distinct" | "all";
}

/**
 * The negative log-likelihood of the pairs, relaxed: J = −Σ (s_ij·θ_ij − log(1 + exp(θ_ij))) + η·Σ ‖b_i − u_i‖² with θ_ij = ½⟨u_i, u_j⟩, b = sign(u), u = z.
 * Both sums are means here, over pairs and over entries of codes, as in DeepHash-pytorch, so that η does not depend on
 * the batch. That code and the authors' take pairs of the batch with a bank of all codes, a step old; here the bank is
 * the batch. In a bank only one code of a pair learns: its η of 0.1 weighs as 0.2 does here. Multi-label items are
 * similar when they share a class.
 */
export const dpsh: TrainedMethod<DpshOptions> = {
  kind: "trained",
  learnsFrom: "pairs",
  name: "dpsh",
  title: "DPSH",
  source: "Li, Wang, Kang, IJCAI 2016: relaxed negative log-likelihood of pairs",
  activation: "none",
  options: {
    eta: { type: "number", minimum: 0, default: 0.1, description: "η, weight of the quantisation error" },
    pairs: { enum: ["distinct", "all"], default: "distinct", description: "all: pairs of an item with itself too" },
  },
  presets: {
    "deephash-pytorch": {
      source: "github.com/swuxyj/DeepHash-pytorch: DPSH.py",
      settings: {
        hidden: [],
        epochs: 150,
        batch: 128,
        learningRate: 1e-5,
        optimizer: { kind: "rmsprop", weightDecay: 1e-5 },
        options: { eta: 0.2, pairs: "all" },
      },
    },
  },
  loss(codes, { similar }, { eta, pairs }) {
    const theta = tf.mul<tf.Tensor2D>(gram(codes), 0.5); // (batch, batch)
    const likelihood = weightedPairMean(pairLikelihood(theta, similar), similar, {
      weighting: "none",
      pairs,
    });
    return tf.add(likelihood, tf.mul(quadraticQuantization(codes), eta));
  },
};
