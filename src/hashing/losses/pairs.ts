import * as tf from "@tensorflow/tfjs";

/** Which pairs of a batch count, and how much. Shared by the pairwise losses. */
export interface PairOptions {
  /**
   * w_ij of HashNet, equation 2: "class-balanced" weights a similar pair c_ij·|S|/|S1| and a dissimilar one |S|/|S0|,
   * counted in the batch, so that both kinds weigh the same whatever their numbers; "none" weights c_ij and 1.
   * Default "class-balanced", as the paper. (Ports use fixed weights for similar pairs.)
   */
  readonly weighting?: "class-balanced" | "none";
  /**
   * "distinct": all ordered pairs i ≠ j of the batch. "all": pairs of an item with itself too, which are similar by
   * definition; some ports do so. Default "distinct": the paper's training pairs are pairs of images.
   */
  readonly pairs?: "distinct" | "all";
  /** c_ij of similar pairs, (batch, batch) in 0..1, from `labelJaccard`. Default 1 (single-label data). */
  readonly confidence?: tf.Tensor2D;
}

/**
 * Weighted mean of the losses of a batch's pairs, (1/|S|) Σ w_ij·loss_ij. The papers write the sum; the mean keeps
 * learning rates independent of the batch. Class-balanced, it is the mean over similar pairs (weighted by c_ij) plus the
 * mean over dissimilar ones, and where a batch has none of one kind, that part is 0.
 *
 * @param losses finite, (batch, batch)
 * @param similarity 0/1, (batch, batch)
 * @returns scalar; 0 when no pair counts
 */
export function weightedPairMean(
  losses: tf.Tensor2D,
  similarity: tf.Tensor2D,
  { weighting = "class-balanced", pairs = "distinct", confidence }: PairOptions = {},
): tf.Scalar {
  const batch = losses.shape[0];
  const counted = pairs === "all" ? tf.onesLike(similarity) : tf.sub(1, tf.eye(batch)); // (batch, batch)
  const similar = tf.mul(counted, similarity);
  const dissimilar = tf.sub(counted, similar);
  const emphasised = confidence === undefined ? similar : tf.mul(similar, confidence);
  if (weighting === "none") {
    const count = pairs === "all" ? batch * batch : batch * (batch - 1);
    const sum = tf.sum<tf.Scalar>(tf.mul(losses, tf.add(emphasised, dissimilar)));
    return tf.div(sum, Math.max(count, 1));
  }
  const part = (weights: tf.Tensor, members: tf.Tensor): tf.Scalar =>
    tf.div(tf.sum<tf.Scalar>(tf.mul(losses, weights)), tf.maximum(tf.sum(members), 1));
  return tf.add(part(emphasised, similar), part(dissimilar, dissimilar));
}
