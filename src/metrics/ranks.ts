import type { CurveSums } from "./radius.js";

/** Precision and recall of the first places of a ranking. */
export interface RankPoint {
  /** The number N of first places, from 1. */
  readonly rank: number;
  /** Mean over queries of the relevant share of these places (P@N), 0..1. */
  readonly precision: number;
  /** Mean over queries of the share of the relevant items in these places (R@N), 0..1. */
  readonly recall: number;
}

/** Number of relevant items in the first `rank` places. @param relevantRanks (P,) from 1, ascending */
export function hitsAt(relevantRanks: Int32Array, rank: number): number {
  let low = 0;
  let high = relevantRanks.length;
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
  for (let i = 0; i < ranks.length; i++) {
    const hits = hitsAt(relevantRanks, ranks[i]);
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
