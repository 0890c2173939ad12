import type { Continuation } from "../methods/continuation.js";
import type { DchRule } from "../methods/dch.js";
import type { HashNetRule } from "../methods/hashnet.js";
import type { BatchOptions } from "./batches.js";
import type { LearningRateSchedule } from "./learning-rate.js";
import type { OptimizerOptions } from "./optimizer.js";

export type Method = "hashnet" | "dch";

export const METHODS: readonly Method[] = ["hashnet", "dch"];

/** Everything that shapes a training, as plain values; stored with the model. */
export interface TrainConfig {
  readonly method: Method;
  /** Bits of the hash codes, 1..1024. */
  readonly bits: number;
  /** Widths of the fully connected layers before the hash layer. Default [256]. */
  readonly hidden: readonly number[];
  /** Share of hidden units zeroed in a step, 0 ≤ dropout < 1. Default 0. */
  readonly dropout: number;
  /** Passes over the train rows, ≥ 1. Default 30. */
  readonly epochs: number;
  /** Items a step, ≥ 2; all train rows when there are fewer. An epoch's last batch is filled up. Default 128. */
  readonly batch: number;
  /** Which items meet in a batch. Default: uniform, shuffled rows cut into batches. */
  readonly batches: BatchOptions;
  /** Learning rate of the fully connected layers, > 0. Default 1e-3. */
  readonly learningRate: number;
  /** How the learning rate changes over the training. Default: it does not. */
  readonly schedule: LearningRateSchedule;
  /** Default: Adam. */
  readonly optimizer: OptimizerOptions;
  /** Epochs without a better validation mAP after which the training stops; 0: it never does. Default 0. */
  readonly patience: number;
  /** Which head the training gives: after the last epoch, or after the one with the best validation mAP. Default "last". */
  readonly keep: "last" | "best";
  /** Seed of initial weights, batches and dropout. Default 0. */
  readonly seed: number;
  /** HashNet only: how β grows during training. Default "end-point", as the paper. */
  readonly continuation: Continuation;
  /**
   * s_ij of a pair of multi-label items. "label": 1 when they share a label. "jaccard": |y_i ∩ y_j| / |y_i ∪ y_j|, and
   * the likelihood mixes both cases by it. The same for single labels. Default "label", as the papers.
   */
  readonly similarity: "label" | "jaccard";
  /**
   * c_ij, by which similar multi-label pairs weigh. "jaccard" (HashNet's paper), "overlap" (its Caffe code, see
   * `labelOverlap`; it weighs single-label pairs too, by 4) or "none". Default "jaccard".
   */
  readonly confidence: "jaccard" | "overlap" | "none";
  /** Options of the HashNet loss. */
  readonly hashnet: HashNetRule;
  /** Options of the DCH loss. */
  readonly dch: DchRule;
}

/**
 * Defaults for a method and a number of bits; a variant spreads them: `{ ...trainConfig("dch", 48), epochs: 60 }`.
 * Losses and weights are the papers'; optimiser and length suit a head on features, where the papers train a network.
 */
export function trainConfig(method: Method, bits: number): TrainConfig {
  return {
    method,
    bits,
    hidden: [256],
    dropout: 0,
    epochs: 30,
    batch: 128,
    batches: { kind: "uniform" },
    learningRate: 1e-3,
    schedule: { kind: "constant" },
    optimizer: { kind: "adam" },
    patience: 0,
    keep: "last",
    seed: 0,
    continuation: "end-point",
    similarity: "label",
    confidence: "jaccard",
    hashnet: {},
    dch: {},
  };
}
