import type { CurveSums } from "./curve-sums.js";

/** Precision and recall of the first places of a ranking. */
export interface RankPoint {
  /** The number N of first places, from 1. */
  readonly rank: number;
  /** Mean over queries of the relevant share of these places (P@N), 0..1. */
  readonly precision: number;
  /** Mean over queries of the share of the relevant items in these places (R@N), 0..1. */
  readonly recall: number;
}

/**
 * Number of relevant items in the first `rank` places.
 * @param relevantRanks (P,) from 1, ascending
 * @param known so many are certain to be there
 */
export function hitsAt(relevantRanks: Int32Array, rank: number, known = 0): number {
  let low = known;
  // No two items have the same rank.
  let high = Math.min(relevantRanks.length, rank);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (relevantRanks[middle] <= rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Adds a query's precision and recall at the ranks to the sums. It has at least one relevant item.
 * @param ranks (points,) ascending, 1..database
 */
export function addRankCurve(relevantRanks: Int32Array, ranks: readonly number[], sums: CurveSums): void {
  let hits = 0;
  for (let i = 0; i < ranks.length; i++) {
    hits = hitsAt(relevantRanks, ranks[i], hits);
    sums.precision[i] += hits / ranks[i];
    sums.recall[i] += hits / relevantRanks.length;
  }
}

/** Ranks at which to draw a curve, about evenly spaced on a logarithmic axis: 1, …, database; at most `points`. */
export function curveRanks(database: number, points = 60): number[] {
  const ranks = new Set<number>();
  for (let i = 0; i < points; i++) ranks.add(Math.round(database ** (i / (points - 1))));
  return [...ranks];
}
