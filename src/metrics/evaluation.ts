import type { Unlabelled } from "../core/unlabelled.js";
import type { RadiusPoint } from "./radius.js";
import type { RankPoint } from "./ranks.js";

/** Mean average precision, 0..1, under both treatments of ties. */
export interface MeanAveragePrecision {
  /** Expectation over random orders of tied items: does not depend on the order of the database. */
  readonly tieAware: number;
  /** Ties in ascending database index. */
  readonly stable: number;
  /** Relevant items first in each tie; only when asked for. */
  readonly optimistic?: number;
  /** Relevant items last in each tie; only when asked for. */
  readonly pessimistic?: number;
}

/** Items of unknown class, where there are some. */
export interface UnlabelledItems {
  readonly queries: number;
  readonly database: number;
  /** "drop": they were left out. "keep": those of the database were ranked, relevant to none. */
  readonly treated: Unlabelled;
}

/**
 * What is measured of any ranking. All means are over the queries that have at least one relevant item in the
 * database; the others are only counted.
 */
export interface RankingEvaluation {
  /** Number of queries, those without relevant items included, those of unknown class only where they are kept. */
  readonly queries: number;
  /** Number of items in the database, those of unknown class only where they are kept. */
  readonly database: number;
  /** Only where there are some: items of unknown class. */
  readonly unlabelled?: UnlabelledItems;
  /** Only where it is so: a query is no result of itself, in any figure. */
  readonly excludesSelf?: true;
  /** Queries that no item of the database is relevant to; left out of all means. */
  readonly queriesWithoutRelevant: number;
  /**
   * By cutoff, "all" and each one asked for. AP is divided by the number P of relevant items in the database, with a
   * cutoff by min(P, cutoff).
   */
  readonly mAP: Readonly<Record<string, MeanAveragePrecision>>;
  /** Share of queries whose first item is relevant, stable order. */
  readonly top1: number;
  /** By "1", "10", "100": relevant share of the first N places, stable order; of all items when there are fewer. */
  readonly precisionAt: Readonly<Record<string, number>>;
  /** By "1", "10", "100": share of the relevant items found in the first N places, stable order. */
  readonly recallAt: Readonly<Record<string, number>>;
  /**
   * mAP as published codes define it, by their names and by cutoff; only when asked for. NaN (null in JSON) where a code
   * leaves out every query.
   */
  readonly published?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What must be known of these figures, a sentence each; only where there is something. */
  readonly notes?: readonly string[];
  /** Means of further metrics by name, for example "ndcg@100"; only when asked for. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** DIGIX 2020 score: 0.5 · top1 + 0.5 · stable mAP@10. The challenge does not publish its divisor; ours is min(P, 10). */
  readonly digix: number;
}

/** Retrieval within Hamming radius 2 (inclusive), where a hash table answers in constant time. */
export interface RadiusTwo {
  /** Mean relevant share of the ball; an empty ball counts 0. */
  readonly precision: number;
  /** Mean share of the relevant items that the ball holds. */
  readonly recall: number;
  /**
   * MAP@H≤2: mean of the average precision of the ball, ranked by Hamming distance (stable), divided by the relevant
   * items in the ball. A ball that is empty, or holds nothing relevant, counts 0. (The DCH authors' code re-ranks by
   * relaxed codes and leaves out non-empty balls without relevant items, both of which give larger values.)
   */
  readonly mAP: number;
  /** Share of the queries whose ball is empty, 0..1. */
  readonly emptyBalls: number;
}

/** The document `hashbook evaluate --json` prints. */
export interface Evaluation extends RankingEvaluation {
  /** Bits of the codes. */
  readonly bits: number;
  readonly radius2: RadiusTwo;
  /** Precision and recall within radius 0, 1, …, bits. */
  readonly prByRadius: readonly RadiusPoint[];
}

/** The evaluation of a ranking by real-valued scores, which has no radii. */
export interface ScoreEvaluation extends RankingEvaluation {
  /** Precision and recall of the first places, stable order. */
  readonly prByRank: readonly RankPoint[];
}
