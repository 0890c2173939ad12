import type { FoldQueries, FoldScores } from "../challenge/fold-scores.js";
import type { RankingMethod } from "../challenge/gallery-ranker.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { singleLabels } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import type { Dataset } from "../datasets/dataset.js";
import type { FeatureSet } from "../features/extract.js";
import type { Figure } from "../plots/figure.js";
import type { FigureOptions } from "../plots/figure-layout.js";
import type { Line } from "../plots/lines.js";
import { linesFigure } from "../plots/lines.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { TrainSettings } from "../training/train-config.js";
import { resolveConfig } from "../training/train-config.js";
import { trainHead } from "../training/train-head.js";
import { encodedSides, featureSides } from "./challenge-candidates.js";
import type { FoldScore } from "./open-folds.js";
import { foldPlaces, openFold } from "./open-folds.js";
import { trainApart } from "./train-apart.js";

/** Labelled images and their features. */
export interface FoldData {
  /** What computes, where the options name no other. Default: the best that is there. */
  readonly engine?: Engine;
  readonly dataset: Dataset;
  readonly featureSet: Pick<FeatureSet, "features">;
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
  const folds = foldPlaces(of, 1, seed).map(place => openFold(data.dataset, place, { engine }));
  const base = emptyScores("cosine on features");
  for (const [place, fold] of folds.entries()) {
    keep(base, place, await fold.score(featureSides(features, fold.set.rows), { ranking: "features" }));
  }
  const tables = counts.map(() => emptyTable(configs, methods));
  const trainings = counts.flatMap((products, at) =>
    folds.flatMap((_, fold) => Object.entries(configs).map(([name, config]) => ({ fold, at, products, name, config }))),
  );
  const meter = new ProgressMeter("folds", trainings.length, "trainings", onProgress);
  let trained = 0;
  await trainApart(trainings, { engine }, async ({ fold, at, products, name, config }, place) => {
    const train = someProducts(labels, folds[fold].train, products, seed);
    const { head } = await trainHead({ features, labels, train }, config, place);
    const sides = await encodedSides(features, folds[fold].set.rows, head, { engine });
    for (const [how, method] of Object.entries(methods)) {
      keep(tables[at][`${name}: ${how}`], fold, await folds[fold].score(sides, method));
    }
    meter.report(++trained, `fold ${fold + 1} of ${of}, ${name}`);
  });
  return tables.map(table => [base, ...Object.values(table)]);
}

/** Filled fold by fold. */
interface FillingScores extends FoldScores {
  readonly scores: number[];
  readonly queries: FoldQueries[];
}

function emptyScores(name: string): FillingScores {
  return { name, scores: [], queries: [] };
}

function keep({ scores, queries }: FillingScores, fold: number, found: FoldScore): void {
  scores[fold] = found.score;
  queries[fold] = found.queries;
}

/** Nothing yet of each training by each ranking, in the order of tables. */
function emptyTable(configs: object, methods: object): Record<string, FillingScores> {
  const names = Object.keys(configs).flatMap(name => Object.keys(methods).map(how => `${name}: ${how}`));
  return Object.fromEntries(names.map(name => [name, emptyScores(name)]));
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
