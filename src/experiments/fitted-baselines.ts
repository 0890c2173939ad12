import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { takeRows } from "../core/arrays.js";
import { takeLabels } from "../core/take-labels.js";
import { labelledRows } from "../core/unlabelled.js";
import { queryClasses } from "../datasets/query-classes.js";
import { encodeFeatures } from "../hashing/encode.js";
import type { AnyOptions, FittedMethod } from "../methods/method.js";
import { fitMethod } from "../training/fit-method.js";
import type { MethodSettings } from "./baseline-settings.js";
import { baselineSettings } from "./baseline-settings.js";
import { cosineBaseline } from "./baselines.js";
import type { JudgeOptions } from "./evaluate-split.js";
import { evaluateSplit } from "./evaluate-split.js";
import type { ExperimentData } from "./experiment-data.js";
import { learnsClasses, rowsOfFit } from "./learned-rows.js";
import type { SearchResult } from "./result.js";

/** How baselines are measured. */
export interface FittedBaselinesOptions
  extends Pick<JudgeOptions, "cutoffs" | "unlabelled" | "dropQueriesFromDatabase"> {
  /** Of the unlearned codes. */
  readonly bits: number;
}

/**
 * The predicted class where it is defined, LSH and ITQ of as many bits, and cosine on the features, fitted to the train
 * rows with seed 0 and measured; nothing is stored.
 * @throws {InputError} when no query has a relevant item
 */
export async function fittedBaselines(
  data: ExperimentData,
  { bits, ...judging }: FittedBaselinesOptions,
): Promise<SearchResult[]> {
  const engine = data.engine ?? (await openEngine());
  const results: SearchResult[] = [];
  for (const settings of baselineSettings(data, { bits: [bits], seeds: [0] })) {
    results.push(await fittedResult(data, settings, { ...judging, engine }));
  }
  return [...results, await cosineBaseline(data, { ...judging, engine })];
}

async function fittedResult(
  data: ExperimentData,
  { method, bits, seed }: MethodSettings<FittedMethod<AnyOptions>>,
  { engine, ...judging }: JudgeOptions & { readonly engine: Engine },
): Promise<SearchResult> {
  const { featureSet, split } = data;
  const { features, labels } = featureSet;
  const rows = labelledRows(labels, rowsOfFit(method, data));
  const fit = { labels: takeLabels(labels, rows), engine };
  const { model, seconds } = await fitMethod(takeRows(features, rows), { method, bits, seed }, fit);
  const codes = packCodes(binarize(await encodeFeatures(features, model, { engine })));
  const started = performance.now();
  const judged = await evaluateSplit(codes, { labels, split }, judging);
  return {
    method: method.name,
    title: method.title,
    ...(method.colour === undefined ? {} : { colour: method.colour }),
    bits,
    seed,
    ...judged,
    bytesPerItem: codes.bytesPerCode,
    trainSeconds: seconds,
    evaluateSeconds: (performance.now() - started) / 1000,
    ...(learnsClasses(method) ? { queryClasses: queryClasses(labels, split.query, rows) } : {}),
  };
}
