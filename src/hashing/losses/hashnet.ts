// HashNet: Cao, Long, Wang, Yu, "HashNet: Deep Learning to Hash by Continuation", ICCV 2017, arXiv 1702.00758.
import * as tf from "@tensorflow/tfjs";
import { gram } from "../gram.js";
import { softplus } from "./logarithms.js";
import type { PairOptions } from "./pairs.js";
import { weightedPairMean } from "./pairs.js";

/** Options of {@link hashNetLoss}. */
export interface HashNetOptions extends PairOptions {
  /** α of the adaptive sigmoid, > 0. Default 10/bits, as the authors' code (0.2 at 48 bits). */
  readonly alpha?: number;
}

/**
 * Weighted pairwise likelihood loss of HashNet (equation 4):
 * L = mean over pairs of w_ij · [log(1 + exp(α⟨h_i,h_j⟩)) − s_ij·α⟨h_i,h_j⟩].
 * Mean instead of the paper's sum; `PairOptions` says which pairs and weights.
 *
 * @param relaxedCodes h = tanh(βz) with the growing β of `continuationBeta`, (batch, bits)
 * @param similarity s, 0/1, (batch, batch)
 * @returns scalar
 */
export function hashNetLoss(
  relaxedCodes: tf.Tensor2D,
  similarity: tf.Tensor2D,
  { alpha = 10 / relaxedCodes.shape[1], ...pairOptions }: HashNetOptions = {},
): tf.Scalar {
  const logits = tf.mul(gram(relaxedCodes), alpha); // (batch, batch)
  // softplus(x) − x = softplus(−x): a similar pair only turns the sign, and nothing cancels
  const sign = tf.sub(1, tf.mul(similarity, 2));
  const losses = softplus(tf.mul<tf.Tensor2D>(logits, sign));
  return weightedPairMean(losses, similarity, pairOptions);
}
