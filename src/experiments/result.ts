import { InputError } from "../core/errors.js";
import { roundedNumber, shownDeviation } from "../core/shown-number.js";
import type { QueryClasses } from "../datasets/query-classes.js";
import { queryClassesWord } from "../datasets/query-classes.js";
import type { SplitOverlaps } from "../datasets/split-overlaps.js";
import type { Evaluation, RankingEvaluation, ScoreEvaluation } from "../metrics/evaluation.js";
import type { RankPoint } from "../metrics/ranks.js";
import type { Headline } from "../protocols/headline.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";

/** How one way to search did: learned codes, or a baseline. */
export interface SearchResult {
  /** Name of the method, or "cosine". */
  readonly method: string;
  /** As tables and legends have it. */
  readonly title: string;
  /** `#RRGGBB`. Default: the palette's next. */
  readonly colour?: string;
  /** Of training or fitting. Default: none was drawn. */
  readonly seed?: number;
  /** Stands for all other settings: equal where only the seed differs. Default: there are none. */
  readonly settings?: string;
  /** Bits of the codes, or values of an embedding; null for exhaustive search on features. */
  readonly bits: number | null;
  readonly evaluation: Evaluation | ScoreEvaluation;
  /** By a protocol, where one was given. */
  readonly headline?: Headline;
  /** Precision and recall of the first places, over ranks. */
  readonly byRank: readonly RankPoint[];
  /** Roles that overlap, as published lists have it. Absent: none does. */
  readonly overlaps?: SplitOverlaps;
  /** The same search in the database without the queries, where it was asked for and some stand in it. */
  readonly withoutQueries?: Pick<SearchResult, "evaluation" | "byRank" | "headline">;
  /** Bytes that the database holds of each item. */
  readonly bytesPerItem: number;
  /** Seconds of learning; 0 for baselines. */
  readonly trainSeconds: number;
  /** Seconds to rank and measure all queries. */
  readonly evaluateSeconds: number;
  /** Whether its labels were of the classes that the queries have. Default: nothing was learned of labels, or it is not known. */
  readonly queryClasses?: QueryClasses;
}

/** A result without what else its object may hold, as the record of an experiment does. */
export function resultAlone(result: SearchResult): SearchResult {
  const { method, title, colour, seed, settings, bits, evaluation, headline, byRank, overlaps } = result;
  const { withoutQueries, bytesPerItem, trainSeconds, evaluateSeconds, queryClasses } = result;
  const optional = { colour, seed, settings, headline, overlaps, withoutQueries, queryClasses };
  const there = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return { method, title, bits, evaluation, byRank, bytesPerItem, trainSeconds, evaluateSeconds, ...there };
}

/** A row of the results table. */
export type ResultRow = {
  readonly method: string;
  readonly bits: number | string;
  /** Whether the classes of the queries were trained on: "seen", "new", "7 of 10 seen"; "–" for what learns no labels. */
  readonly classes: string;
  readonly "bytes/item": number;
  readonly mAP: number | string;
  readonly "P@100": number | string;
  readonly "P@H≤2": number | string;
  readonly "empty balls": number | string;
  readonly "top-1": number | string;
  readonly "train s": number | string;
  readonly "evaluate s": number | string;
  /** Queries that stand in the database, where there are some: each finds itself. */
  readonly "queries in database"?: number;
  /** Metrics that were asked for too, by their names. */
  readonly [metric: string]: number | string | undefined;
};

/**
 * Rows for a table in a cell: mAP is tie-aware, over the whole ranking. Results that differ only by their seed share a
 * row of means ± standard deviations; what was measured without the queries in the database too has a second row, and a
 * column says how many stand in it. Numbers rounded to what is significant; times in seconds.
 */
