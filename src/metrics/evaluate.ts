import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import type { ParallelScanOptions } from "../ranking/parallel-rankings.js";
import type { RankingBackend } from "../ranking/ranking-backend.js";
import { wasmRanking } from "../ranking/ranking-backend.js";
import type { Relevance } from "../ranking/relevance.js";
import { relevanceByLabels } from "../ranking/relevance.js";
import type { ScoreBlock } from "../ranking/score-ranking.js";
import { scoreRankings } from "../ranking/score-ranking.js";
import type { Sides, SideWith } from "../ranking/side.js";
import { sidesWith } from "../ranking/side.js";
import { meanOf } from "./bootstrap.js";
import type { Evaluation, MeanAveragePrecision, RadiusTwo, RankingEvaluation, ScoreEvaluation } from "./evaluation.js";
import type { ConventionName } from "./published.js";
import { checkConvention } from "./published.js";
import type { AveragePrecisions, Balls, Measurements, MeasureOptions, QueryMetrics } from "./query-metrics.js";
import { measureRankings, REPORTED_RANKS } from "./query-metrics.js";
import type { CurveSums } from "./radius.js";
import type { RankPoint } from "./ranks.js";
import { curveRanks } from "./ranks.js";

export interface EvaluateOptions {
  /** The R of mAP@R, beside "all"; integers of at least 1. Default: none. */
  cutoffs?: readonly number[];
  /** Ranks of the curve by rank, ascending, 1..database. Default: about 60, evenly spaced on a logarithmic axis. */
  ranks?: readonly number[];
  /** Whether mAP comes with its bounds under ties, `optimistic` and `pessimistic`. Default false. */
  bounds?: boolean;
  /** Published codes whose mAP is given too, as `published`. Default: none. */
  conventions?: readonly ConventionName[];
  /** Told about progress, in queries. Default: nobody. */
  progress?: ProgressListener;
}

export interface EvaluateCodesOptions extends EvaluateOptions, ParallelScanOptions {
  /** What ranks, for example `(await chooseRanking({ work })).backend`. Default: WebAssembly. The results are the same. */
  ranking?: RankingBackend;
}

