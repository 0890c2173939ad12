import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { InputError } from "../core/errors.js";
import type { OptionsSchema } from "../core/options.js";
import type { Batch } from "./method.js";
import type { PairOptions, PairRule } from "./pair-mean.js";
import { PAIR_RULE } from "./pair-mean.js";
import { labelJaccard, labelOverlap } from "./similarity.js";

/** What a pairwise method's options say of the pairs of a batch. */
export interface PairSettings extends Required<PairRule> {
  /** s_ij of multi-label items: 1 when they share a label, or their Jaccard index. */
  readonly similarity: "label" | "jaccard";
  /** c_ij, by which similar pairs weigh. */
  readonly confidence: "jaccard" | "overlap" | "none";
}

/** Options that all pairwise methods share; a method spreads them into its own. */
export const PAIR_SETTINGS: OptionsSchema<PairSettings> = {
  similarity: {
    enum: ["label", "jaccard"],
    default: "label",
    description:
      "of multi-label items: 1 when they share a label (the papers), or |y_i ∩ y_j| / |y_i ∪ y_j|, by which the likelihood mixes both cases",
  },
  confidence: {
    enum: ["jaccard", "overlap", "none"],
    default: "jaccard",
    description:
      "how much similar multi-label pairs weigh: by the Jaccard index (HashNet's paper), as HashNet's Caffe code (4·|y_i ∩ y_j|²/(|y_i|·|y_j|), which is 4 for single labels), or alike",
  },
  weighting: {
    enum: ["class-balanced", "similar-only", "fixed", "none"],
    default: PAIR_RULE.weighting,
    description:
      "of similar and dissimilar pairs: both kinds alike (HashNet, equation 2), only similar pairs (DCH's TensorFlow code), similarWeight and 1 (the codes of HashNet's authors), or all 1",
  },
  similarWeight: {
    type: "number",
    exclusiveMinimum: 0,
    default: PAIR_RULE.similarWeight,
    description: 'of similar pairs under "fixed": the authors\' class_num',
  },
  pairs: {
    enum: ["distinct", "all", "partners"],
    default: PAIR_RULE.pairs,
    description: 'all i ≠ j of the batch, also each item with itself, or the partners of batches of kind "pairs"',
  },
  reduction: {
    enum: ["mean", "weighted-mean", "sum"],
    default: PAIR_RULE.reduction,
    description: "what the sum over pairs is divided by: their number, their weights, or nothing",
  },
};

/** The similarities of a batch's pairs, and how they count. */
export interface BatchPairs extends PairOptions {
  /** s, (batch, batch). */
  readonly similarity: Tensor2D;
}

/** What labels and settings say of the pairs of a batch. @throws {InputError} for partners in batches that have none */
export function batchPairs(batch: Batch, { similarity, confidence, ...rule }: PairSettings): BatchPairs {
  if (rule.pairs === "partners" && batch.kind !== "pairs") {
    throw new InputError('the option "pairs" cannot be "partners" here', {
      expected: 'batches of kind "pairs", whose halves are partners: {"batches": {"kind": "pairs"}}',
      actual: `batches of kind "${batch.kind}"`,
    });
  }
  if (batch.labels.rank === 1) {
    // The Jaccard index of equal labels is 1, their overlap as the Caffe code has it 4.
    const weights = confidence === "overlap" ? { confidence: tf.mul<Tensor2D>(batch.similar, 4) } : {};
    return { ...rule, similarity: batch.similar, ...weights };
  }
  const labels = batch.labels as Tensor2D;
  const weights = confidence === "none" ? {} : { confidence: CONFIDENCE[confidence](labels) };
  switch (similarity) {
    case "label":
      return { ...rule, similarity: batch.similar, ...weights };
    case "jaccard":
      return { ...rule, similarity: labelJaccard(labels), graded: true, ...weights };
  }
}

const CONFIDENCE: Readonly<Record<Exclude<PairSettings["confidence"], "none">, (labels: Tensor2D) => Tensor2D>> = {
  jaccard: labelJaccard,
  overlap: labelOverlap,
};
