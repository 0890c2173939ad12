import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import { takeRows } from "../core/arrays.js";
import type { ProgressListener } from "../core/progress.js";
import { takeLabels } from "../core/take-labels.js";
import { cosineScores } from "../features/cosine.js";
import { lshProjections } from "../methods/lsh.js";
import { evaluateScoresInDetail } from "../metrics/evaluate.js";
import type { SearchResult } from "./result.js";
import type { ExperimentData } from "./run-experiment.js";
import { evaluateSplit } from "./run-experiment.js";

/** Exhaustive search by cosine similarity of the features: what hashing gives up precision, or gains, against. */
export async function cosineBaseline(
  engine: Engine,
  { featureSet, split }: ExperimentData,
  options: { onProgress?: ProgressListener } = {},
): Promise<SearchResult> {
  const { features, labels } = featureSet;
  const started = performance.now();
  const cosine = await cosineScores(engine, takeRows(features, split.query), takeRows(features, split.database));
  const sides = {
    queries: { labels: takeLabels(labels, split.query) },
    database: { labels: takeLabels(labels, split.database) },
  };
  const settings = { block: cosine.block, cutoffs: [10, 1000], progress: options.onProgress };
  const { evaluation, byRank } = await evaluateScoresInDetail(sides, cosine.scores, settings).finally(() =>
    cosine.dispose(),
  );
  return {
    method: "cosine",
    bits: null,
    evaluation,
    byRank,
    bytesPerItem: features.shape[1] * Float32Array.BYTES_PER_ELEMENT,
    trainSeconds: 0,
    evaluateSeconds: (performance.now() - started) / 1000,
  };
}

/** Codes by random hyperplanes: what hashing can do without learning, at the same bits. */
export async function lshBaseline(
  engine: Engine,
  { featureSet, split }: ExperimentData,
  options: { bits: number; seed?: number },
): Promise<SearchResult> {
  const { features, labels } = featureSet;
  const train = takeRows(features, split.train);
  const codes = packCodes(binarize(await lshProjections(engine, features, train, options)));
  const started = performance.now();
  const { evaluation, byRank } = await evaluateSplit(codes, labels, split);
  return {
    method: "lsh",
    bits: options.bits,
    evaluation,
    byRank,
    bytesPerItem: codes.bytesPerCode,
    trainSeconds: 0,
    evaluateSeconds: (performance.now() - started) / 1000,
  };
}
