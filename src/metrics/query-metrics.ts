import { checkAborted } from "../core/abort.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { QueryRanking } from "../ranking/query-ranking.js";
import { averagePrecision, harmonicNumbers, tieAwareAveragePrecision } from "./average-precision.js";
import { averagePrecisionBounds } from "./average-precision-bounds.js";
import type { CurveSums } from "./curve-sums.js";
import type { UnlabelledItems } from "./evaluation.js";
import type { Metric } from "./metric.js";
import { MetricValues } from "./metric-values.js";
import type { ConventionName } from "./published.js";
import { PublishedMeans } from "./published-means.js";
import { addRadiusCurve, hammingBall } from "./radius.js";
import { addRankCurve, hitsAt } from "./ranks.js";

/** The ranks of `precisionAt` and `recallAt`. */
export const REPORTED_RANKS: readonly number[] = [1, 10, 100];
/** The radius of `radius2`: the largest at which a hash table lookup stays cheap. */
const BALL_RADIUS = 2;
/** Milliseconds of ranking after which timers, signals and output get their turn. */
const TURN = 50;

/** Both average precisions, a value a query. */
export interface AveragePrecisions {
  readonly tieAware: Float64Array;
  readonly stable: Float64Array;
  /** Only when asked for; see `averagePrecisionBounds`. */
  readonly optimistic?: Float64Array;
  readonly pessimistic?: Float64Array;
}

/** The balls of radius 2, a value a query. */
export interface Balls {
  /** Items in the ball. */
  readonly size: Int32Array;
  /** Relevant items in the ball. */
  readonly hits: Int32Array;
  /** Average precision of the ball taken as the whole database, ties by ascending row; 0 when nothing in it is relevant. */
  readonly averagePrecision: Float64Array;
}

/**
 * What single queries contribute to the means, for spreads, confidence intervals and failure cases. All arrays have one
 * value for each query that has at least one relevant item, in ascending order of the queries.
 */
export interface QueryMetrics {
  /** Which query (row of the query set) a value is of. */
  readonly query: Int32Array;
  /** Relevant items in the database, at least 1. */
  readonly relevant: Int32Array;
  /** By cutoff: "all" and each one asked for; "10" is always there. */
  readonly averagePrecision: Readonly<Record<string, AveragePrecisions>>;
  /** Relevant items among the first 1, 10 and 100 places in stable order, by that number. */
  readonly hits: Readonly<Record<string, Int32Array>>;
  /** Only for codes. */
  readonly radius2?: Balls;
  /** Further metrics by name, for example "ndcg@100"; NaN where a metric leaves a query out. */
  readonly metrics: Readonly<Record<string, Float64Array>>;
}

/** What {@link measureRankings} needs to know beforehand. */
export interface MeasureOptions {
  /** Number of queries that will come. */
  queries: number;
  /** Items of unknown class. Default: there are none. */
  unlabelled?: UnlabelledItems;
  /** Number of items in the database. */
  database: number;
  /** Number of items ranked for a query: the database, or one less. */
  ranked: number;
  /** The R of mAP@R, beside "all" and 10; integers of at least 1. */
  cutoffs: readonly number[];
  /** Further metrics, checked. */
  metrics: readonly Metric[];
  /** Ranks of the curve by rank, ascending, 1..ranked. */
  ranks: readonly number[];
  /** Whether to give the bounds of average precision under ties. Default false. */
  bounds?: boolean;
  /** Published codes whose mAP to give too. Default: none. */
  conventions?: readonly ConventionName[];
  /** Whether the class of a query is known, for conventions that ask. Default: of all. */
  hasLabel?: (query: number) => boolean;
  /** Bits of the codes, so that balls are measured. Default: scores, which have no balls. */
  bits?: number;
  /** Told about progress, in queries. Default: nobody. */
  progress?: ProgressListener;
  /** Ends the measuring with its reason. Default: nothing does but the interruption of a cell. */
  signal?: AbortSignal;
}

/** Single queries, and the sums of their curves. */
export interface Measurements {
  readonly perQuery: QueryMetrics;
  readonly byRank: CurveSums;
  /** (bits + 1,); empty for scores. */
  readonly byRadius: CurveSums;
  /** By convention, then by cutoff. */
  readonly published: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What the published codes' authors say against these figures. */
  readonly caveats: readonly string[];
}

