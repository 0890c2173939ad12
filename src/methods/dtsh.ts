// DTSH: Wang, Shi, Kitani, "Deep Supervised Hashing with Triplet Labels", ACCV 2016, arXiv 1612.03900.
import * as tf from "@tensorflow/tfjs";
import { gram } from "./gram.js";
import type { TrainedMethod } from "./method.js";
import { quadraticQuantization } from "./quantization.js";

/** Options of DTSH. */
export interface DtshOptions {
  /** α, margin between the likelihoods of a similar and a dissimilar pair, ≥ 0. Default bits/2, as the authors' code. */
  readonly margin?: number;
  /** Factor of the inner products, > 0. Default 0.5. */
  readonly scale: number;
  /** λ, weight of the quantisation error, ≥ 0. Default 1. */
  readonly lambda: number;
  /** Which items are an item's similar ones. Default "distinct": the others. */
  readonly pairs: "distinct" | "all";
}

/**
 * The negative log triplet likelihood: −Σ over triplets of log σ(θ_qp − θ_qn − α) + λ·Σ ‖b − u‖² with θ_ij = ½⟨u_i, u_j⟩ and u = z; of an item q
 * of the batch, p are its similar and n its dissimilar ones. The first sum is the mean over an item's triplets and then
 * over the items that have any, 0 where there are none; the second is the mean over entries of codes. λ = 1 is
 * DeepHash-pytorch's; the authors' η = 100 with their 22,500 triplets an item is λ = bits/225. That code clamps
 * θ_qp − θ_qn − α at −100, below which a triplet no longer teaches anything; ours needs no clamp.
 * Multi-label items are similar when they share a class. Takes batch³ numbers: 8 MiB for a batch of 128.
 */
export const dtsh: TrainedMethod<DtshOptions> = {
  kind: "trained",
  learnsFrom: "pairs",
  name: "dtsh",
  title: "DTSH",
  source: "Wang, Shi, Kitani, ACCV 2016, arXiv 1612.03900: negative log triplet likelihood",
  activation: "none",
  options: {
    margin: { type: "number", minimum: 0, description: "α, margin between similar and dissimilar; else bits/2" },
    scale: { type: "number", exclusiveMinimum: 0, default: 0.5, description: "factor of the inner products" },
    lambda: { type: "number", minimum: 0, default: 1, description: "λ, weight of the quantisation error" },
    pairs: { enum: ["distinct", "all"], default: "distinct", description: "all: an item is similar to itself too" },
  },
  presets: {
    "deephash-pytorch": {
      source: "github.com/swuxyj/DeepHash-pytorch: DTSH.py",
      settings: {
        hidden: [],
        epochs: 150,
        batch: 128,
        learningRate: 1e-5,
        optimizer: { kind: "rmsprop", weightDecay: 1e-5 },
        options: { margin: 5, scale: 1, lambda: 1, pairs: "all" },
      },
    },
  },
  loss(codes, { size, bits, similar }, { margin = bits / 2, scale, lambda, pairs }) {
    const theta = tf.mul(gram(codes), scale); // (batch, batch)
    const positive = pairs === "all" ? similar : tf.mul(similar, tf.sub(1, tf.eye(size)));
    const negative = tf.sub(1, similar);
    // a triplet's loss is −log σ(x) = softplus(−x), by tfjs' own in one pass: there are batch³ of them
    const gaps = tf.sub<tf.Tensor3D>(tf.expandDims(theta, 1), tf.expandDims(theta, 2)); // θ_qn − θ_qp, (q, p, n)
    const losses = tf.softplus(tf.add<tf.Tensor3D>(gaps, margin));
    const overNegatives = tf.reshape(tf.matMul(losses, tf.expandDims(negative, 2)), [size, size]); // (q, p)
    const sums = tf.sum(tf.mul(overNegatives, positive), 1); // (q)
    const triplets = tf.mul(tf.sum(positive, 1), tf.sum(negative, 1));
    const items = tf.sum(tf.minimum(triplets, 1));
    const likelihood = tf.div(tf.sum(tf.div(sums, tf.maximum(triplets, 1))), tf.maximum(items, 1));
    return tf.add(likelihood, tf.mul(quadraticQuantization(codes), lambda));
  },
};