export interface EvaluateScoresOptions extends EvaluateOptions {
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
 * @throws {InputError} when bits, row counts or kinds of labels do not fit together, or no query has a relevant item
 */
export async function evaluateCodes(
  sides: Sides<SideWith<"codes" | "labels">>,
  options: EvaluateCodesOptions = {},
): Promise<Evaluation> {
  return (await evaluateCodesInDetail(sides, options)).evaluation;
}

/** As {@link evaluateCodes}, with the results of single queries and the curve by rank. */
export async function evaluateCodesInDetail(
  sides: Sides<SideWith<"codes" | "labels">>,
  options: EvaluateCodesOptions = {},
): Promise<DetailedEvaluation<Evaluation>> {
  const relevance = relevanceByLabels(sidesWith(sides, "codes", "labels"));
  const { bits } = sides.database.codes;
  const measure = { ...measureOptions(relevance, options), bits };
  const { ranking = wasmRanking, threads, signal } = options;
  const rankings = ranking.rankings(sides, { threads, signal });
  const { perQuery, byRank, byRadius, published } = await measured(rankings, measure);
  const { queries, database, ...means } = rankingEvaluation(perQuery, measure, published);
  const points = curve(byRadius, perQuery);
  const evaluation: Evaluation = {
    queries,
    database,
    bits,
    ...means,
    radius2: radiusTwo(perQuery.radius2!, perQuery.relevant),
    prByRadius: points.map((point, radius) => ({ radius, ...point })),
  };
  return { evaluation, perQuery, byRank: rankPoints(byRank, perQuery, measure.ranks) };
}

/**
 * Ranks the whole database for every query by real-valued scores, for example cosine similarities of features, and
 * measures the rankings with the same definitions as {@link evaluateCodes}.
 * @param scores scores of a few queries at a time, (to − from, database), larger for nearer
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

/** As {@link evaluateScores}, with the results of single queries. */
export async function evaluateScoresInDetail(
  sides: Sides<SideWith<"labels">>,
  scores: ScoreBlock,
  options: EvaluateScoresOptions = {},
): Promise<DetailedEvaluation<ScoreEvaluation>> {
  const relevance = relevanceByLabels(sidesWith(sides, "labels"));
  const measure = measureOptions(relevance, options);
  const rankings = scoreRankings(scores, relevance, { block: options.block });
  const { perQuery, byRank, published } = await measured(rankings, measure);
  const points = rankPoints(byRank, perQuery, measure.ranks);
  const evaluation = { ...rankingEvaluation(perQuery, measure, published), prByRank: points };
  return { evaluation, perQuery, byRank: points };
}

function measureOptions(relevance: Relevance, options: EvaluateOptions): MeasureOptions {
  const { queries, database } = relevance;
  const cutoffs = options.cutoffs ?? [];
  const ranks = options.ranks ?? curveRanks(database);
  for (const cutoff of cutoffs) {
    if (Number.isInteger(cutoff) && cutoff >= 1) continue;
    throw new InputError("cutoff out of range", { expected: "integers of at least 1", actual: `${cutoff}` });
  }
  const wrong = ranks.find((rank, i) => !(Number.isInteger(rank) && rank > (ranks[i - 1] ?? 0) && rank <= database));
  if (wrong !== undefined && database > 0) {
    throw new InputError("ranks of the curve are wrong", {
      expected: `integers that ascend, 1..${database}`,
      actual: `${wrong}`,
    });
  }
  const { bounds, progress } = options;
  const conventions = options.conventions?.map(checkConvention);
  return { queries, database, cutoffs, ranks, bounds, conventions, progress };
}

type Rankings = Parameters<typeof measureRankings>[0];

async function measured(rankings: Rankings, options: MeasureOptions): Promise<Measurements> {
  const measurements = await measureRankings(rankings, options);
  if (measurements.perQuery.query.length > 0) return measurements;
  throw new InputError("no query has a relevant item, so there is nothing to measure", {
    expected: "labels of queries that occur in the database",
    actual: `${options.queries} queries and ${options.database} database items without a label in common`,
  });
}

function rankingEvaluation(
  perQuery: QueryMetrics,
  options: MeasureOptions,
  published: Measurements["published"],
): RankingEvaluation {
  const { queries, database, cutoffs } = options;
  const { averagePrecision, hits, relevant } = perQuery;
  const top1 = meanOf(hits["1"]);
  return {
    queries,
    database,
    queriesWithoutRelevant: queries - relevant.length,
    mAP: keyed(["all", ...cutoffs], cutoff => meansOf(averagePrecision[cutoff])),
    top1,
    precisionAt: keyed(REPORTED_RANKS, rank => meanOf(hits[rank]) / Math.min(Number(rank), database)),
    recallAt: keyed(REPORTED_RANKS, rank => meanShare(hits[rank], relevant)),
    ...(options.conventions === undefined ? {} : { published }),
    digix: 0.5 * top1 + 0.5 * meanOf(averagePrecision["10"].stable),
  };
}

function meansOf({ tieAware, stable, optimistic, pessimistic }: AveragePrecisions): MeanAveragePrecision {
  const means = { tieAware: meanOf(tieAware), stable: meanOf(stable) };
  if (optimistic === undefined || pessimistic === undefined) return means;
  return { ...means, optimistic: meanOf(optimistic), pessimistic: meanOf(pessimistic) };
}

function radiusTwo(balls: Balls, relevant: Int32Array): RadiusTwo {
  return {
    precision: meanShare(balls.hits, balls.size),
    recall: meanShare(balls.hits, relevant),
    mAP: meanOf(balls.averagePrecision),
    emptyBalls: meanOf(balls.size.map(size => (size === 0 ? 1 : 0))),
  };
}

function curve(sums: CurveSums, perQuery: QueryMetrics): { precision: number; recall: number }[] {
  const count = perQuery.query.length;
  return Array.from(sums.precision, (sum, i) => ({ precision: sum / count, recall: sums.recall[i] / count }));
}

function rankPoints(sums: CurveSums, perQuery: QueryMetrics, ranks: readonly number[]): RankPoint[] {
  return curve(sums, perQuery).map((point, i) => ({ rank: ranks[i], ...point }));
}

function keyed<V>(keys: readonly (string | number)[], value: (key: string) => V): Record<string, V> {
  return Object.fromEntries(keys.map(key => [String(key), value(String(key))]));
}

/** Mean of parts[i] / wholes[i], where 0 of 0 counts 0. */
function meanShare(parts: Int32Array, wholes: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < parts.length; i++) sum += wholes[i] === 0 ? 0 : parts[i] / wholes[i];
  return sum / parts.length;
}
