import type { Candidate } from "../challenge/candidate.js";
import type { ChallengeSet } from "../challenge/challenge-set.js";
import type { ChoiceRule } from "../challenge/choice-rule.js";
import { CHOICE_RULES, chosenPlace } from "../challenge/choice-rule.js";
import { comparedDraws, drawnFolds } from "../challenge/compare-folds.js";
import { predictedScore } from "../challenge/predicted-score.js";
import { foldsLike, productFold } from "../challenge/product-folds.js";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { takeLabels } from "../core/take-labels.js";
import type { Choice, ChoiceFolds, NarrowedWhitening } from "./choice.js";
import { choiceSentences } from "./choice-sentences.js";
import type { CandidateData, CompareCandidatesOptions } from "./compare-candidates.js";
import { compareCandidates } from "./compare-candidates.js";
import { usualCandidates } from "./default-candidates.js";
import { keptDirections } from "./learned-candidate.js";

/** Labelled images with features, and the test part that is to be answered. */
export interface ChoiceData extends CandidateData {
  /** Names and labels of the test part: it decides how many products a fold holds. Default: not known. */
  readonly test?: Pick<ChallengeSet, "labels" | "names" | "title">;
}

/** Settings of {@link chooseCandidate}. */
export interface ChooseOptions extends CompareCandidatesOptions {
  /** Number of folds. Default: so many that a fold holds about as many products as the test part; 5 where that is not known. */
  readonly of?: number;
  /** How one of them is taken. Default "best". */
  readonly rule?: ChoiceRule;
  /** Of all intervals, above 0, below 1. Default 0.95. */
  readonly confidence?: number;
}

/**
 * Compares candidates over folds of products that imitate the test part, and takes one by a rule: `submitChoice` trains it
 * on all products and answers the test. Finished folds are kept, see `compareCandidates`.
 * @param candidates the first is what the others are compared with. Default: `challengeCandidates`, for so many products
 * @throws {InputError} as `compareCandidates` and `compareFolds`, and for no such rule
 */
export async function chooseCandidate(
  data: ChoiceData,
  candidates: readonly Candidate[] = usualCandidates(data.dataset.labels),
  options: ChooseOptions = {},
): Promise<Choice> {
  const { rule = "best", confidence = 0.95, repeats = 1, seed = 0 } = options;
  if (!CHOICE_RULES.includes(rule)) {
    throw new InputError("there is no such rule", { expected: knownNames(`${rule}`, CHOICE_RULES), actual: `${rule}` });
  }
  const { labels, searchedAs } = data.dataset;
  const of = options.of ?? foldsLike(labels, data.test?.labels.queries);
  const results = await compareCandidates(data, candidates, { ...options, of, repeats, seed });
  const draws = drawnFolds(results, { seed });
  const compared = comparedDraws(results, draws, { confidence });
  const chosen = chosenPlace(compared, results, rule);
  const test = productsOf(data.test?.labels.queries);
  const predicted = predictedScore(results, draws, {
    way: chosen,
    chosen: rule === "best",
    confidence,
    seed,
    ...(test === null ? {} : { products: test }),
  });
  const labelled = labels.reduce((count, label) => count + (label >= 0 ? 1 : 0), 0);
  const queries = results[0].queries.reduce((sum, { products }) => sum + products.length, 0) / repeats;
  const folds: ChoiceFolds = {
    ...{ of, repeats, seed },
    products: { labelled: productsOf(labels) ?? 0, test },
    gallery: { fold: Math.round((labelled - queries) / of), test: data.test?.names.gallery.length ?? null },
    byRole: searchedAs !== undefined,
  };
  const narrowed = narrowedWhitenings(data, candidates, { of, seed });
  const choice = { results, compared, rule, chosen, candidate: candidates[chosen], predicted, folds, narrowed };
  return { ...choice, why: choiceSentences(choice) };
}

/** Whitenings that the products outside of the first fold have fewer directions for than asked. */
function narrowedWhitenings(
  { dataset: { labels }, featureSets }: ChoiceData,
  candidates: readonly Candidate[],
  { of, seed }: { readonly of: number; readonly seed: number },
): NarrowedWhitening[] {
  const trained = takeLabels(labels, productFold(labels, { fold: 1, of, seed }).train);
  return candidates.flatMap(({ name, features = Object.keys(featureSets)[0], whiten: asked, whitenBy }) => {
    if (asked === undefined) return [];
    const dim = featureSets[features].features.shape[1];
    const kept = keptDirections({ whiten: asked, whitenBy }, { dim, labels: trained });
    return kept < asked ? [{ name, asked, kept }] : [];
  });
}

/** How many products there are; null where none is known. */
function productsOf(labels: Int32Array | undefined): number | null {
  const known = new Set(labels?.filter(label => label >= 0));
  return known.size === 0 ? null : known.size;
}
