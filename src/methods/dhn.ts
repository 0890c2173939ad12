// DHN: Zhu, Long, Wang, Cao, "Deep Hashing Network for Efficient Similarity Retrieval", AAAI 2016.
import * as tf from "@tensorflow/tfjs";
import { gram } from "./gram.js";
import { logCosh } from "./logarithms.js";
import type { TrainedMethod } from "./method.js";
import { pairLikelihood } from "./pair-likelihood.js";
import { weightedPairMean } from "./pair-mean.js";
import { magnitudes } from "./quantization.js";

/** Options of DHN. */
export interface DhnOptions {
  /** Factor of the inner products, > 0. Default 0.5. */
  readonly alpha: number;
  /** λ, weight of the quantisation error, ≥ 0. Default 0.1. */
  readonly lambda: number;
  /** Which pairs of a batch count. Default "distinct". */
  readonly pairs: "distinct" | "all";
}

/**
 * The objective min L + λQ with the pairwise cross-entropy L = Σ (log(1 + exp(α⟨h_i, h_j⟩)) − s_ij·α⟨h_i, h_j⟩) and the
 * smoothed bimodal Laplacian prior Q = Σ log cosh(|h| − 1). Sums are means here, over pairs and over entries of codes.
 * α = ½ as in the authors' TensorFlow code and in DeepHash-pytorch; the paper has no factor. The first weighs similar
 * pairs by their rarity, which the paper does not. The second has no tanh before the loss, where paper, authors and
 * we have one, and a bank of codes, see {@link dpsh}: its λ of 0.1 weighs as 0.2 does here. Multi-label items are
 * similar when they share a class.
 */
export const dhn: TrainedMethod<DhnOptions> = {
  kind: "trained",
  learnsFrom: "pairs",
  name: "dhn",
  title: "DHN",
  source: "Zhu et al., AAAI 2016: pairwise cross-entropy and quantisation loss",
  options: {
    alpha: { type: "number", exclusiveMinimum: 0, default: 0.5, description: "α, factor of the inner products" },
    lambda: { type: "number", minimum: 0, default: 0.1, description: "λ, weight of the quantisation error" },
    pairs: { enum: ["distinct", "all"], default: "distinct", description: "all: pairs of an item with itself too" },
  },
  presets: {
    "deephash-pytorch": {
      source: "github.com/swuxyj/DeepHash-pytorch: DHN.py (there without tanh)",
      settings: {
        hidden: [],
        epochs: 90,
        batch: 128,
        learningRate: 1e-5,
        optimizer: { kind: "rmsprop", weightDecay: 1e-5 },
        options: { alpha: 0.5, lambda: 0.2, pairs: "all" },
      },
    },
  },
  loss(codes, { similar }, { alpha, lambda, pairs }) {
    const logits = tf.mul<tf.Tensor2D>(gram(codes), alpha); // (batch, batch)
    const likelihood = weightedPairMean(pairLikelihood(logits, similar), similar, {
      weighting: "none",
      pairs,
    });
    const quantization = tf.mean(logCosh(tf.sub<tf.Tensor2D>(magnitudes(codes), 1)));
    return tf.add(likelihood, tf.mul(quantization, lambda));
  },
};
