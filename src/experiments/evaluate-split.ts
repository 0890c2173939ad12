import type { PackedCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import type { Labels } from "../core/labels.js";
import { takeLabels } from "../core/take-labels.js";
import type { Split } from "../datasets/roles.js";
import { cosineScores } from "../features/cosine.js";
import type { DetailedEvaluation } from "../metrics/evaluate.js";
import { evaluateCodesInDetail, evaluateScoresInDetail } from "../metrics/evaluate.js";
import type { EvaluateOptions } from "../metrics/evaluate-options.js";
import type { Evaluation, ScoreEvaluation } from "../metrics/evaluation.js";
import type { HeadlineRule } from "../protocols/headline.js";
import { evaluateByProtocol } from "../protocols/headline.js";
import { takeSide } from "../ranking/side.js";
import type { SearchResult } from "./result.js";

/** What is measured of a search by the roles of a split. */
export type JudgedSplit = Pick<SearchResult, "evaluation" | "byRank" | "headline">;

/** How a split is judged. */
export interface JudgeOptions extends EvaluateOptions {
  /** Whose headline is measured too. Default: none. */
  readonly protocol?: HeadlineRule;
}

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
 * @param options other cutoffs, metrics, a protocol
 * @throws {InputError} when codes and labels differ in number, no query has a relevant item, or an option is out of
 *   bounds
 */
export async function evaluateSplit(
  codes: PackedCodes,
  { labels, split: { query, database } }: LabelledSplit,
  { cutoffs = CUTOFFS, protocol, ...options }: JudgeOptions = {},
): Promise<JudgedSplit> {
  const all = { codes, labels };
  const sides = { queries: takeSide(all, query), database: takeSide(all, database) };
  return judgeSplit(protocol, { cutoffs, ...options }, how => evaluateCodesInDetail(sides, how));
}

/** The same by cosine similarity of real values. @param values (n, dim) of all rows: features, or an embedding */
export async function evaluateEmbedding(
  values: NdArray<Float32Array>,
  { labels, split: { query, database } }: LabelledSplit,
  { cutoffs = CUTOFFS, protocol, engine, ...options }: JudgeOptions & { readonly engine?: Engine } = {},
): Promise<JudgedSplit> {
  const cosine = await cosineScores(takeRows(values, query), takeRows(values, database), { engine });
  const sides = { queries: { labels: takeLabels(labels, query) }, database: { labels: takeLabels(labels, database) } };
  const { block } = cosine;
  const judging = judgeSplit(protocol, { cutoffs, ...options }, how =>
    evaluateScoresInDetail(sides, cosine.scores, { block, ...how }),
  );
  return judging.finally(() => cosine.dispose());
}

/** Evaluates, by a protocol where there is one, and keeps what a result is made of. */
async function judgeSplit<E extends Evaluation | ScoreEvaluation>(
  protocol: HeadlineRule | undefined,
  options: EvaluateOptions,
  evaluate: (options: EvaluateOptions) => Promise<DetailedEvaluation<E>>,
): Promise<JudgedSplit> {
  const { evaluation, byRank, headline } = await evaluateByProtocol(protocol, options, evaluate);
  return { evaluation, byRank, ...(headline === undefined ? {} : { headline }) };
}
