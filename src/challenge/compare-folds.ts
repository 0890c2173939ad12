import { InputError } from "../core/errors.js";
import type { BootstrapInterval } from "../metrics/bootstrap.js";
import { quantile } from "../metrics/bootstrap.js";
import type { FoldScores } from "./fold-scores.js";
import { foldTables } from "./fold-scores.js";
import type { DrawOptions, ProductDraws } from "./product-draws.js";
import { drawProducts, placeOfMost } from "./product-draws.js";

/** Settings of {@link compareFolds}. */
export interface CompareFoldsOptions extends DrawOptions {
  /** Of all intervals, above 0, below 1. Default 0.95. */
  readonly confidence?: number;
}

/** A difference of two scores, corrected for how many were looked at. */
export interface CorrectedDifference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Chance of so large a difference, either way, among all that were looked at, were there none. */
  readonly pValue: number;
}

/** How one way to search did among others. */
export interface ComparedWay {
  readonly name: string;
  /** Mean over folds, with the interval of this way alone. */
  readonly score: BootstrapInterval;
  /** To the first way, corrected for the comparison of all others with it. Zeros for the first. */
  readonly difference: CorrectedDifference;
  /** To the best way, corrected for the comparison of every pair, since only the scores say which is best. */
  readonly toBest: CorrectedDifference;
}

/** Ways to search on the same folds. */
export interface ComparedFolds {
  readonly ways: readonly ComparedWay[];
  /** Place of the one with the highest mean; of several the first. */
  readonly best: number;
  readonly confidence: number;
  /** Products that are asked for, and folds. */
  readonly products: number;
  readonly folds: number;
}

/**
 * Compares ways to search, paired by query and drawn by product. Intervals of differences hold together, for all
 * comparisons of a family at once: d ± q·s, with s the bootstrap deviation of a difference and q the quantile of the
 * greatest of all |d* − d| / s in a draw (single-step maxT: Westfall, Young, "Resampling-based multiple testing", 1993,
 * section 2.3), widened as quantiles of Student's t are for as many products. They tell of the choice of products, and of the trainings as far as folds differ by them.
 * @param results the first is what the others are compared with
 * @throws {InputError} as `foldTables` and `drawProducts`, and for a confidence out of bounds
 */
export function compareFolds(results: readonly FoldScores[], options: CompareFoldsOptions = {}): ComparedFolds {
  return comparedDraws(results, drawnFolds(results, options), options);
}

/** The draws that {@link compareFolds} compares by. */
export function drawnFolds(results: readonly FoldScores[], options: DrawOptions = {}): ProductDraws {
  return drawProducts(foldTables(results), results.length, options);
}

/** {@link compareFolds} of draws that are there. */
export function comparedDraws(
  results: readonly FoldScores[],
  draws: ProductDraws,
  { confidence = 0.95 }: Pick<CompareFoldsOptions, "confidence"> = {},
): ComparedFolds {
  if (!(confidence > 0 && confidence < 1)) {
    throw new InputError("there is no such confidence", { expected: "above 0, below 1", actual: `${confidence}` });
  }
  const ways = [...results.keys()];
  const best = placeOfMost(draws.means);
  const toFirst = correctedDifferences(
    draws,
    ways.slice(1).map((way): Pair => [way, 0]),
    confidence,
  );
  const pairs = ways.flatMap(a => ways.slice(a + 1).map((b): Pair => (b === best ? [a, b] : [b, a])));
  const ofPairs = correctedDifferences(draws, pairs, confidence);
  const products = new Set(results[0].queries.flatMap(({ products: some }) => Array.from(some)));
  return {
    ways: results.map(({ name }, way) => ({
      name,
      score: intervalOf(draws, way, confidence),
      difference: toFirst.get(`${way} ${0}`) ?? NONE,
      toBest: ofPairs.get(`${way} ${best}`) ?? NONE,
    })),
    best,
    confidence,
    products: products.size,
    folds: results[0].scores.length,
  };
}

const NONE: CorrectedDifference = { value: 0, low: 0, high: 0, pValue: 1 };

/** Percentile interval of one way. */
function intervalOf({ means, deviations }: ProductDraws, way: number, confidence: number): BootstrapInterval {
  const mean = means[way];
  const sorted = deviations[way].slice().sort();
  const outside = (1 - confidence) / 2;
  const at = (share: number): number => Math.min(1, Math.max(0, mean + quantile(sorted, share)));
  return { mean, low: at(outside), high: at(1 - outside) };
}

/** Places of two ways, the second taken from the first. */
type Pair = readonly [number, number];

/** Differences a − b of pairs, all corrected together; by `a b`. */
function correctedDifferences(
  { means, deviations, freedom }: ProductDraws,
  pairs: readonly Pair[],
  confidence: number,
): Map<string, CorrectedDifference> {
  const greatest = new Float64Array(deviations[0].length);
  const errors = pairs.map(([a, b]) => {
    const moved = deviations[a].map((value, draw) => value - deviations[b][draw]);
    const error = Math.sqrt(moved.reduce((sum, value) => sum + value * value, 0) / moved.length);
    if (error > SAME)
      moved.forEach((value, draw) => {
        greatest[draw] = Math.max(greatest[draw], Math.abs(value) / error);
      });
    return error;
  });
  const widened = greatest.map(most => studentQuantile(most, freedom));
  const sorted = widened.slice().sort();
  const reach = quantile(sorted, confidence);
  return new Map(
    pairs.map(([a, b], i) => {
      const value = means[a] - means[b];
      const size = errors[i] > SAME ? Math.abs(value) / errors[i] : value === 0 ? 0 : Number.POSITIVE_INFINITY;
      const extreme = widened.reduce((count, most) => count + (most >= size ? 1 : 0), 0);
      const pValue = size === 0 ? 1 : (1 + extreme) / (1 + widened.length);
      return [`${a} ${b}`, { value, low: value - reach * errors[i], high: value + reach * errors[i], pValue }];
    }),
  );
}

/**
 * The quantile of Student's t with so many degrees of freedom where the normal distribution has z (Abramowitz, Stegun,
 * "Handbook of mathematical functions", 26.7.5): of few products a deviation is not known well.
 */
function studentQuantile(z: number, freedom: number): number {
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return z + first / freedom + second / freedom ** 2;
}

/** Ways whose differences vary less than this rank alike. */
const SAME = 1e-12;
