import type { PackedCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import type { Labels } from "../core/labels.js";
import { takeLabels } from "../core/take-labels.js";
import type { Split } from "../datasets/roles.js";
import { cosineScores } from "../features/cosine.js";
import { evaluateCodesInDetail, evaluateScoresInDetail } from "../metrics/evaluate.js";
import type { EvaluateOptions } from "../metrics/evaluate-options.js";
import { takeSide } from "../ranking/side.js";
import type { SearchResult } from "./result.js";

/** What is measured of a search by the roles of a split. */
export type JudgedSplit = Pick<SearchResult, "evaluation" | "byRank">;

/** Labels of all rows, and what rows do. */
export interface LabelledSplit {
  readonly labels: Labels;
  readonly split: Pick<Split, "query" | "database">;
}

/** The R of mAP@R, beside "all". */
const CUTOFFS: readonly number[] = [10, 1000];

/**
 * Ranks the database for every query by Hamming distance and measures, as `evaluateCodes` does, at cutoffs 10 and
 * 1000.
 * @param codes of all rows
 * @param data labels of all rows, and which of them are queries and database
 * @param options other cutoffs, metrics
 * @throws {InputError} when codes and labels differ in number, no query has a relevant item, or an option is out of
 *   bounds
 */
export async function evaluateSplit(
  codes: PackedCodes,
  { labels, split: { query, database } }: LabelledSplit,
  { cutoffs = CUTOFFS, ...options }: EvaluateOptions = {},
): Promise<JudgedSplit> {
  const all = { codes, labels };
  const sides = { queries: takeSide(all, query), database: takeSide(all, database) };
  const { evaluation, byRank } = await evaluateCodesInDetail(sides, { cutoffs, ...options });
  return { evaluation, byRank };
}

/** The same by cosine similarity of real values. @param values (n, dim) of all rows: features, or an embedding */
export async function evaluateEmbedding(
  values: NdArray<Float32Array>,
  { labels, split: { query, database } }: LabelledSplit,
  { cutoffs = CUTOFFS, engine, ...options }: EvaluateOptions & { readonly engine?: Engine } = {},
): Promise<JudgedSplit> {
  const cosine = await cosineScores(takeRows(values, query), takeRows(values, database), { engine });
  const sides = { queries: { labels: takeLabels(labels, query) }, database: { labels: takeLabels(labels, database) } };
  const settings = { block: cosine.block, cutoffs, ...options };
  const { evaluation, byRank } = await evaluateScoresInDetail(sides, cosine.scores, settings).finally(() =>
    cosine.dispose(),
  );
  return { evaluation, byRank };
}
