import type { PackedCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import type { Labels } from "../core/labels.js";
import { takeLabels } from "../core/take-labels.js";
import type { Split } from "../datasets/roles.js";
import { checkRolesApart, splitOverlaps, withoutQueriesInDatabase } from "../datasets/split-overlaps.js";
import { cosineScores } from "../features/cosine.js";
import type { DetailedEvaluation } from "../metrics/evaluate.js";
import { evaluateCodesInDetail, evaluateScoresInDetail } from "../metrics/evaluate.js";
import type { EvaluateOptions } from "../metrics/evaluate-options.js";
import type { Evaluation, RankingEvaluation, ScoreEvaluation } from "../metrics/evaluation.js";
import { evaluateByProtocol } from "../protocols/headline.js";
import type { MeasuredBy } from "../protocols/headline-rule.js";
import { headlineRule } from "../protocols/headline-rule.js";
import { takeSide } from "../ranking/side.js";
import type { SearchResult } from "./result.js";

/** What is measured of a search by the roles of a split. */
export type JudgedSplit = Pick<SearchResult, "evaluation" | "byRank" | "headline" | "overlaps" | "withoutQueries">;

/** How a split is judged. */
export interface JudgeOptions extends EvaluateOptions, Abortable {
  /** Whose headline is measured too. Default: none. */
  readonly protocol?: MeasuredBy;
  /** Where queries stand in the database, as published lists have it, measure without them too. Default false. */
  readonly dropQueriesFromDatabase?: boolean;
}

/** Labels of all rows, and what rows do. */
export interface LabelledSplit {
  readonly labels: Labels;
  readonly split: Pick<Split, "query" | "database"> & Partial<Pick<Split, "train" | "asPublished">>;
}

/** The R of mAP@R, beside "all". */
const CUTOFFS: readonly number[] = [10, 1000];

/**
 * Ranks the database for every query by Hamming distance and measures, as `evaluateCodes` does, at cutoffs 10 and
 * 1000.
 * @param codes of all rows
 * @param data labels of all rows, and which of them are queries and database
 * @param options other cutoffs, metrics, and whether to measure without queries in the database too
 * @throws {InputError} when codes and labels differ in number, no query has a relevant item, an option is out of
 *   bounds, or queries stand in the database though the split is not as published, and `excludeSelf` is not given
 */
export async function evaluateSplit(
  codes: PackedCodes,
  data: LabelledSplit,
  { cutoffs = CUTOFFS, signal, ...options }: JudgeOptions = {},
): Promise<JudgedSplit> {
  const all = { codes, labels: data.labels };
  return judgeSplit(data, { cutoffs, ...options }, ({ query, database }, how) =>
    evaluateCodesInDetail({ queries: takeSide(all, query), database: takeSide(all, database) }, { ...how, signal }),
  );
}

/** The same by cosine similarity of real values. @param values (n, dim) of all rows: features, or an embedding */
export async function evaluateEmbedding(
  values: NdArray<Float32Array>,
  data: LabelledSplit,
  { cutoffs = CUTOFFS, engine, signal, ...options }: JudgeOptions & { readonly engine?: Engine } = {},
): Promise<JudgedSplit> {
  const { labels } = data;
  return judgeSplit(data, { cutoffs, ...options }, async ({ query, database }, how) => {
    const cosine = await cosineScores(takeRows(values, query), takeRows(values, database), { engine });
    const sides = {
      queries: { labels: takeLabels(labels, query) },
      database: { labels: takeLabels(labels, database) },
    };
    const evaluating = evaluateScoresInDetail(sides, cosine.scores, { block: cosine.block, ...how, signal });
    return evaluating.finally(() => cosine.dispose());
  });
}

/** Evaluates the search of some rows among others. */
type Evaluate<E> = (rows: SearchedRows, options: EvaluateOptions) => Promise<DetailedEvaluation<E & RankingEvaluation>>;
type SearchedRows = Pick<Split, "query" | "database">;

/**
 * Judges by the roles as they are and, where it is asked for, without the queries in the database; by a protocol where
 * there is one. Keeps what a result is made of.
 */
async function judgeSplit<E extends Evaluation | ScoreEvaluation>(
  { split }: LabelledSplit,
  { protocol, dropQueriesFromDatabase = false, ...options }: JudgeOptions,
  evaluate: Evaluate<E>,
): Promise<JudgedSplit> {
  const { query, database, train = NO_ROWS, asPublished } = split;
  const rule = protocol === undefined ? undefined : headlineRule(protocol);
  // A set that is searched in itself leaves each query out of its own results.
  if (options.excludeSelf === undefined) checkRolesApart({ query, database, train: NO_ROWS, asPublished });
  const judge = async (among: Int32Array, how: EvaluateOptions): Promise<JudgedSplit> => {
    const rows = { query, database: among };
    const { evaluation, byRank, headline } = await evaluateByProtocol(rule, how, changed => evaluate(rows, changed));
    return { evaluation, byRank, ...(headline === undefined ? {} : { headline }) };
  };
  const judged = await judge(database, options);
  const overlaps = splitOverlaps({ query, database, train });
  if (Object.values(overlaps).every(count => count === 0)) return judged;
  if (!dropQueriesFromDatabase || overlaps.queriesInDatabase === 0) return { ...judged, overlaps };
  const clean = withoutQueriesInDatabase({ protocol: "", seed: 0, query, database, train });
  const { excludeSelf: _, ...rest } = options;
  return { ...judged, overlaps, withoutQueries: await judge(clean.database, rest) };
}

const NO_ROWS: Int32Array = new Int32Array();