/** Measures one ranking after another, keeping only numbers. Ends early when fewer rankings come than announced. */
export async function measureRankings(
  rankings: Iterable<QueryRanking> | AsyncIterable<QueryRanking>,
  options: MeasureOptions,
): Promise<Measurements> {
  const harmonic = harmonicNumbers(options.ranked);
  const perQuery = emptyMetrics(options);
  const precisions = cutoffsOf(perQuery);
  const byRank = emptyCurve(options.ranks.length);
  const byRadius = emptyCurve(options.bits === undefined ? 0 : options.bits + 1);
  const published = new PublishedMeans(options.conventions ?? [], options.cutoffs);
  const { ranked, hasLabel = () => true } = options;
  const metrics = new MetricValues(options.metrics, options.queries, options.ranked);
  const meter = new ProgressMeter("evaluate", options.queries, "queries", options.progress);
  let query = 0;
  let kept = 0;
  let turn = performance.now();
  for await (const ranking of rankings) {
    published.add({ relevantRanks: ranking.relevantRanks, ranked, labelled: hasLabel(query) });
    if (ranking.relevantRanks.length > 0) {
      metrics.add(ranking, kept, query);
      measureQuery(ranking, perQuery, precisions, query, kept++, harmonic);
      addRankCurve(ranking.relevantRanks, options.ranks, byRank);
      addRadiusCurve(ranking, byRadius);
    }
    query++;
    if (performance.now() - turn < TURN && query < options.queries) continue;
    checkAborted(options.signal);
    meter.report(query);
    await new Promise(resolve => setImmediate(resolve));
    turn = performance.now();
  }
  return {
    perQuery: { ...firstOf(perQuery, kept), metrics: metrics.first(kept) },
    byRank,
    byRadius,
    published: published.means(),
    caveats: published.caveats(),
  };
}

/** What is measured whatever else is asked for. */
type BuiltInMetrics = Omit<QueryMetrics, "metrics">;

function emptyMetrics(options: MeasureOptions): BuiltInMetrics {
  const { queries, cutoffs, bits, bounds = false } = options;
  const integers = () => new Int32Array(queries);
  const reals = () => new Float64Array(queries);
  const keys = ["all", "10", ...cutoffs.map(String)];
  const metrics = {
    query: integers(),
    relevant: integers(),
    averagePrecision: Object.fromEntries(
      keys.map(key => [
        key,
        { tieAware: reals(), stable: reals(), ...(bounds ? { optimistic: reals(), pessimistic: reals() } : {}) },
      ]),
    ),
    hits: Object.fromEntries(REPORTED_RANKS.map(rank => [rank, integers()])),
  };
  if (bits === undefined) return metrics;
  return { ...metrics, radius2: { size: integers(), hits: integers(), averagePrecision: reals() } };
}

function emptyCurve(points: number): CurveSums {
  return { precision: new Float64Array(points), recall: new Float64Array(points) };
}

/** The average precisions with their cutoffs as numbers; undefined: all. */
function cutoffsOf({ averagePrecision }: BuiltInMetrics): (AveragePrecisions & { cutoff: number | undefined })[] {
  return Object.entries(averagePrecision).map(([key, values]) => ({
    cutoff: key === "all" ? undefined : Number(key),
    ...values,
  }));
}

function measureQuery(
  ranking: QueryRanking,
  metrics: BuiltInMetrics,
  precisions: ReturnType<typeof cutoffsOf>,
  query: number,
  at: number,
  harmonic: Float64Array,
): void {
  const { groups, relevantRanks, precisionSum } = ranking;
  metrics.query[at] = query;
  metrics.relevant[at] = relevantRanks.length;
  for (const { cutoff, tieAware, stable, optimistic, pessimistic } of precisions) {
    if (optimistic !== undefined && pessimistic !== undefined) {
      const bounds = averagePrecisionBounds(groups, { cutoff, harmonic });
      optimistic[at] = bounds.optimistic;
      pessimistic[at] = bounds.pessimistic;
    }
    tieAware[at] = tieAwareAveragePrecision(groups, { cutoff, harmonic });
    stable[at] = averagePrecision(relevantRanks, { cutoff, precisionSum });
  }
  for (const rank of REPORTED_RANKS) metrics.hits[rank][at] = hitsAt(relevantRanks, rank);
  if (metrics.radius2 === undefined) return;
  const ball = hammingBall(ranking, BALL_RADIUS);
  metrics.radius2.size[at] = ball.size;
  metrics.radius2.hits[at] = ball.hits;
  metrics.radius2.averagePrecision[at] = ball.averagePrecision;
}

/** The first `count` values of every array. */
function firstOf(metrics: BuiltInMetrics, count: number): BuiltInMetrics {
  const { query, relevant, averagePrecision, hits, radius2 } = metrics;
  const shortened = {
    query: query.subarray(0, count),
    relevant: relevant.subarray(0, count),
    averagePrecision: mapValues(averagePrecision, ({ tieAware, stable, optimistic, pessimistic }) => ({
      tieAware: tieAware.subarray(0, count),
      stable: stable.subarray(0, count),
      ...(optimistic === undefined ? {} : { optimistic: optimistic.subarray(0, count) }),
      ...(pessimistic === undefined ? {} : { pessimistic: pessimistic.subarray(0, count) }),
    })),
    hits: mapValues(hits, values => values.subarray(0, count)),
  };
  if (radius2 === undefined) return shortened;
  const balls = {
    size: radius2.size.subarray(0, count),
    hits: radius2.hits.subarray(0, count),
    averagePrecision: radius2.averagePrecision.subarray(0, count),
  };
  return { ...shortened, radius2: balls };
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
