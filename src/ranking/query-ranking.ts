import type { TieGroups } from "./distance-histogram.js";
import { relevanceHistograms } from "./distance-histogram.js";
import { checkBitsAgree, hammingScan } from "./hamming-distances.js";
import type { Relevance } from "./relevance.js";
import { relevanceByLabels } from "./relevance.js";
import type { Sides, SideWith } from "./side.js";
import { sidesWith } from "./side.js";

/**
 * All that metrics need to know of the ranking of one query: where its relevant items stand, and which items tie.
 * This is what a faster kernel has to deliver.
 */
export interface QueryRanking {
  /** Ties, as the tie-aware measures need them. */
  readonly groups: TieGroups;
  /** (relevant,) ranks from 1 of the relevant items, ascending, with ties broken by ascending database index. */
  readonly relevantRanks: Int32Array;
  /** (relevant,) labels that each shares with the query, at least 1, in the order of {@link relevantRanks}; when asked for. */
  readonly gains?: Uint16Array;
  /** The sum over the relevant items of the precision at each, i / rank of the i-th, where it is known already. */
  readonly precisionSum?: number;
}

/** What rankings leave out, and what they tell beside. */
export interface RankingsOptions {
  /**
   * (queries,) the row of the database that is the query itself, as `selfRows` gives them: it is no result. Default: all
   * items are.
   */
  self?: Int32Array;
  /** Whether rankings tell how many labels items share with the query. Default false. */
  gains?: boolean;
}

/**
 * Ranks the database for each query by Hamming distance, queries in order. Uses memory linear in the database; a
 * ranking is valid until the next one is asked for, since they share buffers.
 * @throws {InputError} when codes differ in bits, or codes and labels in number
 */
export function* hammingRankings(sides: Sides<SideWith<"codes" | "labels">>): Generator<QueryRanking, void> {
  const relevance = codesRelevance(sides);
  const scan = hammingScan(sides.queries.codes, sides.database.codes);
  const distances = new Uint16Array(scan.database);
  const mask = new Uint8Array(scan.database);
  const ranks = new Int32Array(scan.database);
  for (let query = 0; query < scan.queries; query++) {
    const relevant = relevance.mark(query, mask);
    scan.distances(query, distances);
    const groups = relevanceHistograms(distances, mask, scan.bits);
    placeRelevant(distances, mask, groups, ranks);
    yield { groups, relevantRanks: ranks.subarray(0, relevant) };
  }
}

/**
 * The ranking of one query.
 * @param distances (database,), 0..bits
 * @param mask (database,), 1 for relevant items, 0 for the others
 */
export function rankingOfDistances(distances: Uint16Array, mask: Uint8Array, bits: number): QueryRanking {
  const groups = relevanceHistograms(distances, mask, bits);
  const ranks = new Int32Array(groups.relevant.reduce((sum, count) => sum + count, 0));
  placeRelevant(distances, mask, groups, ranks);
  return { groups, relevantRanks: ranks };
}

/**
 * What is relevant, once the sides are seen to go together: codes, labels, their numbers.
 * @throws {InputError} when codes or labels are missing, codes differ in bits, codes and labels in number, or labels in
 * kind
 */
export function codesRelevance(sides: Sides<SideWith<"codes" | "labels">>): Relevance {
  const { queries, database } = sidesWith(sides, "codes", "labels");
  checkBitsAgree(queries.codes, database.codes);
  return relevanceByLabels(sides);
}

/**
 * Writes the stable ranks of the relevant items, ascending. It is the counting sort of the whole database reduced to
 * the places of the relevant items: an item's rank is the number of nearer items, plus the earlier ones as far.
 */
function placeRelevant(distances: Uint16Array, mask: Uint8Array, groups: TieGroups, ranks: Int32Array): void {
  const nextRank = startsOf(groups.sizes, 1);
  const nextPlace = startsOf(groups.relevant, 0);
  for (let i = 0; i < distances.length; i++) {
    const distance = distances[i];
    const rank = nextRank[distance]++;
    if (mask[i] !== 0) ranks[nextPlace[distance]++] = rank;
  }
}

/** The running sum before each entry, from `first` on. */
export function startsOf(sizes: Uint32Array, first: number): Int32Array {
  const starts = new Int32Array(sizes.length);
  let sum = first;
  for (let i = 0; i < sizes.length; i++) {
    starts[i] = sum;
    sum += sizes[i];
  }
  return starts;
}
