import type { Abortable } from "../core/abort.js";
import { isLabelled } from "../core/labels.js";
import type { ParallelScanOptions } from "../ranking/parallel-rankings.js";
import type { Ranker } from "../ranking/ranker.js";
import type { RankingBackend } from "../ranking/ranking-backend.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import { relevanceByLabels } from "../ranking/relevance.js";
import { scoreRanker } from "../ranking/score-ranker.js";
import type { ScoreBlock } from "../ranking/score-ranking.js";
import type { Side, Sides, SideWith } from "../ranking/side.js";
import { rowsOf, sidesWith } from "../ranking/side.js";
import { withRanking } from "../ranking/with-ranking.js";
import type { EvaluateOptions } from "./evaluate-options.js";
import { checkedOptions } from "./evaluate-options.js";
import type { Evaluation, RankingEvaluation, ScoreEvaluation } from "./evaluation.js";
import { checkMeasured, codesEvaluation, rankingEvaluation, rankPoints } from "./evaluation-means.js";
import { labelledSides, scoresOfRows } from "./labelled-sides.js";
import type { Measurements, MeasureOptions, QueryMetrics } from "./query-metrics.js";
import { measureRankings } from "./query-metrics.js";
import type { RankPoint } from "./ranks.js";

/** Settings of {@link evaluateRanker}. */
export interface EvaluateRankerOptions extends EvaluateOptions, ParallelScanOptions {}

/** Settings of {@link evaluateCodes}. */
export interface EvaluateCodesOptions extends EvaluateRankerOptions {
  /**
   * What ranks: a name, or a backend that is open. Default: the environment variable HASHBOOK_RANKING, else `chooseRanking`
   * decides. The results are the same.
   */
  ranking?: RankingBackend | RankingRequest;
}

/** Settings of {@link evaluateScoresInDetail}. */
export interface EvaluateScoresOptions extends EvaluateOptions, Abortable {
  /** Queries scored at once. Default 64; at least 1. Memory: block × database × 4 bytes. */
  block?: number;
}

/** The means, what they are means of, and the curve by rank that P@N and PR-by-rank plots draw. */
export interface DetailedEvaluation<E extends RankingEvaluation> {
  readonly evaluation: E;
  readonly perQuery: QueryMetrics;
  readonly byRank: readonly RankPoint[];
}

/**
 * Ranks the whole database for every query by Hamming distance and measures the rankings, on several threads. The result
 * does not depend on their number. Memory is linear in queries plus database.
 * @throws {InputError} when bits, row counts or kinds of labels do not fit together, no query has a relevant item, or an
 * option is out of bounds
 */
export async function evaluateCodes(
  sides: Sides<SideWith<"codes" | "labels">>,
  options: EvaluateCodesOptions = {},
): Promise<Evaluation> {
  return (await evaluateCodesInDetail(sides, options)).evaluation;
}

/**
 * As {@link evaluateCodes}, with the results of single queries and the curve by rank.
 * @param sides codes and labels of both
 * @throws {InputError} as {@link evaluateCodes}
 */
export async function evaluateCodesInDetail(
  sides: Sides<SideWith<"codes" | "labels">>,
  options: EvaluateCodesOptions = {},
): Promise<DetailedEvaluation<Evaluation>> {
  const { bits } = sidesWith(sides, "codes", "labels").database.codes;
  return withRanking(options.ranking, { ...sides, threads: options.threads }, async backend => {
    const { measurements, measure } = await measureQueries(sides, backend, options, bits);
    const evaluation = codesEvaluation(measurements, measure, bits);
    const byRank = rankPoints(measurements.byRank, measurements.perQuery, measure.ranks);
    return { evaluation, perQuery: measurements.perQuery, byRank };
  });
}

/**
 * Ranks the whole database for every query by any ranker, for example `asymmetricRanker`, and measures the rankings with
 * the same definitions as {@link evaluateCodes}.
 * @throws {InputError} when the ranker refuses the sides, no query has a relevant item, or an option is out of bounds
 */
