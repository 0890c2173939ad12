// HashNet: Cao, Long, Wang, Yu, "HashNet: Deep Learning to Hash by Continuation", ICCV 2017, arXiv 1702.00758.
import * as tf from "@tensorflow/tfjs";
import { gram } from "./gram.js";
import { softplus } from "./logarithms.js";
import type { PairOptions, PairRule } from "./pair-mean.js";
import { weightedPairMean } from "./pair-mean.js";

/** Options of HashNet's loss that a config holds. */
export interface HashNetRule extends PairRule {
  /** α of the adaptive sigmoid, > 0. Default 10/bits, as the authors' codes (0.2 at 48 bits). */
  readonly alpha?: number;
}

/** Options of {@link hashNetLoss}. */
export interface HashNetOptions extends HashNetRule, PairOptions {}

/**
 * Weighted pairwise likelihood loss of HashNet (equation 4):
 * L = mean over pairs of w_ij · [log(1 + exp(α⟨h_i,h_j⟩)) − s_ij·α⟨h_i,h_j⟩].
 * Mean instead of the paper's sum, unless `reduction` says otherwise; `PairRule` says which pairs and weights.
 *
 * @param relaxedCodes h = tanh(βz) with the growing β of `continuationBeta`, (batch, bits)
 * @param similarity s, 0/1, or 0..1 with `graded`, (batch, batch)
 * @returns scalar
 */
export function hashNetLoss(
  relaxedCodes: tf.Tensor2D,
  similarity: tf.Tensor2D,
  { alpha = 10 / relaxedCodes.shape[1], ...pairOptions }: HashNetOptions = {},
): tf.Scalar {
  const logits = tf.mul<tf.Tensor2D>(gram(relaxedCodes), alpha); // (batch, batch)
  const losses = pairOptions.graded === true ? gradedLikelihood(logits, similarity) : likelihood(logits, similarity);
  return weightedPairMean(losses, similarity, pairOptions);
}

/** For s of 0 or 1: softplus(x) − x = softplus(−x), so a similar pair only turns the sign, and nothing cancels. */
function likelihood(logits: tf.Tensor2D, similarity: tf.Tensor2D): tf.Tensor2D {
  const sign = tf.sub(1, tf.mul(similarity, 2));
  return softplus(tf.mul<tf.Tensor2D>(logits, sign));
}

/** softplus(x) − s·x = s·softplus(−x) + (1 − s)·softplus(x), without cancellation. */
function gradedLikelihood(logits: tf.Tensor2D, similarity: tf.Tensor2D): tf.Tensor2D {
  const similar = tf.mul(similarity, softplus(tf.neg(logits)));
  return tf.add(similar, tf.mul(tf.sub(1, similarity), softplus(logits)));
}
