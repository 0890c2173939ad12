import type { ChallengeSet } from "../challenge/challenge-set.js";
import { challengeSet } from "../challenge/challenge-set.js";
import type { RankingMethod } from "../challenge/gallery-ranker.js";
import { productFold } from "../challenge/product-folds.js";
import { rankGallery } from "../challenge/rank-gallery.js";
import { scoreSubmission } from "../challenge/score.js";
import { submissionLines } from "../challenge/submission.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { singleLabels } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import { roundedNumber, shownNumber } from "../core/shown-number.js";
import type { Dataset } from "../datasets/dataset.js";
import type { FeatureSet } from "../features/extract.js";
import type { Figure } from "../plots/figure.js";
import type { FigureOptions } from "../plots/figure-layout.js";
import type { Line } from "../plots/lines.js";
import { linesFigure } from "../plots/lines.js";
import type { Sides } from "../ranking/side.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { TrainSettings } from "../training/train-config.js";
import { resolveConfig } from "../training/train-config.js";
import { trainHead } from "../training/train-head.js";
import { encodedSides, featureSides } from "./challenge-candidates.js";
import { trainApart } from "./train-apart.js";

/** Labelled images and their features. */
export interface FoldData {
  /** What computes, where the options name no other. Default: the best that is there. */
  readonly engine?: Engine;
  readonly dataset: Dataset;
  readonly featureSet: Pick<FeatureSet, "features">;
}

/** Scores of one way to search, a value a fold. */
export interface FoldScores {
  readonly name: string;
  /** 0.5 · top-1 + 0.5 · mAP@10 of the fold's queries. */
  readonly scores: readonly number[];
}

/** Settings of {@link scoreOverFolds}. */
export interface FoldOptions {
  /** Number of folds. Default 5. */
  readonly of?: number;
  /** Of the deal of products to folds. Default 0. */
  readonly seed?: number;
  /** Products trained on, at most, drawn by the seed. Default: all that are not held out. */
  readonly products?: number;
  /** Default: that of the data, else the best that is there. */
  readonly engine?: Engine;
  readonly onProgress?: ProgressListener;
}

/**
 * Trains on the products outside of each fold and scores on those inside, several folds at a time: every product is held
 * out once. Cosine of features, which learns nothing, comes first.
 * @param configs trainings by name
 * @param methods rankings of codes by name, each tried with each training
 * @throws {InputError} as `trainHead` and `rankGallery`
 */
export async function scoreOverFolds(
  data: FoldData,
  configs: Readonly<Record<string, TrainSettings>>,
  methods: Readonly<Record<string, RankingMethod>>,
  options: FoldOptions = {},
): Promise<FoldScores[]> {
  return (await scoreEach(data, configs, methods, { ...options, counts: [options.products] }))[0];
}

/** Scores over folds for each number of products: all trainings of all of them, several at a time. */
async function scoreEach(
  data: FoldData,
  configs: Readonly<Record<string, TrainSettings>>,
  methods: Readonly<Record<string, RankingMethod>>,
  { of = 5, seed = 0, counts, onProgress, ...rest }: FoldOptions & { readonly counts: readonly (number | undefined)[] },
): Promise<FoldScores[][]> {
  const { features } = data.featureSet;
  const engine = rest.engine ?? data.engine ?? (await openEngine());
  for (const config of Object.values(configs)) resolveConfig(config); // all of them before the first is trained
  const labels = singleLabels(data.dataset.labels, "folds by product");
  const folds = openFolds(data.dataset, labels, { of, seed, engine });
  const base: number[] = [];
  for (const fold of folds) base.push(await fold.score(featureSides(features, fold.rows), { ranking: "features" }));
  const tables = counts.map(() => emptyScores(configs, methods));
  const trainings = counts.flatMap((products, at) =>
    folds.flatMap((_, fold) => Object.entries(configs).map(([name, config]) => ({ fold, at, products, name, config }))),
  );
  const meter = new ProgressMeter("folds", trainings.length, "trainings", onProgress);
  let trained = 0;
  await trainApart(trainings, { engine }, async ({ fold, at, products, name, config }, place) => {
    const train = someProducts(labels, folds[fold].train, products, seed);
    const { head } = await trainHead({ features, labels, train }, config, place);
    const sides = await encodedSides(features, folds[fold].rows, head, { engine });
    for (const [how, method] of Object.entries(methods)) {
      tables[at][`${name}: ${how}`][fold] = await folds[fold].score(sides, method);
    }
    meter.report(++trained, `fold ${fold + 1} of ${of}, ${name}`);
  });
  return tables.map(table => [
    { name: "cosine on features", scores: base },
    ...Object.entries(table).map(([name, scores]) => ({ name, scores })),
  ]);
}

/** Nothing yet of each training by each ranking, in the order of tables. */
function emptyScores(configs: object, methods: object): Record<string, number[]> {
  const hows = Object.keys(methods);
  return Object.fromEntries(Object.keys(configs).flatMap(name => hows.map(how => [`${name}: ${how}`, []])));
}

