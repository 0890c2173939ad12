import type { TrainSettings } from "../training/train-config.js";
import type { RankingMethod } from "./gallery-ranker.js";

/**
 * A way to answer the challenge: which features, what is learned on them, how the gallery is ranked. A plain value, so
 * that it can be written in a cell, in a file, and beside the submission that it made. All that is learned (whitening,
 * head, ITQ) is learned on the products trained on: those outside of a fold, or all labelled ones for the test part.
 */
export interface Candidate {
  /** For people, unique among those compared: `DCH 64 bits, asymmetric`. */
  readonly name: string;
  /** Which of the study's features, by their name. Default: the first. */
  readonly features?: string;
  /** Directions kept by a PCA whitening of the features, 1 or more. Default: features as they are. */
  readonly whiten?: number;
  /** What is trained or fitted on these features. Default: nothing, the features themselves are ranked. */
  readonly training?: TrainSettings;
  /** How hash codes come of the head's output: its signs, or ITQ fitted to that of the train rows. Default "sign". */
  readonly codes?: "sign" | "itq";
  /** Bits of the codes of ITQ, at most those of the training. Default: as many. */
  readonly codeBits?: number;
  /** How the gallery is ranked. */
  readonly ranking: RankingMethod;
}
