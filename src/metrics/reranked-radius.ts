import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { searchWithin } from "../ranking/hamming-search.js";
import type { ParallelScanOptions } from "../ranking/parallel-rankings.js";
import { relevanceByLabels } from "../ranking/relevance.js";
import type { Sides, SideWith } from "../ranking/side.js";
import { sidesWith } from "../ranking/side.js";
import { averagePrecision } from "./average-precision.js";
import { meanOf } from "./bootstrap.js";
import { labelledSides } from "./labelled-sides.js";

export interface RerankedRadiusOptions extends ParallelScanOptions {
  /** Hamming radius, inclusive. Default 2; 0 or more. */
  radius?: number;
  /** Items of unknown class, as for `evaluateCodes`. Default "drop". */
  unlabelled?: Unlabelled;
}

/** Retrieval within a Hamming radius, its items re-ranked by relaxed codes: what the DCH authors' code reports. */
export interface RerankedRadius {
  /** Mean relevant share of the ball; an empty ball counts 0. As without re-ranking. */
  readonly precision: number;
  /** Mean share of the relevant items that the ball holds. As without re-ranking. */
  readonly recall: number;
  /**
   * "MAP@H≤2" of thulab/DeepHash: the ball by descending inner product of relaxed codes, divided by the relevant items
   * in the ball. An empty ball counts 0; a ball with items but no relevant one is left out of the mean.
   */
  readonly rerankedMAP: number;
  /** The same with balls without relevant items counted 0, comparable to `radius2.mAP`. */
  readonly rerankedMAPOverAll: number;
  /** Share of the queries whose ball is empty. */
  readonly emptyBalls: number;
}

/**
 * Looks up the ball of each query among hash codes, then ranks what is in it by inner products of relaxed codes
 * (`get_precision_recall_by_Hamming_Radius` of github.com/thulab/DeepHash). Means are over the queries that have a
 * relevant item in the database.
 * @throws {InputError} when shapes or labels do not fit together, or no query has a relevant item
 */
export async function rerankedRadius(
  all: Sides<SideWith<"relaxedCodes" | "labels">>,
  options: RerankedRadiusOptions = {},
): Promise<RerankedRadius> {
  const { sides } = labelledSides(sidesWith(all, "relaxedCodes", "labels"), options.unlabelled);
  const relevance = relevanceByLabels(sides);
  const [queries, database] = [sides.queries.relaxedCodes, sides.database.relaxedCodes];
  const signs = (relaxed: NdArray<Float32Array>): SideWith<"codes"> => ({ codes: packCodes(binarize(relaxed)) });
  const balls = await searchWithin({ queries: signs(queries), database: signs(database) }, options);
  const mask = new Uint8Array(relevance.database);
  const values: { precision: number; recall: number; averagePrecision: number; size: number; hits: number }[] = [];
  for (let query = 0; query < relevance.queries; query++) {
    const relevant = relevance.mark(query, mask);
    if (relevant === 0) continue;
    const ball = balls.indices.slice(balls.starts[query], balls.starts[query + 1]);
    const ranks = rerankedHits(queries, query, database, ball, mask);
    const [size, hits] = [ball.length, ranks.length];
    const precision = size === 0 ? 0 : hits / size;
    values.push({ precision, recall: hits / relevant, averagePrecision: averagePrecision(ranks), size, hits });
  }
  if (values.length === 0) throw new InputError("no query has a relevant item, so there is nothing to measure");
  return {
    precision: meanOf(values.map(value => value.precision)),
    recall: meanOf(values.map(value => value.recall)),
    rerankedMAP: meanOrZero(values.filter(({ size, hits }) => size === 0 || hits > 0).map(v => v.averagePrecision)),
    rerankedMAPOverAll: meanOf(values.map(value => value.averagePrecision)),
    emptyBalls: meanOf(values.map(({ size }) => (size === 0 ? 1 : 0))),
  };
}

const meanOrZero = (values: number[]): number => (values.length === 0 ? 0 : meanOf(values));

/** Ranks from 1 of the relevant items of a ball by descending inner product, ties in the ball's order. */
function rerankedHits(
  queries: NdArray<Float32Array>,
  query: number,
  database: NdArray<Float32Array>,
  ball: Int32Array,
  mask: Uint8Array,
): Int32Array {
  const bits = queries.shape[1];
  const products = Array.from(ball, item => {
    let product = 0;
    for (let bit = 0; bit < bits; bit++) product += queries.data[query * bits + bit] * database.data[item * bits + bit];
    return product;
  });
  const order = [...products.keys()].sort((a, b) => products[b] - products[a] || a - b);
  return Int32Array.from(order.flatMap((place, rank) => (mask[ball[place]] === 1 ? [rank + 1] : [])));
}
