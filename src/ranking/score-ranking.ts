import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import type { QueryRanking, RankingsOptions } from "./query-ranking.js";
import type { Relevance } from "./relevance.js";

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/**
 * Gives the similarities of queries from..to−1 to every item of the database, larger for nearer.
 * @returns (to − from, database), row-major
 */
export type ScoreBlock = (from: number, to: number) => Float32Array | Promise<Float32Array>;

/**
 * The database by descending score, ties by ascending index: (database,) indices. A radix sort, linear in time.
 * @param scores (database,), any numbers but NaN; −0 equals 0
 * @throws {InputError} when a score is NaN
 */
export function rankByScore(scores: Float32Array): Int32Array {
  const keys = descendingKeys(scores);
  let order = Int32Array.from(keys.keys());
  let next = new Int32Array(order.length);
  const starts = new Int32Array(DIGITS);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    starts.fill(0);
    for (let i = 0; i < keys.length; i++) starts[(keys[i] >>> shift) & (DIGITS - 1)]++;
    let before = 0;
    for (let d = 0; d < DIGITS; d++) {
      const size = starts[d];
      starts[d] = before;
      before += size;
    }
    for (let i = 0; i < order.length; i++) {
      const item = order[i];
      next[starts[(keys[item] >>> shift) & (DIGITS - 1)]++] = item;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** Integers that ascend as the scores descend: IEEE 754 bits, which order as sign and magnitude, made monotonic. */
function descendingKeys(scores: Float32Array): Uint32Array {
  const keys = new Uint32Array(new Float32Array(scores).buffer);
  for (let i = 0; i < keys.length; i++) {
    if (Number.isNaN(scores[i])) throw new InputError("a score is NaN", { actual: `NaN for database item ${i}` });
    const bits = scores[i] === 0 ? 0 : keys[i];
    keys[i] = bits >>> 31 === 1 ? bits : ~(bits | 0x80000000);
  }
  return keys;
}

export interface ScoreRankingOptions extends RankingsOptions {
  /** Queries scored at once. Default 64; at least 1. Memory: block × database × 4 bytes. */
  block?: number;
  /** Ends the work early with the signal's reason. Default: nothing does. */
  signal?: AbortSignal;
}

/**
 * Ranks the database for each query by descending score, queries in order; equal scores tie.
 * @throws {InputError} when a block has the wrong size or holds NaN
 */
export async function* scoreRankings(
  scoreBlock: ScoreBlock,
  relevance: Relevance,
  options: ScoreRankingOptions = {},
): AsyncGenerator<QueryRanking, void> {
  const { queries, database } = relevance;
  const { block = 64, self, gains = false, signal } = options;
  const shared = new Uint16Array(database);
  for (let from = 0; from < queries; from += block) {
    checkAborted(signal);
    const to = Math.min(from + block, queries);
    const scores = await scoreBlock(from, to);
    if (scores.length !== (to - from) * database) {
      throw new InputError("a block of scores has the wrong size", {
        expected: `${to - from} × ${database} scores for queries ${from}..${to - 1}`,
        actual: `${scores.length}`,
      });
    }
    for (let query = from; query < to; query++) {
      relevance.grade(query, shared);
      const own = scores.subarray((query - from) * database, (query - from + 1) * database);
      const { gains: graded, ...ranking } = rankingOfScores(own, shared, self?.[query]);
      yield gains ? { ...ranking, gains: graded } : ranking;
    }
  }
}

/**
 * The ranking of one query by descending score.
 * @param scores (database,)
 * @param shared (database,) labels shared with the query, 0 for items that are not relevant
 * @param self an item that is no result. Default: none
 */
export function rankingOfScores(scores: Float32Array, shared: Uint16Array, self?: number): QueryRanking {
  return rankingOfOrder(rankByScore(scores), scores, shared, self);
}

/**
 * The ranking of one query whose order is known.
 * @param order (database,) items, best first
 * @param keys (database,) of the items; neighbours in the order with equal keys tie
 * @param shared as in {@link rankingOfScores}
 */
export function rankingOfOrder(
  order: Int32Array,
  keys: Float32Array | Float64Array,
  shared: Uint16Array,
  self?: number,
): QueryRanking {
  const ranks = new Int32Array(order.length);
  const gains = new Uint16Array(order.length);
  const groups = { sizes: new Uint32Array(order.length), relevant: new Uint32Array(order.length) };
  let [group, relevant, rank, last] = [-1, 0, 0, Number.NaN];
  for (const item of order) {
    if (item === self) continue;
    rank++;
    if (keys[item] !== last) group++;
    last = keys[item];
    groups.sizes[group]++;
    if (shared[item] === 0) continue;
    groups.relevant[group]++;
    gains[relevant] = shared[item];
    ranks[relevant++] = rank;
  }
  const { sizes, relevant: hits } = groups;
  return {
    groups: { sizes: sizes.subarray(0, group + 1), relevant: hits.subarray(0, group + 1) },
    relevantRanks: ranks.subarray(0, relevant),
    gains: gains.subarray(0, relevant),
  };
}