/** One fold: what is held out, what may be trained on, how a ranking of its gallery scores. */
interface Fold {
  readonly train: Int32Array;
  readonly rows: ChallengeSet["rows"];
  score(sides: Sides, method: RankingMethod): Promise<number>;
}

function openFolds(
  dataset: Dataset,
  labels: Int32Array,
  { of, seed, engine }: { readonly of: number; readonly seed: number; readonly engine: Engine },
): Fold[] {
  return Array.from({ length: of }, (_, i): Fold => {
    const fold = i + 1;
    const { train } = productFold(labels, { fold, of, seed });
    const set = challengeSet(dataset, { fold: { fold, of }, foldSeed: seed });
    return {
      train,
      rows: set.rows,
      async score(sides, method) {
        const ranked = await rankGallery(sides, { ...method, engine });
        const lines = submissionLines(ranked, set.names.queries, set.names.gallery);
        return scoreSubmission(lines, set.names, set.labels).score;
      },
    };
  });
}

/** The rows of some of their products. */
function someProducts(labels: Int32Array, rows: Int32Array, count: number | undefined, seed: number): Int32Array {
  if (count === undefined) return rows;
  const products = Int32Array.from(new Set(rows.map(row => labels[row])));
  const order = new Random(seed).stream("products trained on").permutation(products.length);
  const kept = new Set(Array.from(order.subarray(0, count), at => products[at]));
  return rows.filter(row => kept.has(labels[row]));
}

/**
 * Mean scores over folds by the number of products trained on: what more labelled products would bring.
 * @param configs trainings by name
 * @param methods rankings of codes by name, each tried with each training
 * @param counts numbers of products, ascending
 * @returns a line a way to search, its y the means; cosine of features first, all methods but the first dashed
 * @throws {InputError} as `scoreOverFolds`
 */
export async function scoreByProducts(
  data: FoldData,
  configs: Readonly<Record<string, TrainSettings>>,
  methods: Readonly<Record<string, RankingMethod>>,
  counts: readonly number[],
  options: Omit<FoldOptions, "products"> = {},
): Promise<Line[]> {
  const means = new Map<string, number[]>();
  for (const results of await scoreEach(data, configs, methods, { ...options, counts })) {
    for (const { name, scores } of results) {
      means.set(name, [...(means.get(name) ?? []), meanAndDeviation(scores).mean]);
    }
  }
  const dashed = Object.keys(methods).slice(1);
  return Array.from(means, ([name, y]) => {
    const dash = dashed.some(how => name.endsWith(`: ${how}`)) ? ("dash" as const) : ("solid" as const);
    return { name, x: counts, y, dash };
  });
}

/**
 * Scores over the number of products trained on, as {@link scoreByProducts} gives them.
 * @throws {InputError} when there is no line
 */
export function scoreByProductsFigure(lines: readonly Line[], options: FigureOptions = {}): Figure {
  const values = lines.flatMap(({ y }) => Array.from(y));
  const yRange = [Math.min(...values) - 0.05, Math.max(...values) + 0.05] as const;
  return linesFigure(lines, { ...options, xAxis: "products trained on", yAxis: "mean score over folds", yRange });
}

/** A row a way to search. (A type, not an interface: tables take objects with any keys.) */
export type FoldRow = Readonly<Record<string, string | number>>;

/** Rows for a table in a cell: mean and standard deviation over folds, in how many folds it beats the first, each fold. */
export function foldRows(results: readonly FoldScores[]): FoldRow[] {
  const base = results[0].scores;
  return results.map(({ name, scores }, i) => {
    const { mean, deviation } = meanAndDeviation(scores);
    const better = scores.filter((score, fold) => score > base[fold]).length;
    return {
      method: name,
      "mean score": roundedNumber(mean),
      "±": roundedNumber(deviation),
      "better in": i === 0 ? "–" : `${better} of ${scores.length}`,
      ...Object.fromEntries(scores.map((score, fold) => [`fold ${fold + 1}`, roundedNumber(score)])),
    };
  });
}

/**
 * One sentence for people: whether codes beat cosine on features, with the numbers, and by which ranking most.
 * @param results of `scoreOverFolds`
 */
export function foldVerdict(results: readonly FoldScores[]): string {
  const [base, ...others] = results.map(({ name, scores }) => ({ name, scores, mean: meanAndDeviation(scores).mean }));
  const best = others.reduce((leader, one) => (one.mean > leader.mean ? one : leader));
  const folds = base.scores.length;
  const wins = best.scores.filter((score, fold) => score > base.scores[fold]).length;
  const against = `${shownNumber(best.mean)} against ${shownNumber(base.mean)} in the mean over ${folds} folds`;
  const pays = best.mean > base.mean ? "beats" : "does not beat";
  return `**${best.name} ${pays} ${base.name}**: ${against}, better in ${wins} of ${folds}.`;
}
