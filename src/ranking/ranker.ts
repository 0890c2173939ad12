import type { ParallelScanOptions } from "./parallel-rankings.js";
import type { QueryRanking, RankingsOptions } from "./query-ranking.js";
import type { Side, Sides } from "./side.js";

/**
 * What orders a database for queries: by Hamming distance, by inner products of real-valued queries with codes, by
 * cosine or Euclidean distance of vectors, or a short list by one and then by another. Evaluation takes any.
 */
export interface Ranker<Queries extends Side = Side, Database extends Side = Queries> {
  readonly name: string;
  /** For people: what it compares, or where it computes. */
  readonly description: string;
  /** What the tie groups of its rankings are: Hamming distances 0..bits, so that radii can be measured, or equal scores. */
  readonly groups: "distances" | "scores";
  /**
   * The ranking for each query, queries in order; valid until the next one is asked for.
   * @throws {InputError} when what it needs of a side is missing, or the sides do not go together
   */
  rankings(
    sides: Sides<Queries, Database>,
    options?: ParallelScanOptions & RankingsOptions,
  ): AsyncIterable<QueryRanking>;
  /** Gives back what it holds: a device, an engine's memory. */
  close(): void | Promise<void>;
}
