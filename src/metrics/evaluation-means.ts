import { InputError } from "../core/errors.js";
import { meanOf } from "./bootstrap.js";
import type { CurveSums } from "./curve-sums.js";
import type { Evaluation, MeanAveragePrecision, RadiusTwo, RankingEvaluation } from "./evaluation.js";
import { metricMeans } from "./metric-values.js";
import type { AveragePrecisions, Balls, Measurements, MeasureOptions, QueryMetrics } from "./query-metrics.js";
import { REPORTED_RANKS } from "./query-metrics.js";
import type { RankPoint } from "./ranks.js";

/** @param measured queries that have a relevant item @throws {InputError} when there are none */
export function checkMeasured(
  measured: number,
  { queries, database, unlabelled }: Pick<MeasureOptions, "queries" | "database" | "unlabelled">,
): void {
  if (measured > 0) return;
  const of = unlabelled?.treated === "drop" ? " of known class" : "";
  throw new InputError("no query has a relevant item, so there is nothing to measure", {
    expected: "labels of queries that occur in the database",
    actual: `${queries} queries and ${database} database items${of} without a label in common`,
  });
}

/** The means over single queries, of any ranking. */
export function rankingEvaluation(measurements: Measurements, options: MeasureOptions): RankingEvaluation {
  const { perQuery, published, caveats } = measurements;
  const { queries, database, ranked, unlabelled, cutoffs, conventions, metrics } = options;
  const { averagePrecision, hits, relevant } = perQuery;
  const top1 = meanOf(hits["1"]);
  return {
    queries,
    database,
    ...(unlabelled === undefined ? {} : { unlabelled }),
    ...(ranked < database ? { excludesSelf: true } : {}),
    queriesWithoutRelevant: queries - relevant.length,
    mAP: recordOf(["all", ...cutoffs], cutoff => meansOf(averagePrecision[cutoff])),
    top1,
    precisionAt: recordOf(REPORTED_RANKS, rank => meanOf(hits[rank]) / Math.min(Number(rank), ranked)),
    recallAt: recordOf(REPORTED_RANKS, rank => meanShare(hits[rank], relevant)),
    ...(conventions === undefined ? {} : { published }),
    ...(caveats.length === 0 ? {} : { notes: caveats }),
    ...(metrics.length === 0 ? {} : { metrics: metricMeans(perQuery.metrics) }),
    digix: 0.5 * top1 + 0.5 * meanOf(averagePrecision["10"].stable),
  };
}

/** The means of a ranking by Hamming distance, with what lies within radii. */
export function codesEvaluation(measurements: Measurements, options: MeasureOptions, bits: number): Evaluation {
  const { perQuery, byRadius } = measurements;
  const { queries, database, ...means } = rankingEvaluation(measurements, options);
  const points = curve(byRadius, perQuery);
  return {
    queries,
    database,
    bits,
    ...means,
    radius2: radiusTwo(perQuery.radius2!, perQuery.relevant),
    prByRadius: points.map((point, radius) => ({ radius, ...point })),
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

/** The curve by rank out of its sums. */
export function rankPoints(sums: CurveSums, perQuery: QueryMetrics, ranks: readonly number[]): RankPoint[] {
  return curve(sums, perQuery).map((point, i) => ({ rank: ranks[i], ...point }));
}

function recordOf<V>(keys: readonly (string | number)[], value: (key: string) => V): Record<string, V> {
  return Object.fromEntries(keys.map(key => [String(key), value(String(key))]));
}

/** Mean of parts[i] / wholes[i], where 0 of 0 counts 0. */
function meanShare(parts: Int32Array, wholes: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < parts.length; i++) sum += wholes[i] === 0 ? 0 : parts[i] / wholes[i];
  return sum / parts.length;
}
