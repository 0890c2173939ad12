import type { ChallengeSet } from "../challenge/challenge-set.js";
import { challengeSet } from "../challenge/challenge-set.js";
import type { FoldQueries } from "../challenge/fold-scores.js";
import type { RankingMethod } from "../challenge/gallery-ranker.js";
import { productFold } from "../challenge/product-folds.js";
import { rankGallery } from "../challenge/rank-gallery.js";
import type { QueryScore } from "../challenge/score.js";
import { scoreQueries } from "../challenge/score.js";
import { submissionLines } from "../challenge/submission.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import type { Dataset } from "../datasets/dataset.js";
import { meanOf } from "../metrics/bootstrap.js";
import type { Sides } from "../ranking/side.js";

/** Which fold of which deal of products. */
export interface FoldPlace {
  /** 1..of */
  readonly fold: number;
  readonly of: number;
  /** Of the deal. */
  readonly seed: number;
}

/** How a ranking did on a fold. */
export interface FoldScore {
  readonly score: number;
  readonly queries: FoldQueries;
}

/** One fold: what is held out, what may be trained on, how a ranking of its gallery scores. */
export interface Fold extends FoldPlace {
  readonly train: Int32Array;
  readonly set: ChallengeSet;
  score(sides: Sides, method: RankingMethod): Promise<FoldScore>;
}

/** All folds of so many deals: the seed of each is one more than that of the one before. */
export function foldPlaces(of: number, repeats: number, seed: number): FoldPlace[] {
  return Array.from({ length: of * repeats }, (_, i) => ({
    fold: (i % of) + 1,
    of,
    seed: seed + Math.floor(i / of),
  }));
}

/**
 * A fold of labelled images as the challenge asks for it; no image is read.
 * @throws {InputError} when there is no such fold
 */
export function openFold(dataset: Dataset, { fold, of, seed }: FoldPlace, { engine }: { engine: Engine }): Fold {
  const labels = singleLabels(dataset.labels, "folds by product");
  const { train } = productFold(labels, { fold, of, seed });
  const set = challengeSet(dataset, { fold: { fold, of }, foldSeed: seed });
  return {
    ...{ fold, of, seed, train, set },
    async score(sides, method) {
      const ranked = await rankGallery(sides, { ...method, engine });
      const lines = submissionLines(ranked, set.names.queries, set.names.gallery);
      const queries = foldQueries(scoreQueries(lines, set.names, set.labels), set);
      return { score: meanOf(queries.scores), queries };
    },
  };
}

/**
 * Products and scores of queries.
 * @throws {InputError} when no query has a relevant gallery image
 */
export function foldQueries(
  perQuery: readonly QueryScore[],
  { labels, title }: Pick<ChallengeSet, "labels" | "title">,
): FoldQueries {
  if (perQuery.length === 0) throw new InputError(`no query of ${title} has a relevant gallery image`);
  return {
    products: Int32Array.from(perQuery, ({ query }) => labels.queries[query]),
    scores: Float64Array.from(perQuery, ({ top1, averagePrecision }) => 0.5 * top1 + 0.5 * averagePrecision),
  };
}
