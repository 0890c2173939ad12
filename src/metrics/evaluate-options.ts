import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import type { Unlabelled } from "../core/unlabelled.js";
import type { Ranker } from "../ranking/ranker.js";
import { selfRows } from "../ranking/self-rows.js";
import type { Side, Sides } from "../ranking/side.js";
import { rowsOf } from "../ranking/side.js";
import { metricsOf } from "./known-metrics.js";
import type { LeftRows } from "./labelled-sides.js";
import { labelledSides, selfAmong } from "./labelled-sides.js";
import type { Metric } from "./metric.js";
import type { ConventionName } from "./published.js";
import { checkConvention } from "./published.js";
import type { MeasureOptions } from "./query-metrics.js";
import { curveRanks } from "./ranks.js";

/** What is measured of rankings. */
export interface EvaluateOptions {
  /** The R of mAP@R, beside "all"; integers of at least 1. Default: none. */
  cutoffs?: readonly number[];
  /** Further metrics, as `metrics`: names ("ndcg@100", see `metricNames`) and values of `defineMetric`. Default: none. */
  metrics?: readonly (string | Metric)[];
  /**
   * Whether a query is no result of itself, for a set that is searched in itself: true finds it by ids or, where there are
   * none, by its row (see `selfRows`); rows (queries,) of the database say it. Holds for every figure. Default false.
   */
  excludeSelf?: boolean | Int32Array;
  /**
   * What is done with items of unknown class (a label below 0, or a row of zeros): "drop" leaves them out of queries and
   * database; "keep" ranks those of the database as relevant to none, as some published codes do. The evaluation tells
   * how many there are. Default "drop".
   */
  unlabelled?: Unlabelled;
  /** Ranks of the curve by rank, ascending, 1..database. Default: about 60, evenly spaced on a logarithmic axis. */
  ranks?: readonly number[];
  /** Whether mAP comes with its bounds under ties, `optimistic` and `pessimistic`. Default false. */
  bounds?: boolean;
  /** Published codes whose mAP is given too, as `published`. Default: none. */
  conventions?: readonly ConventionName[];
  /** Told about progress, in queries. Default: nobody. */
  progress?: ProgressListener;
}

/** What is ranked, how it is measured, and the rows of the queries in the database where they are to be left out. */
export interface CheckedOptions<Queries extends Side, Database extends Side> {
  readonly sides: Sides<Queries, Database>;
  /** Rows of what was given that the sides are. Absent: all. */
  readonly left: LeftRows | undefined;
  readonly measure: MeasureOptions;
  readonly self: Int32Array | undefined;
}

/**
 * What of the options can be checked before there is anything to measure.
 * @throws {InputError} when a cutoff is out of bounds, or a metric is not known
 */
export function checkMeasures({ cutoffs = [], metrics = [] }: Pick<EvaluateOptions, "cutoffs" | "metrics">): Metric[] {
  for (const cutoff of cutoffs) {
    if (Number.isInteger(cutoff) && cutoff >= 1) continue;
    throw new InputError("cutoff out of range", { expected: "integers of at least 1", actual: `${cutoff}` });
  }
  return metricsOf(metrics);
}

/** @throws {InputError} when an option is out of bounds, or a metric or convention is not known or does not fit */
export function checkedOptions<Queries extends Side, Database extends Side>(
  all: Sides<Queries, Database>,
  groups: Ranker["groups"],
  options: EvaluateOptions,
): CheckedOptions<Queries, Database> {
  const { sides, left, unlabelled } = labelledSides(all, options.unlabelled);
  const queries = rowsOf(sides.queries, "queries");
  const database = rowsOf(sides.database, "database");
  const everySelf = checkedSelf(all, options.excludeSelf ?? false);
  const self = everySelf === undefined ? undefined : selfAmong(everySelf, left);
  const ranked = self === undefined ? database : Math.max(0, database - 1);
  const { cutoffs = [], ranks = curveRanks(ranked), bounds, progress } = options;
  const metrics = checkMeasures(options);
  const wrong = ranks.find((rank, i) => !(Number.isInteger(rank) && rank > (ranks[i - 1] ?? 0) && rank <= ranked));
  if (wrong !== undefined && ranked > 0) {
    throw new InputError("ranks of the curve are wrong", {
      expected: `integers that ascend, 1..${ranked}`,
      actual: `${wrong}`,
    });
  }
  const radius = groups === "scores" ? metrics.find(({ radii }) => radii) : undefined;
  if (radius !== undefined) {
    throw new InputError(`the metric "${radius.name}" measures Hamming radii`, {
      expected: "a ranking by Hamming distance",
      actual: "a ranking by scores",
    });
  }
  const conventions = options.conventions?.map(checkConvention);
  const counts = { queries, database, ranked, unlabelled };
  return { sides, left, measure: { ...counts, cutoffs, ranks, metrics, bounds, conventions, progress }, self };
}

function checkedSelf(sides: Sides, exclude: boolean | Int32Array): Int32Array | undefined {
  const [queries, database] = [rowsOf(sides.queries, "queries"), rowsOf(sides.database, "database")];
  if (exclude === false) return undefined;
  if (exclude === true) return selfRows(sides);
  const outside = exclude.findIndex(row => row < 0 || row >= database);
  if (exclude.length === queries && outside < 0) return exclude;
  throw new InputError("excludeSelf does not say where the queries are in the database", {
    expected: `${queries} rows in 0..${database - 1}`,
    actual: outside < 0 ? `${exclude.length} rows` : `${exclude[outside]} for query ${outside}`,
  });
}
