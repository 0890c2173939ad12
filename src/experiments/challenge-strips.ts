import type { ChallengeSet } from "../challenge/challenge-set.js";
import type { RankingResult } from "../challenge/compare-rankings.js";
import type { QueryScore } from "../challenge/score.js";
import type { NdArray } from "../core/arrays.js";
import type { Dataset } from "../datasets/dataset.js";
import type { ResultStrip } from "../images/result-strips.js";
import { searchStrips } from "./search-strips.js";

/**
 * Queries of a challenge with the first images of ranked lists, right ones told by the labels; for `resultStrips`.
 * @param dataset the images
 * @param set rows of its queries and gallery
 * @param ranked (queries, k) rows of the gallery, best first
 * @param queries places among the queries
 * @param options images a query
 * @throws {InputError} when an image cannot be read
 */
export async function challengeStrips(
  dataset: Dataset,
  { rows }: Pick<ChallengeSet, "rows">,
  ranked: NdArray<Int32Array>,
  queries: readonly number[],
  options: {
    /** Images a query. Default 10. */
    places?: number;
  } = {},
): Promise<ResultStrip[]> {
  const { places = 10 } = options;
  const width = ranked.shape[1];
  const found = queries.map(query =>
    Array.from(ranked.data.subarray(query * width, query * width + Math.min(places, width)), (item, place) => ({
      row: rows.gallery[item],
      caption: `${place + 1}`,
    })),
  );
  return searchStrips(
    dataset,
    Int32Array.from(queries, query => rows.query[query]),
    found,
  );
}

/**
 * Queries with gallery images of their product: what is to be found; for `resultStrips`.
 * @param dataset the images
 * @param set rows and labels of its queries and gallery
 * @param queries places among the queries
 * @param options images a query
 * @throws {InputError} when an image cannot be read
 */
export async function productStrips(
  dataset: Dataset,
  { rows, labels }: Pick<ChallengeSet, "rows" | "labels">,
  queries: readonly number[],
  options: {
    /** Images a query, at most. Default 10. */
    places?: number;
  } = {},
): Promise<ResultStrip[]> {
  const { places = 10 } = options;
  const found = queries.map(query =>
    Array.from(rows.gallery)
      .filter((_, item) => labels.gallery[item] === labels.queries[query] && labels.queries[query] >= 0)
      .slice(0, places)
      .map(row => ({ row, caption: "" })),
  );
  return searchStrips(
    dataset,
    Int32Array.from(queries, query => rows.query[query]),
    found,
  );
}

/**
 * The first queries of so many products, spread over them.
 * @param set labels of the queries
 * @param count products, cut to those that there are
 * @returns places among the queries
 */
export function queriesOfProducts({ labels }: Pick<ChallengeSet, "labels">, count: number): number[] {
  const first = new Map<number, number>();
  labels.queries.forEach((label, query) => {
    if (label >= 0 && !first.has(label)) first.set(label, query);
  });
  const all = [...first.values()];
  const shown = Math.min(count, all.length);
  return Array.from({ length: shown }, (_, i) => all[Math.floor((i * all.length) / shown)]);
}

/**
 * The queries of least average precision, worst first, one a product.
 * @param result with the value of each query
 * @param set labels of the queries
 * @param count queries, cut to the products that there are
 * @returns places among the queries
 */
export function worstQueries(
  { perQuery }: Pick<RankingResult, "perQuery">,
  set: Pick<ChallengeSet, "labels">,
  count: number,
): number[] {
  return firstOfProducts(perQuery, set, ({ averagePrecision }) => averagePrecision).slice(0, count);
}

/**
 * The queries whose average precision is nearest to the median of all, nearest first, one a product: what usually comes of
 * a search, where the worst say what may.
 * @param result with the value of each query
 * @param set labels of the queries
 * @param count queries, cut to the products that there are
 * @returns places among the queries
 */
export function typicalQueries(
  { perQuery }: Pick<RankingResult, "perQuery">,
  set: Pick<ChallengeSet, "labels">,
  count: number,
): number[] {
  const values = perQuery.map(({ averagePrecision }) => averagePrecision).sort((a, b) => a - b);
  const median = (values[(values.length - 1) >> 1] + values[values.length >> 1]) / 2;
  return firstOfProducts(perQuery, set, ({ averagePrecision }) => Math.abs(averagePrecision - median)).slice(0, count);
}

/** Queries by ascending measure, ties in their order, the first of each product. */
function firstOfProducts(
  perQuery: readonly QueryScore[],
  { labels }: Pick<ChallengeSet, "labels">,
  measure: (query: QueryScore) => number,
): number[] {
  const seen = new Set<number>();
  return [...perQuery]
    .sort((a, b) => measure(a) - measure(b) || a.query - b.query)
    .filter(({ query }) => {
      const isNew = !seen.has(labels.queries[query]);
      seen.add(labels.queries[query]);
      return isNew;
    })
    .map(({ query }) => query);
}
