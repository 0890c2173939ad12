import type { QueryRanking } from "../ranking/query-ranking.js";
import { averagePrecision } from "./average-precision.js";
import type { CurveSums } from "./curve-sums.js";

/** The Hamming ball around one query. */
export interface Ball {
  /** Items at a distance of at most the radius. */
  readonly size: number;
  /** Relevant ones among them. */
  readonly hits: number;
  /**
   * Average precision of the ball taken as the whole database: its items by Hamming distance, ties by ascending index,
   * divided by the relevant items in the ball; 0 when it has none.
   */
  readonly averagePrecision: number;
}

/**
 * What lies within a Hamming radius of the query (inclusive). A lookup in a hash table of codes gives just this, hence
 * MAP@H≤2 (DCH, Cao et al., CVPR 2018, section 4). Unlike the authors' code this does not re-rank the ball by inner
 * products of relaxed codes.
 */
export function hammingBall(ranking: QueryRanking, radius: number): Ball {
  const { sizes, relevant } = ranking.groups;
  let size = 0;
  let hits = 0;
  for (let distance = 0; distance <= radius && distance < sizes.length; distance++) {
    size += sizes[distance];
    hits += relevant[distance];
  }
  return { size, hits, averagePrecision: averagePrecision(ranking.relevantRanks.subarray(0, hits)) };
}

/** Precision and recall of the balls of one radius. */
export interface RadiusPoint {
  /** Hamming distance, inclusive. */
  readonly radius: number;
  /** Mean over queries of the relevant share of the ball, 0..1; an empty ball counts 0. */
  readonly precision: number;
  /** Mean over queries of the share of the relevant items that the ball holds, 0..1. */
  readonly recall: number;
}

/** Adds a query's precision and recall at radius 0..bits to the sums. It has at least one relevant item. */
export function addRadiusCurve(ranking: QueryRanking, sums: CurveSums): void {
  const { sizes, relevant } = ranking.groups;
  let size = 0;
  let hits = 0;
  for (let radius = 0; radius < sums.precision.length; radius++) {
    size += sizes[radius];
    hits += relevant[radius];
    if (size > 0) sums.precision[radius] += hits / size;
    sums.recall[radius] += hits / ranking.relevantRanks.length;
  }
}
