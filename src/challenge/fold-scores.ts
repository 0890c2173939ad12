import { InputError } from "../core/errors.js";

/** The queries of one fold that have a relevant image, and how a way to search did for each. */
export interface FoldQueries {
  /** (n,) product of each. */
  readonly products: ArrayLike<number>;
  /** (n,) 0.5 · top-1 + 0.5 · AP@10 of each. */
  readonly scores: ArrayLike<number>;
}

/** Scores of one way to search, a value a fold. */
export interface FoldScores {
  readonly name: string;
  /** 0.5 · top-1 + 0.5 · mAP@10 of the fold's queries. */
  readonly scores: readonly number[];
  /** What each of these is the mean of. */
  readonly queries: readonly FoldQueries[];
}

/** Queries of a fold by product: queries of one product are alike, so products are what is drawn. */
export interface FoldTable {
  /** (products,) places in {@link FoldTables.products}. */
  readonly places: Int32Array;
  /** (products,) queries of each. */
  readonly counts: Float64Array;
  /** For each way to search (products,): the sum of its queries' scores. */
  readonly sums: readonly Float64Array[];
}

/** Scores of several ways to search on the same folds. */
export interface FoldTables {
  /** All products that some fold asks for. */
  readonly products: readonly number[];
  readonly folds: readonly FoldTable[];
}

/**
 * Sums the scores of queries by product.
 * @throws {InputError} when there is nothing, or the ways did not search with the same queries
 */
export function foldTables(results: readonly FoldScores[]): FoldTables {
  const [first] = results;
  if (first === undefined || first.queries.length === 0) {
    throw new InputError("there are no scores to compare", { expected: "at least one way to search, on one fold" });
  }
  for (const one of results) checkSameQueries(first, one);
  const products = [...new Set(first.queries.flatMap(({ products: some }) => Array.from(some)))];
  const placeOf = new Map(products.map((product, place) => [product, place]));
  const folds = first.queries.map(({ products: asked }, fold): FoldTable => {
    const own = [...new Set(Array.from(asked))];
    const at = new Map(own.map((product, i) => [product, i]));
    const sumsOf = (values: ArrayLike<number> | undefined): Float64Array => {
      const sums = new Float64Array(own.length);
      for (let i = 0; i < asked.length; i++) sums[at.get(asked[i])!] += values?.[i] ?? 1;
      return sums;
    };
    return {
      places: Int32Array.from(own, product => placeOf.get(product)!),
      counts: sumsOf(undefined),
      sums: results.map(({ queries }) => sumsOf(queries[fold].scores)),
    };
  });
  return { products, folds };
}

function checkSameQueries(first: FoldScores, other: FoldScores): void {
  const same =
    first.queries.length === other.queries.length &&
    first.queries.every(({ products }, fold) => {
      const { products: theirs, scores } = other.queries[fold];
      const n = products.length;
      if (theirs.length !== n || scores.length !== n || n === 0) return false;
      for (let i = 0; i < n; i++) if (theirs[i] !== products[i]) return false;
      return true;
    });
  if (same) return;
  throw new InputError(`${first.name} and ${other.name} cannot be compared`, {
    expected: "scores of the same queries, at least one a fold",
  });
}

/**
 * Mean over folds of the mean over queries, each product counted as often as it weighs.
 * @param way which one
 * @param weights (all products,) 0 or more; folds in which all are 0 are left out
 */
export function weightedScore({ folds }: FoldTables, way: number, weights: ArrayLike<number>): number {
  let sum = 0;
  let counted = 0;
  for (const { places, counts, sums } of folds) {
    const of = sums[way];
    let score = 0;
    let queries = 0;
    for (let i = 0; i < places.length; i++) {
      const weight = weights[places[i]];
      score += weight * of[i];
      queries += weight * counts[i];
    }
    if (queries === 0) continue;
    sum += score / queries;
    counted++;
  }
  return counted === 0 ? Number.NaN : sum / counted;
}