export async function evaluateRanker<Queries extends Side, Database extends Side>(
  sides: Sides<Queries, Database>,
  ranker: Ranker<Queries, Database>,
  options: EvaluateRankerOptions = {},
): Promise<ScoreEvaluation> {
  return (await evaluateRankerInDetail(sides, ranker, options)).evaluation;
}

/** As {@link evaluateRanker}, with the results of single queries. */
export async function evaluateRankerInDetail<Queries extends Side, Database extends Side>(
  sides: Sides<Queries, Database>,
  ranker: Ranker<Queries, Database>,
  options: EvaluateRankerOptions = {},
): Promise<DetailedEvaluation<ScoreEvaluation>> {
  const { measurements, measure } = await measureQueries(sides, ranker, options);
  const byRank = rankPoints(measurements.byRank, measurements.perQuery, measure.ranks);
  const evaluation = { ...rankingEvaluation(measurements, measure), prByRank: byRank };
  return { evaluation, perQuery: measurements.perQuery, byRank };
}

/**
 * Ranks the whole database for every query by real-valued scores, for example cosine similarities of features, and
 * measures the rankings with the same definitions as {@link evaluateCodes}.
 * @param scores of a few queries at a time, (to − from, database), larger for nearer
 * @throws {InputError} when blocks have the wrong size or hold NaN, labels do not fit together, or no query has a
 * relevant item
 */
export async function evaluateScores(
  sides: Sides<SideWith<"labels">>,
  scores: ScoreBlock,
  options: EvaluateScoresOptions = {},
): Promise<ScoreEvaluation> {
  return (await evaluateScoresInDetail(sides, scores, options)).evaluation;
}

/**
 * Ranks the whole database for every query by real-valued scores, for example cosine similarities of features, and
 * measures the rankings with the same definitions as {@link evaluateCodes}; with the results of single queries.
 * @param sides labels of both
 * @param scores of a few queries at a time, (to − from, database), larger for nearer
 * @param options as for evaluateCodes, and queries a block
 * @throws {InputError} when blocks have the wrong size or hold NaN, labels do not fit together, or no query has a
 *   relevant item
 */
export async function evaluateScoresInDetail(
  sides: Sides<SideWith<"labels">>,
  scores: ScoreBlock,
  { block, ...options }: EvaluateScoresOptions = {},
): Promise<DetailedEvaluation<ScoreEvaluation>> {
  const { left } = labelledSides(sides, options.unlabelled);
  const ranked = scoresOfRows(scores, rowsOf(sides.database, "database"), left);
  const prepare = (): { scores: ScoreBlock; block: number | undefined } => ({ scores: ranked, block });
  const ranker = scoreRanker<SideWith<"labels">>({ name: "scores", description: "given scores", prepare });
  return evaluateRankerInDetail(sides, ranker, options);
}

async function measureQueries<Queries extends Side, Database extends Side>(
  all: Sides<Queries, Database>,
  ranker: Ranker<Queries, Database>,
  { threads, signal, ...options }: EvaluateRankerOptions,
  bits?: number,
): Promise<{ measurements: Measurements; measure: MeasureOptions }> {
  relevanceByLabels(sidesWith(all, "labels"));
  const { sides, left, measure, self } = checkedOptions(all, ranker.groups, options);
  const { labels } = sidesWith(sides, "labels").queries;
  const gains = measure.metrics.some(({ graded }) => graded);
  const rankings = ranker.rankings(sides, { threads, signal, self, gains });
  const hasLabel = (query: number): boolean => isLabelled(labels, query);
  const measurements = await measureRankings(rankings, { ...measure, bits, hasLabel, signal });
  checkMeasured(measurements.perQuery.query.length, measure);
  const { query, ...values } = measurements.perQuery;
  // Values of single queries are of the rows that the caller knows.
  const perQuery = { query: left === undefined ? query : query.map(at => left.queries[at]), ...values };
  return { measurements: { ...measurements, perQuery }, measure };
}