export function resultRows(results: readonly SearchResult[]): ResultRow[] {
  const metrics = [...new Set(results.flatMap(({ evaluation }) => Object.keys(evaluation.metrics ?? {})))];
  const all = results.flatMap(result => [result, ...cleanVariant(result)]);
  const overlap = all.some(({ overlaps }) => (overlaps?.queriesInDatabase ?? 0) > 0);
  return bySeeds(all).map(group => {
    const { title, bits, bytesPerItem, overlaps, queryClasses } = group[0];
    const cell = (digits: number, of: (result: SearchResult) => number | undefined): number | string => {
      const values = group.flatMap(result => of(result) ?? []);
      return values.length === 0 ? "–" : cellOf(values, digits);
    };
    const inBall = (of: (ball: Evaluation["radius2"]) => number): number | string =>
      cell(3, ({ evaluation }) => (isHamming(evaluation) ? of(evaluation.radius2) : undefined));
    return {
      method: title,
      bits: bits ?? "–",
      classes: queryClasses === undefined ? "–" : queryClassesWord(queryClasses),
      "bytes/item": bytesPerItem,
      mAP: cell(3, ({ evaluation }) => evaluation.mAP.all.tieAware),
      "P@100": cell(3, ({ evaluation }) => evaluation.precisionAt["100"]),
      "P@H≤2": inBall(({ precision }) => precision),
      "empty balls": inBall(({ emptyBalls }) => emptyBalls),
      "top-1": cell(3, ({ evaluation }) => evaluation.top1),
      ...Object.fromEntries(metrics.map(name => [name, cell(3, ({ evaluation }) => evaluation.metrics?.[name])])),
      "train s": cell(1, ({ trainSeconds }) => trainSeconds),
      "evaluate s": cell(2, ({ evaluateSeconds }) => evaluateSeconds),
      ...(overlap ? { "queries in database": overlaps?.queriesInDatabase ?? 0 } : {}),
    };
  });
}

/** A result as it is without the queries in the database: one, or none where that was not measured. */
function cleanVariant({ withoutQueries, overlaps, ...result }: SearchResult): SearchResult[] {
  if (withoutQueries === undefined || overlaps === undefined) return [];
  const title = `${result.title}, queries dropped`;
  return [{ ...result, ...withoutQueries, title, overlaps: { ...overlaps, queriesInDatabase: 0 } }];
}

/** One value as a number, several as their mean ± standard deviation; for a cell of a table. */
export function cellOf(values: readonly number[], digits: number): number | string {
  if (values.length === 1) return roundedNumber(values[0], digits);
  const { mean, deviation } = meanAndDeviation(values);
  return shownDeviation(mean, deviation, digits);
}

/** Results that differ only by their seed, together; in the order of the first of each. */
export function bySeeds(results: readonly SearchResult[]): SearchResult[][] {
  const groups = new Map<string, SearchResult[]>();
  results.forEach((result, place) => {
    const { method, title, bits, seed, settings } = result;
    const key = JSON.stringify([method, title, bits, settings]);
    const group = groups.get(key);
    // A seed that is there already is the same result again, no repetition.
    const isRepetition = seed !== undefined && group?.every(other => other.seed !== undefined && other.seed !== seed);
    if (group !== undefined && isRepetition) group.push(result);
    else groups.set(group === undefined ? key : `${key} ${place}`, [result]);
  });
  return [...groups.values()];
}

/** Tells the evaluation of Hamming rankings from that of real-valued scores. */
export function isHamming(evaluation: RankingEvaluation): evaluation is Evaluation {
  return "radius2" in evaluation;
}

/** A row of the table on Hamming balls. (A type, not an interface: tables take objects with any keys.) */
export type BallRow = {
  readonly name: string;
  readonly "P@H≤2": number;
  readonly "recall@H≤2": number;
  readonly "mAP@H≤2": number;
  readonly "empty balls": number;
  /** Tie-aware, over the whole ranking. */
  readonly mAP: number;
};

/**
 * Rows that compare results within Hamming radius 2: precision, recall and mAP there, the share of queries that find
 * nothing, and the mAP of the whole ranking beside them.
 * @param named results by what the row is to be called
 * @throws {InputError} for a result that is not one of codes
 */
export function ballRows(named: Readonly<Record<string, Pick<SearchResult, "evaluation">>>): BallRow[] {
  return Object.entries(named).map(([name, { evaluation }]) => {
    if (!isHamming(evaluation)) throw new InputError(`${name} has no Hamming balls`, { expected: "results of codes" });
    const { precision, recall, mAP, emptyBalls } = evaluation.radius2;
    return {
      name,
      "P@H≤2": precision,
      "recall@H≤2": recall,
      "mAP@H≤2": mAP,
      "empty balls": emptyBalls,
      mAP: evaluation.mAP.all.tieAware,
    };
  });
}
