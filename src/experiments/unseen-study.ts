// Whether a method learned more than the classes it was shown: both protocols of Sablayrolles, Douze, Usunier, Jégou,
// "How should we evaluate supervised hashing?", ICASSP 2017 (arXiv 1609.06753), beside the usual one.
import type { PackedCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { singleLabels } from "../core/labels.js";
import { roundedNumber, shownDeviation, shownNumber } from "../core/shown-number.js";
import type { Split } from "../datasets/roles.js";
import type { Labelled } from "../datasets/split.js";
import { drawUnseen } from "../datasets/unseen-class-split.js";
import { encodeFeatures } from "../hashing/encode.js";
import { givesCodes } from "../hashing/hash-model.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import { ProcessPool } from "../training/process-pool.js";
import type { CompareOptions } from "./compare-methods.js";
import { compareMethods } from "./compare-methods.js";
import type { ExperimentData } from "./experiment-data.js";
import type { Experiment } from "./judge-experiment.js";
import type { SearchResult } from "./result.js";
import { bySeeds } from "./result.js";
import { transferAccuracy } from "./transfer-accuracy.js";
import { welch } from "./welch.js";

/** Settings of {@link unseenStudy}. */
export interface UnseenStudyOptions
  extends Omit<CompareOptions, "bits" | "baselines" | "metrics" | "protocol" | "dropQueriesFromDatabase"> {
  /** Bits of the codes; the predicted class has its own. Default 48. */
  readonly bits?: number;
  /** In the usual protocol of trainings; among new classes of the choice of classes too. Default 0, 1, 2. */
  readonly seeds?: readonly number[];
  /** Classes that training never sees. Default a quarter of them, at least 2. */
  readonly unseenClasses?: number;
}

/** How one way to search does in three protocols, a value for each seed, or one where nothing is drawn. */
export interface UnseenResult {
  /** "cosine" for the features without coding. */
  readonly method: string;
  readonly title: string;
  /** What it is here: a method to judge, the trivial solution, or a bound. */
  readonly as: "method" | "trivial" | "upper bound" | "lower bound";
  /** Of the codes in the usual protocol; the predicted class has fewer where fewer classes are trained on. */
  readonly bits: number | null;
  /** Tie-aware mAP of the usual protocol: the classes of the queries are trained on. */
  readonly seen: readonly number[];
  /** Tie-aware mAP among classes never trained on, by seed. */
  readonly unseen: readonly number[];
  /** Accuracy of a classifier that learns those classes from the codes, by seed, see {@link transferAccuracy}. */
  readonly transfer: readonly number[];
}

/** What {@link unseenStudy} gives. */
export interface UnseenStudy {
  /** Methods in the order given, then the predicted class, LSH, ITQ, cosine on the features. */
  readonly results: readonly UnseenResult[];
  /** Rule and classes of the draw of each seed. */
  readonly protocols: readonly string[];
  /** What follows from the numbers, for people: a paragraph a sentence. */
  readonly verdict: string;
}

/** What {@link unseenStudy} needs of a study. */
export interface StudyData extends ExperimentData {
  readonly dataset: Labelled;
}

const DEFAULT_METHODS: readonly string[] = ["hashnet", "dch"];
const BOUNDS: Readonly<Record<string, UnseenResult["as"]>> = {
  "predicted-class": "trivial",
  cosine: "upper bound",
  lsh: "lower bound",
  itq: "lower bound",
};

/**
 * Judges methods where they cannot have learned the answer, beside the usual protocol: over some seeds, retrieval among
 * classes never trained on and transfer to them, with the predicted class, features without coding and unlearned codes.
 * Of an unseen class the queries are those of the study, and of the others the train rows, where the seed is the study's.
 * What was computed before is read.
 * @param study of one class an item
 * @param options methods, bits, seeds, classes
 * @throws {InputError} for items of several classes, fewer than four classes, and as `compareMethods`
 */
export async function unseenStudy(study: StudyData, options: UnseenStudyOptions = {}): Promise<UnseenStudy> {
  const { bits = 48, seeds = [0, 1, 2], methods = DEFAULT_METHODS, unseenClasses, ...rest } = options;
  singleLabels(study.dataset.labels, "retrieval among unseen classes");
  const draws = seeds.map(seed => unseenSplit(study, { unseenClasses, seed }));
  const pool = rest.pool ?? new ProcessPool(); // the features of all are the same: they are sent once
  const asked = { ...rest, methods, pool };
  const { usual, judged } = await (async () => ({
    usual: await compareMethods(study, { ...asked, bits: [bits], seeds }),
    judged: await judgeDraws(study, draws, { ...asked, bits }),
  }))().finally(() => (rest.pool === undefined ? pool.close() : undefined));
  const results = bySeeds(usual.results).map((group): UnseenResult => {
    const [{ method, title, bits: length }] = group;
    const of = judged.flatMap(all => all.filter(one => one.result.method === method));
    return {
      method,
      title,
      as: BOUNDS[method] ?? "method",
      bits: length,
      seen: group.map(mapOf),
      unseen: of.map(({ result }) => mapOf(result)),
      transfer: of.map(({ transfer }) => transfer),
    };
  });
  const verdict = [usual.verdict, ...unseenSentences(results)].join("\n\n");
  return { results, protocols: draws.map(({ protocol, seed }) => `${protocol}; seed ${seed}`), verdict };
}

/** The numbers of each class are those of the study. */
function unseenSplit({ dataset, split }: StudyData, options: { unseenClasses?: number; seed: number }): Split {
  const labels = singleLabels(dataset.labels, "a split by class");
  const count = (rows: Int32Array, label: number): number =>
    rows.reduce((sum, row) => sum + (labels[row] === label ? 1 : 0), 0);
  const quotaOf = (_: number, label: number) => ({
    query: count(split.query, label),
    train: count(split.train, label),
  });
  return drawUnseen(dataset, quotaOf, options);
}

interface JudgedResult {
  readonly result: SearchResult;
  readonly transfer: number;
}

/** Each draw, with its seed, one after the other. */
async function judgeDraws(
  { featureSet, engine }: StudyData,
  draws: readonly Split[],
  { bits, ...options }: UnseenStudyOptions & { readonly bits: number },
): Promise<JudgedResult[][]> {
  const { features, labels } = featureSet;
  const all: JudgedResult[][] = [];
  for (const split of draws) {
    const data = { featureSet, split, engine };
    const { results, experiments } = await compareMethods(data, { ...options, bits: [bits], seeds: [split.seed] });
    const judged: JudgedResult[] = [];
    for (const [at, result] of results.entries()) {
      const values = await valuesOf(experiments[at], features, engine);
      judged.push({ result, transfer: await transferAccuracy(values, { labels, split }, { engine }) });
    }
    all.push(judged);
  }
  return all;
}

/** What a result is ranked by: hash codes, an embedding, or for the last one, which is cosine's, the features. */
async function valuesOf(
  experiment: Experiment | undefined,
  features: NdArray<Float32Array>,
  engine: Engine | undefined,
): Promise<PackedCodes | NdArray<Float32Array>> {
  if (experiment === undefined) return features;
  const { model, codes } = experiment;
  return givesCodes(model) ? codes : encodeFeatures(features, model, { engine });
}

function mapOf({ evaluation }: SearchResult): number {
  return evaluation.mAP.all.tieAware;
}

/** How each method stands among new classes, by the differences seed by seed: the classes of a seed are the same for all. */
function unseenSentences(results: readonly UnseenResult[]): string[] {
  const bar = (method: string): UnseenResult | undefined => results.find(one => one.method === method);
  return results
    .filter(({ as }) => as === "method")
    .map(mine => {
      const parts = [bar("itq") ?? bar("lsh"), bar("cosine")].flatMap(other =>
        other === undefined ? [] : [comparison(mine.unseen, other)],
      );
      return `Among classes never trained on, ${mine.title} is ${parts.join(" and ")}.`;
    });
}

function comparison(mine: readonly number[], { title, unseen }: UnseenResult): string {
  const differences = meanAndDeviation(mine.map((value, at) => value - unseen[at]));
  const { difference, least } = welch(differences, { mean: 0, deviation: 0, count: 1 });
  const { mean, deviation, count } = differences;
  const sign = mean < 0 ? "−" : "+";
  const size = Math.abs(mean);
  const number = `${sign}${count === 1 ? shownNumber(size) : shownDeviation(size, deviation)} mAP`;
  if (count === 1) return `not told apart from ${title} by one training (${number})`;
  if (Math.abs(difference) <= least) return `not told apart from ${title} (${number})`;
  return `${difference > 0 ? "better" : "worse"} than ${title} (${number})`;
}

/** A row of the table of {@link unseenStudy}. (A type, not an interface: tables take objects with any keys.) */
export type UnseenRow = {
  readonly method: string;
  readonly as: string;
  readonly bits: number | string;
  /** Tie-aware mAP where the queries' classes were trained on, and where they were not. */
  readonly "mAP, classes seen": number | string;
  readonly "mAP, classes new": number | string;
  readonly "accuracy on new classes": number | string;
};

/** Rows for a table in a cell: means ± standard deviations over the seeds. */
export function unseenRows({ results }: Pick<UnseenStudy, "results">): UnseenRow[] {
  const cell = (values: readonly number[]): number | string => {
    if (values.length === 1) return roundedNumber(values[0]);
    const { mean, deviation } = meanAndDeviation(values);
    return shownDeviation(mean, deviation);
  };
  return results.map(({ title, as, bits, seen, unseen, transfer }) => ({
    method: title,
    as,
    bits: bits ?? "–",
    "mAP, classes seen": cell(seen),
    "mAP, classes new": cell(unseen),
    "accuracy on new classes": cell(transfer),
  }));
}
