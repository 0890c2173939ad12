import * as tf from "@tensorflow/tfjs";
import { InputError } from "../core/errors.js";

/** Which pairs of a batch count, and how much. Shared by the pairwise losses. */
export interface PairRule {
  /**
   * w_ij, the weight of a pair; S are the counted pairs of the batch, S1 the similar and S0 the dissimilar ones.
   * "class-balanced": c_ij·|S|/|S1| for similar, |S|/|S0| for dissimilar pairs, HashNet's equation 2: both kinds weigh
   * the same whatever their numbers. "similar-only": c_ij·|S|/|S1| and 1, as DCH's TensorFlow code, where S holds the
   * pairs of an item with itself too. "fixed": c_ij·`similarWeight` and 1, as both codes of HashNet's authors.
   * "none": c_ij and 1. Default "class-balanced", as the papers.
   */
  readonly weighting?: "class-balanced" | "similar-only" | "fixed" | "none";
  /** Weight of similar pairs under "fixed", > 0: the authors' `class_num`, 100 for ImageNet100. Default 1. */
  readonly similarWeight?: number;
  /**
   * "distinct": all ordered pairs i ≠ j of the batch. "all": pairs of an item with itself too, which are similar by
   * definition; some ports do so. "partners": an item of the first half of the batch with the item in its place in the
   * second half, as `pairBatches` lays them. Default "distinct": the papers' training pairs are pairs of images.
   */
  readonly pairs?: "distinct" | "all" | "partners";
  /**
   * What the sum Σ w_ij·loss_ij is divided by. "mean": |S|. "weighted-mean": Σ w_ij (without c_ij), as HashNet's Caffe
   * code. "sum": nothing, as the papers print it; the learning rate then depends on the batch. Default "mean".
   */
  readonly reduction?: "mean" | "weighted-mean" | "sum";
}

/** The papers' rule. */
export const PAIR_RULE: Required<PairRule> = {
  weighting: "class-balanced",
  similarWeight: 1,
  pairs: "distinct",
  reduction: "mean",
};

/** Keeps the weighted mean of no pairs at 0 / LEAST_WEIGHT = 0. */
const LEAST_WEIGHT = 1e-30;

/** {@link PairRule} with what belongs to one batch. */
export interface PairOptions extends PairRule {
  /**
   * False: s_ij is 0 or 1. True: it may lie between (`labelJaccard`); the likelihood mixes both cases by it, and pairs
   * with s_ij > 0 weigh as similar ones. Default false.
   */
  readonly graded?: boolean;
  /** c_ij of similar pairs, (batch, batch), ≥ 0, from `labelJaccard` or `labelOverlap`. Default 1 (single-label data). */
  readonly confidence?: tf.Tensor2D;
}

/**
 * Weighted mean (or sum, see {@link PairRule}) of the losses of a batch's pairs. Class-balanced, it is the mean over
 * similar pairs (weighted by c_ij) plus the mean over dissimilar ones, and where a batch has none of one kind, that part
 * is 0.
 *
 * @param losses finite, (batch, batch)
 * @param similarity s, 0/1 or graded, (batch, batch)
 * @returns scalar; 0 when no pair counts
 * @throws {InputError} for partners in a batch of odd size
 */
export function weightedPairMean(losses: tf.Tensor2D, similarity: tf.Tensor2D, options: PairOptions = {}): tf.Scalar {
  const {
    weighting = PAIR_RULE.weighting,
    similarWeight = PAIR_RULE.similarWeight,
    pairs = PAIR_RULE.pairs,
    reduction = PAIR_RULE.reduction,
  } = options;
  const batch = losses.shape[0];
  const { mask: counted, count } = countedPairs(batch, pairs); // (batch, batch)
  const alike = options.graded === true ? tf.step(similarity) : similarity;
  const similar = tf.mul(counted, alike);
  const dissimilar = tf.sub(counted, similar);
  const [similarPart, dissimilarPart] = kindWeights(weighting, { similarWeight, count, alike, similar, dissimilar });
  const weighedSimilar = tf.mul(similar, similarPart);
  const weighedDissimilar = dissimilarPart === 1 ? dissimilar : tf.mul(dissimilar, dissimilarPart);
  const { confidence } = options;
  const emphasised = confidence === undefined ? weighedSimilar : tf.mul(weighedSimilar, confidence);
  const sum = tf.sum<tf.Scalar>(tf.mul(losses, tf.add(emphasised, weighedDissimilar)));
  switch (reduction) {
    case "sum":
      return sum;
    case "mean":
      return tf.div(sum, Math.max(count, 1));
    case "weighted-mean": {
      const weights = tf.add(tf.sum(weighedSimilar), tf.sum(weighedDissimilar));
      return tf.div(sum, tf.maximum(weights, LEAST_WEIGHT));
    }
  }
}

/** 1 where a pair counts, a constant of (batch, batch), and how many do. */
function countedPairs(batch: number, pairs: Required<PairRule>["pairs"]): { mask: tf.Tensor2D; count: number } {
  switch (pairs) {
    case "all":
      return { mask: tf.ones([batch, batch]), count: batch * batch };
    case "distinct":
      return { mask: tf.sub(1, tf.eye(batch)), count: batch * (batch - 1) };
    case "partners": {
      if (batch % 2 !== 0) throw new InputError("partners need an even batch", { actual: `${batch} items` });
      const mask = new Float32Array(batch * batch);
      for (let i = 0; i < batch; i++) mask[i * batch + ((i + batch / 2) % batch)] = 1;
      return { mask: tf.tensor2d(mask, [batch, batch]), count: batch };
    }
  }
}

/** The factors of similar and of dissimilar pairs, before c_ij. */
function kindWeights(
  weighting: NonNullable<PairRule["weighting"]>,
  parts: { similarWeight: number; count: number; alike: tf.Tensor; similar: tf.Tensor; dissimilar: tf.Tensor },
): [tf.Scalar | number, tf.Scalar | number] {
  const { similarWeight, count, alike, similar, dissimilar } = parts;
  const share = (of: number, members: tf.Tensor): tf.Scalar => tf.div(of, tf.maximum(tf.sum<tf.Scalar>(members), 1));
  switch (weighting) {
    case "class-balanced":
      return [share(count, similar), share(count, dissimilar)];
    case "similar-only":
      return [share(alike.size, alike), 1];
    case "fixed":
      return [similarWeight, 1];
    case "none":
      return [1, 1];
  }
}
