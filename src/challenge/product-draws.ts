import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { FoldTables } from "./fold-scores.js";
import { weightedScore } from "./fold-scores.js";

/** Settings of {@link drawProducts}. */
export interface DrawOptions {
  /** Draws, 100 or more. Default 2000. */
  readonly resamples?: number;
  /** Any integer. Default 0. */
  readonly seed?: number;
}

/** What ways to search would score had other products been held out. */
export interface ProductDraws {
  /** (ways,) with the products that there are. */
  readonly means: Float64Array;
  /** For each way (resamples,): what it scores more than its mean with the products drawn. */
  readonly deviations: readonly Float64Array[];
  /**
   * What the best of the ways is worth, the luck of having been chosen taken out: chosen by the products of a draw, scored
   * by those that it left out, in the mean over draws.
   */
  readonly bestUnseen: number;
  /** Products less the folds they are drawn in: degrees of freedom of a deviation. */
  readonly freedom: number;
}

/**
 * Bootstrap over products: queries of a product are alike, so products are drawn, with replacement, as many as there are
 * of each fold (of the first deal, where there are several: a product weighs the same in all), the same for all ways to
 * search. Deviations are widened by √(m / (m − 1)), m the products of a fold, for a sample varies less than what it is of.
 * The luck of the best is taken out as in bootstrap bias corrected cross-validation (Tsamardinos, Greasidou, Borboudakis,
 * Machine Learning 107, 2018).
 * @param ways how many the tables are of
 * @throws {InputError} for fewer than two products or too few resamples
 */
export function drawProducts(tables: FoldTables, ways: number, options: DrawOptions = {}): ProductDraws {
  const { resamples = 2000, seed = 0 } = options;
  const count = tables.products.length;
  if (count < 2) throw new InputError("one product tells nothing of others", { expected: "two or more held out" });
  if (!(Number.isSafeInteger(resamples) && resamples >= 100)) {
    throw new InputError("these draws cannot be made", { expected: "100 resamples or more", actual: `${resamples}` });
  }
  const random = new Random(seed).stream("products drawn");
  const strata = strataOf(tables);
  const size = count / strata.length;
  const wider = Math.sqrt(size / (size - 1));
  const all = new Float64Array(count).fill(1);
  const means = Float64Array.from({ length: ways }, (_, way) => weightedScore(tables, way, all));
  const deviations = Array.from(means, () => new Float64Array(resamples));
  let unseen = 0;
  let counted = 0;
  for (let draw = 0; draw < resamples; draw++) {
    const weights = new Float64Array(count);
    for (const places of strata) for (const _ of places) weights[places[random.integer(places.length)]]++;
    const scores = Float64Array.from(means, (_, way) => weightedScore(tables, way, weights));
    for (let way = 0; way < ways; way++) deviations[way][draw] = wider * (scores[way] - means[way]);
    const left = weightedScore(
      tables,
      placeOfMost(scores),
      weights.map(weight => (weight === 0 ? 1 : 0)),
    );
    if (Number.isNaN(left)) continue; // a draw of few products may leave none out
    unseen += left;
    counted++;
  }
  return {
    means,
    deviations,
    bestUnseen: counted === 0 ? Math.max(...means) : unseen / counted,
    freedom: count - strata.length,
  };
}

/** Products of each fold that first asks for them; all together where folds ask for fewer than two. */
function strataOf({ products, folds }: FoldTables): Int32Array[] {
  const seen = new Set<number>();
  const strata = folds.map(({ places }) => places.filter(place => !seen.has(place) && seen.add(place)));
  const whole = strata.filter(places => places.length > 0);
  return whole.every(places => places.length >= 2) ? whole : [Int32Array.from(products.keys())];
}

/** The first of the greatest. */
export function placeOfMost(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
