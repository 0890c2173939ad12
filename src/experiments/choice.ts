import type { Candidate } from "../challenge/candidate.js";
import type { ChoiceRule } from "../challenge/choice-rule.js";
import type { ComparedFolds } from "../challenge/compare-folds.js";
import type { PredictedScore } from "../challenge/predicted-score.js";
import type { CandidateResult } from "./compare-candidates.js";

/** How folds were dealt, and how like the test part they are. */
export interface ChoiceFolds {
  readonly of: number;
  readonly repeats: number;
  readonly seed: number;
  /** Labelled products, and those of the test part; null where its labels are not known. */
  readonly products: { readonly labelled: number; readonly test: number | null };
  /** Gallery images of a fold, in the mean, and of the test part; null without one. */
  readonly gallery: { readonly fold: number; readonly test: number | null };
  /** Whether queries and gallery of a fold are pictures such as the test's, or drawn from all. */
  readonly byRole: boolean;
}

/** A whitening that keeps fewer directions than its candidate asks for: so few products, or rows, have no more. */
export interface NarrowedWhitening {
  readonly name: string;
  readonly asked: number;
  /** On the first fold. */
  readonly kept: number;
}

/** Candidates compared over folds, and the one taken. */
export interface Choice {
  /** In the order given; the first is what the others are compared with. */
  readonly results: readonly CandidateResult[];
  readonly compared: ComparedFolds;
  readonly rule: ChoiceRule;
  /** Place of the one taken. */
  readonly chosen: number;
  readonly candidate: Candidate;
  /** Where its score on the test part is to be expected. */
  readonly predicted: PredictedScore;
  readonly folds: ChoiceFolds;
  /** Empty where all keep what they ask for. */
  readonly narrowed: readonly NarrowedWhitening[];
  /** Why, for people: a sentence each. */
  readonly why: readonly string[];
}
