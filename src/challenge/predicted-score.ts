import { Random } from "../core/random.js";
import { quantile } from "../metrics/bootstrap.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { FoldScores, FoldTable } from "./fold-scores.js";
import { foldTables } from "./fold-scores.js";
import type { ProductDraws } from "./product-draws.js";

/** Where the score of a test part is to be expected. */
export interface PredictedScore {
  readonly score: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  /** Products of the test part that this is for. */
  readonly products: number;
  /** False when the test's number of products is not known, and is taken to be that of a fold. */
  readonly productsKnown: boolean;
  /** By how much the mean over folds was lowered, since the best of several looks better than it is. */
  readonly luck: number;
}

/** Settings of {@link predictedScore}. */
export interface PredictionOptions {
  /** Which of the results is predicted. */
  readonly way: number;
  /** Products of the test part. Default: not known, as many as a fold holds. */
  readonly products?: number;
  /** True when this way was chosen for its mean, so that the luck of that is taken out. Default false. */
  readonly chosen?: boolean;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * The score that folds predict for a test part of so many products, as an interval in which it lies with this confidence:
 * no interval of a mean, for a test has products of its own. What varies is added up in draws:
 * - the test's products: as many as it has, drawn with replacement from all that were held out;
 * - those held out, by which the mean is known: the bootstrap's deviations;
 * - trainings and galleries: the deviation between folds as far as it exceeds what their products explain, with the tails
 *   of Student's t, since folds are few.
 * It holds for tests whose products, pictures and gallery are like the folds'.
 * @param draws of the same results
 */
export function predictedScore(
  results: readonly FoldScores[],
  draws: ProductDraws,
  { way, products, chosen = false, confidence = 0.95, seed = 0 }: PredictionOptions,
): PredictedScore {
  const { folds } = foldTables(results);
  const held = Math.max(1, Math.round(meanAndDeviation(folds.map(({ places }) => places.length)).mean));
  const asked = products ?? held;
  const random = new Random(seed).stream("predicted score");
  const mean = draws.means[way];
  const luck = chosen ? Math.max(0, mean - draws.bestUnseen) : 0;
  const known = draws.deviations[way];
  const spread = betweenFolds(results[way].scores, folds, way);
  const pool = folds.flatMap(({ counts, sums }) => Array.from(counts, (count, i) => ({ count, sum: sums[way][i] })));
  const pooled = ratio(pool);
  const drawn = Float64Array.from(known, deviation => {
    const test = ratio(Array.from({ length: asked }, () => pool[random.integer(pool.length)]));
    return test - pooled + deviation + spread * studentDraw(random, folds.length - 1);
  }).sort();
  const within = (score: number): number => Math.min(1, Math.max(0, score));
  const score = within(mean - luck);
  const outside = (1 - confidence) / 2;
  return {
    score,
    low: within(score + quantile(drawn, outside)),
    high: within(score + quantile(drawn, 1 - outside)),
    confidence,
    products: asked,
    productsKnown: products !== undefined,
    luck,
  };
}

function ratio(some: readonly { readonly count: number; readonly sum: number }[]): number {
  let [count, sum] = [0, 0];
  for (const one of some) [count, sum] = [count + one.count, sum + one.sum];
  return sum / count;
}

/** The deviation of folds' scores that the products of each do not explain, and that of the mean of the folds beside it. */
function betweenFolds(scores: readonly number[], folds: readonly FoldTable[], way: number): number {
  if (scores.length < 2) return 0;
  const { deviation } = meanAndDeviation(scores);
  const explained = folds.map(({ counts, sums }, fold) => {
    const m = counts.length;
    if (m < 2) return 0;
    const all = counts.reduce((sum, count) => sum + count, 0);
    const squares = sums[way].reduce((sum, value, i) => sum + (value - scores[fold] * counts[i]) ** 2, 0);
    return (squares / all ** 2) * (m / (m - 1));
  });
  const rest = deviation ** 2 - meanAndDeviation(explained).mean;
  return rest > 0 ? Math.sqrt(rest * (1 + 1 / scores.length)) : 0;
}

/** A draw of Student's t. */
function studentDraw(random: Random, freedom: number): number {
  if (freedom < 1) return 0;
  const [normal, ...others] = random.normals(freedom + 1);
  return normal / Math.sqrt(others.reduce((sum, value) => sum + value * value, 0) / freedom);
}
