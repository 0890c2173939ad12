// DCH: Cao, Long, Liu, Wang, "Deep Cauchy Hashing for Hamming Space Retrieval", CVPR 2018.
import * as tf from "@tensorflow/tfjs";
import { gram } from "./gram.js";
import { log1p } from "./logarithms.js";
import type { PairOptions, PairRule } from "./pair-mean.js";
import { weightedPairMean } from "./pair-mean.js";
import { withGradient } from "./with-gradient.js";

/** Options of DCH's loss that a config holds. */
export interface DchRule extends PairRule {
  /**
   * γ, scale of the Cauchy distribution in Hamming units, > 0: a pair at distance γ is similar with probability 1/2.
   * Smaller pulls similar pairs into a tighter ball. Default 20, as widely used; the authors' code has 20 in units of
   * a quarter of the Hamming distance, which is 5 here.
   */
  readonly gamma?: number;
  /** λ, weight of the quantisation loss, ≥ 0. Default 0.1, as widely used. */
  readonly lambda?: number;
  /**
   * d(h_i, h_j), in Hamming units. "cosine": bits/2 · (1 − cos), equation 6. "squared-euclidean": ‖h_i − h_j‖²/4, as the
   * authors' TensorFlow code (which leaves out the quarter); both are the Hamming distance for codes of ±1. Default
   * "cosine".
   */
  readonly proxy?: "cosine" | "squared-euclidean";
  /**
   * "cauchy": mean of log(1 + d(|h_i|, 1)/γ), equation 9. "quadratic": mean of (|h| − 1)², as the TensorFlow code.
   * Default "cauchy".
   */
  readonly quantization?: "cauchy" | "quadratic";
  /**
   * Added to the distance of every pair, Hamming units, > 0 (≥ 0 with `cosineLimit` < 1). Default 0.001. It bounds the
   * gradient of dissimilar pairs whose codes coincide, where clamping the cosine would make it 0.
   */
  readonly epsilon?: number;
  /**
   * Cosines are cut off here, in 0..1: pairs that are closer get no gradient, as in ports that clamp at 0.99. Default 1:
   * no cut.
   */
  readonly cosineLimit?: number;
}

/** Options of {@link dchLoss}. */
export interface DchOptions extends DchRule, PairOptions {}

/** Added to squared norms: the gradient of a zero vector stays finite. */
const NORM_EPSILON = 1e-8;

/**
 * Objective of DCH (equation 7): Cauchy cross-entropy + λ · quantisation.
 * @param relaxedCodes h = tanh(z), (batch, bits)
 * @param similarity s, 0/1, or 0..1 with `graded`, (batch, batch)
 * @returns scalar
 */
export function dchLoss(relaxedCodes: tf.Tensor2D, similarity: tf.Tensor2D, options: DchOptions = {}): tf.Scalar {
  const { lambda = 0.1, quantization = "cauchy", reduction } = options;
  const crossEntropy = cauchyCrossEntropy(relaxedCodes, similarity, options);
  if (lambda === 0) return crossEntropy;
  const error =
    quantization === "cauchy" ? cauchyQuantization(relaxedCodes, options) : quadraticQuantization(relaxedCodes);
  // a sum over pairs goes with a sum over items, as the paper has it
  const weight = reduction === "sum" ? lambda * relaxedCodes.shape[0] : lambda;
  return tf.add(crossEntropy, tf.mul(error, weight));
}

/**
 * Cauchy cross-entropy (equation 8), as a mean over pairs unless `reduction` says otherwise:
 * L = mean of w_ij · [s_ij·log(d_ij/γ) + log(1 + γ/d_ij)] with d_ij = bits/2 · (1 − cos(h_i, h_j)) + ε (equation 6).
 * A similar pair's term is log(1 + d/γ), a dissimilar one's log(1 + γ/d): the logarithm of a small d never appears.
 * In float32 1 − cos is good to about 1e-7, so d is to bits·1e-7, far below ε.
 */
export function cauchyCrossEntropy(
  relaxedCodes: tf.Tensor2D,
  similarity: tf.Tensor2D,
  { gamma = 20, epsilon = 0.001, proxy = "cosine", cosineLimit = 1, ...pairOptions }: DchOptions = {},
): tf.Scalar {
  const proxies = proxy === "cosine" ? cosineDistances(relaxedCodes, cosineLimit) : squaredDistances(relaxedCodes);
  const distances = tf.add<tf.Tensor2D>(proxies, epsilon); // (batch, batch)
  const [near, far] = [tf.div<tf.Tensor2D>(distances, gamma), tf.div<tf.Tensor2D>(gamma, distances)];
  const rest = tf.sub(1, similarity);
  const losses =
    pairOptions.graded === true
      ? tf.add<tf.Tensor2D>(tf.mul(similarity, log1p(near)), tf.mul(rest, log1p(far)))
      : log1p(tf.add<tf.Tensor2D>(tf.mul(similarity, near), tf.mul(rest, far)));
  return weightedPairMean(losses, similarity, pairOptions);
}

/** bits/2 · (1 − cos(h_i, h_j)), (batch, batch). */
function cosineDistances(h: tf.Tensor2D, limit: number): tf.Tensor2D {
  const cosines = gram(tf.div(h, norms(h)));
  return tf.mul<tf.Tensor2D>(tf.sub(1, limited(cosines, limit)), h.shape[1] / 2);
}

/** ‖h_i − h_j‖²/4, (batch, batch); never below 0, where rounding might take it. */
function squaredDistances(h: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.sum(tf.square(h), 1, true); // (batch, 1)
  const both = tf.add(squares, tf.transpose(squares));
  return tf.relu(tf.mul<tf.Tensor2D>(tf.sub(both, tf.mul(gram(h), 2)), 0.25));
}

function limited<T extends tf.Tensor>(cosines: T, limit: number): T {
  return limit < 1 ? tf.minimum(cosines, limit) : cosines;
}

/**
 * Cauchy quantisation (equation 9), as a mean over items: Q = mean of log(1 + d(|h_i|, 1)/γ), which is 0 when all
 * entries of a code have the same magnitude.
 */
export function cauchyQuantization(
  relaxedCodes: tf.Tensor2D,
  { gamma = 20, cosineLimit = 1 }: Pick<DchOptions, "gamma" | "cosineLimit"> = {},
): tf.Scalar {
  const bits = relaxedCodes.shape[1];
  const sums = tf.sum(magnitudes(relaxedCodes), 1, true); // (batch, 1)
  const cosines = limited(tf.div(tf.div(sums, norms(relaxedCodes)), Math.sqrt(bits)), cosineLimit);
  return tf.mean(log1p(tf.mul(tf.sub(1, cosines), bits / 2 / gamma)));
}

/** Mean of (|h| − 1)² over all entries: how far relaxed codes are from hash codes. */
export function quadraticQuantization(relaxedCodes: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.square(tf.sub(magnitudes(relaxedCodes), 1)));
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
