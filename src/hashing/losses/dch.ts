// DCH: Cao, Long, Liu, Wang, "Deep Cauchy Hashing for Hamming Space Retrieval", CVPR 2018.
import * as tf from "@tensorflow/tfjs";
import { gram } from "../gram.js";
import { withGradient } from "../with-gradient.js";
import { log1p } from "./logarithms.js";
import type { PairOptions } from "./pairs.js";
import { weightedPairMean } from "./pairs.js";

/** Options of {@link dchLoss}. */
export interface DchOptions extends PairOptions {
  /**
   * γ, scale of the Cauchy distribution in Hamming units, > 0: a pair at distance γ is similar with probability 1/2.
   * Smaller pulls similar pairs into a tighter ball. Default 20, as widely used; the authors' code has 20 in units of
   * a quarter of the Hamming distance, which is 5 here.
   */
  readonly gamma?: number;
  /** λ, weight of the quantisation loss, ≥ 0. Default 0.1, as widely used. */
  readonly lambda?: number;
  /**
   * Added to the distance of every pair, Hamming units, > 0. Default 0.001, as the authors' code. It bounds the gradient
   * of dissimilar pairs whose codes coincide, where clamping the cosine would make it 0.
   */
  readonly epsilon?: number;
}

/** Added to squared norms: the gradient of a zero vector stays finite. */
const NORM_EPSILON = 1e-8;

/**
 * Objective of DCH (equation 7): Cauchy cross-entropy + λ · Cauchy quantisation.
 * @param relaxedCodes h = tanh(z), (batch, bits)
 * @param similarity s, 0/1, (batch, batch)
 * @returns scalar
 */
export function dchLoss(
  relaxedCodes: tf.Tensor2D,
  similarity: tf.Tensor2D,
  { gamma = 20, lambda = 0.1, epsilon = 0.001, ...pairOptions }: DchOptions = {},
): tf.Scalar {
  const crossEntropy = cauchyCrossEntropy(relaxedCodes, similarity, { gamma, epsilon, ...pairOptions });
  if (lambda === 0) return crossEntropy;
  return tf.add(crossEntropy, tf.mul(cauchyQuantization(relaxedCodes, { gamma }), lambda));
}

/**
 * Cauchy cross-entropy (equation 8), as a mean over pairs:
 * L = mean of w_ij · [s_ij·log(d_ij/γ) + log(1 + γ/d_ij)] with d_ij = bits/2 · (1 − cos(h_i, h_j)) + ε (equation 6).
 * A similar pair's term is log(1 + d/γ), a dissimilar one's log(1 + γ/d): the logarithm of a small d never appears.
 * In float32 1 − cos is good to about 1e-7, so d is to bits·1e-7, far below ε.
 */
export function cauchyCrossEntropy(
  relaxedCodes: tf.Tensor2D,
  similarity: tf.Tensor2D,
  { gamma = 20, epsilon = 0.001, ...pairOptions }: Omit<DchOptions, "lambda"> = {},
): tf.Scalar {
  const bits = relaxedCodes.shape[1];
  const cosines = gram(tf.div(relaxedCodes, norms(relaxedCodes))); // (batch, batch)
  const distances = tf.add(tf.mul(tf.sub(1, cosines), bits / 2), epsilon);
  const similar = tf.mul(similarity, tf.div(distances, gamma));
  const dissimilar = tf.mul(tf.sub(1, similarity), tf.div(gamma, distances));
  return weightedPairMean(log1p(tf.add<tf.Tensor2D>(similar, dissimilar)), similarity, pairOptions);
}

/**
 * Cauchy quantisation (equation 9), as a mean over items: Q = mean of log(1 + d(|h_i|, 1)/γ), which is 0 when all
 * entries of a code have the same magnitude.
 */
export function cauchyQuantization(
  relaxedCodes: tf.Tensor2D,
  { gamma = 20 }: Pick<DchOptions, "gamma"> = {},
): tf.Scalar {
  const bits = relaxedCodes.shape[1];
  const sums = tf.sum(magnitudes(relaxedCodes), 1, true); // (batch, 1)
  const cosines = tf.div(tf.div(sums, norms(relaxedCodes)), Math.sqrt(bits));
  return tf.mean(log1p(tf.mul(tf.sub(1, cosines), bits / 2 / gamma)));
}

/** Euclidean norms of the rows, (batch, 1). */
function norms(h: tf.Tensor2D): tf.Tensor2D {
  return tf.sqrt(tf.add<tf.Tensor2D>(tf.sum(tf.square(h), 1, true), NORM_EPSILON));
}

/** |h| with gradient 0 at 0, where tfjs' own has −1. */
function magnitudes(h: tf.Tensor2D): tf.Tensor2D {
  return withGradient<tf.Tensor2D>(
    h,
    values => tf.abs(values as tf.Tensor2D),
    (dy, values) => tf.mul(dy, tf.sign(values)),
  );
}
