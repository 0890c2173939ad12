import type { Precision } from "../compute/quantization.js";
import { someNames } from "../core/named-labels.js";
import { shownNumber } from "../core/shown-number.js";
import type { QueryClasses } from "../datasets/query-classes.js";
import { queryClassesText } from "../datasets/query-classes.js";
import type { SeenPart } from "../features/seen-parts.js";
import { seenLines } from "../features/seen-parts.js";
import type { BootstrapInterval } from "../metrics/bootstrap.js";
import type { RankingEvaluation } from "../metrics/evaluation.js";
import type { Metric } from "../metrics/metric.js";
import { columnOf } from "../metrics/metric.js";
import type { BaselineFigures, ComparedFigures } from "./evaluation-baselines.js";
import type { RoleOverlaps } from "./evaluation-input.js";
import type { HeadlineReport } from "./headline-report.js";
import { headlineLines } from "./headline-report.js";
import type { InputNotes } from "./input-notes.js";
import { inputLines } from "./input-notes.js";
import type { RankedEvaluation } from "./ranked-evaluation.js";

/** Intervals of mAP with a cutoff. */
export interface Intervals {
  readonly tieAware: BootstrapInterval;
  readonly stable: BootstrapInterval;
}

/** Figures of one database. */
export type MeasuredDocument = RankedEvaluation & {
  readonly intervals?: Readonly<Record<string, Intervals>>;
  /** By a protocol. */
  readonly headline?: HeadlineReport;
};

/** Of how many queries a sample was drawn. */
export interface SampledFrom {
  readonly queries: number;
  readonly seed: number;
}

/** What was asked for beside the evaluation itself. */
interface Extras extends Partial<InputNotes> {
  /** All there were, where only a sample was evaluated. */
  sampledFrom?: SampledFrom;
  /** Roles that overlap, as published. */
  overlaps?: RoleOverlaps;
  /** The same figures in the database without the queries. */
  withoutQueries?: MeasuredDocument;
  /** Classes that one side has and the other has not. */
  classes?: { readonly onlyQueries: readonly string[]; readonly onlyDatabase: readonly string[] };
  /** Items whose image could not be read. */
  leftOut?: { readonly queries: number; readonly database: number };
  /** Queries that the model has seen. */
  seen?: readonly SeenPart[];
  /** Classes of the queries, and how many the model has learned. */
  queryClasses?: QueryClasses;
  /** How the network of the features computed, where not in 32-bit floats. */
  precision?: Precision;
  /** What the figures are to be read against. */
  baselines?: readonly BaselineFigures[];
  /** Whether the codes beat the predicted class. */
  verdict?: string;
}

/** All that `evaluate` gives. */
export type EvaluationDocument = MeasuredDocument & Extras;

/**
 * The evaluation for a reader: the document's figures in a few lines.
 * @param metrics those of `evaluation.metrics`, for their headings
 */
export function evaluationTable(evaluation: EvaluationDocument, metrics: readonly Metric[] = []): string {
  const {
    sampledFrom,
    notes = [],
    classes,
    leftOut,
    seen = [],
    queryClasses,
    precision,
    headline,
    unchecked = [],
    converted = [],
    queries,
    database,
    bits,
    queriesWithoutRelevant,
    overlaps,
    withoutQueries,
  } = evaluation;
  const of = evaluation.by === "cosine" ? `${bits} values, ranked by cosine` : `${bits} bits`;
  const lines = [`${queries} queries × ${database} database items, ${of}`];
  if (sampledFrom !== undefined) {
    lines.push(`an estimate: the queries were drawn from ${sampledFrom.queries}, seed ${sampledFrom.seed}`);
  }
  if (evaluation.unlabelled !== undefined) lines.push(unlabelledLine(evaluation.unlabelled));
  if (evaluation.excludesSelf) lines.push("a query is no result of itself");
  if (queriesWithoutRelevant > 0) lines.push(`${queriesWithoutRelevant} queries without relevant items are left out`);
  if (classes !== undefined && classes.onlyQueries.length > 0) {
    lines.push(`classes of queries only: ${someNames(classes.onlyQueries)}`);
  }
  if (classes !== undefined && classes.onlyDatabase.length > 0) {
    lines.push(`classes of the database only: ${someNames(classes.onlyDatabase)}`);
  }
  if (leftOut !== undefined) {
    lines.push(
      `left out, their images could not be read: ${leftOut.queries} queries, ${leftOut.database} of the database`,
    );
  }
  lines.push(...seenLines(seen));
  if (queryClasses !== undefined) lines.push(queryClassesText(queryClasses));
  if (precision !== undefined) lines.push(`features of precision ${precision}`);
  if (overlaps !== undefined) lines.push(`overlapping roles: ${overlaps.text}`);
  if (headline !== undefined) lines.push("", ...headlineLines(headline, withoutQueries?.headline));
  const rows = figureRows(evaluation, metrics, database);
  const clean = withoutQueries === undefined ? [] : figureRows(withoutQueries, metrics, database);
  if (withoutQueries !== undefined) lines.push("", headingLine(database, withoutQueries));
  // The same was measured of both, so their rows are the same.
  lines.push(...rows.map(([name, ...values], at) => row(name, ...values, ...(clean[at] ?? []).slice(1)).trimEnd()));
  lines.push(...baselineLines(evaluation));
  if (notes.length > 0) lines.push("", ...notes);
  const said = inputLines({ unchecked, converted });
  if (said.length > 0) lines.push("", ...said);
  return lines.join("\n");
}

/** The baselines and the verdict, where they were asked for. */
function baselineLines({ baselines, verdict, ...own }: EvaluationDocument): string[] {
  if (baselines === undefined) return [];
  const cutoffs = ["all", ...Object.keys(own.mAP).filter(cutoff => cutoff !== "all")];
  const line = (name: string, cells: readonly (string | number)[]): string =>
    row(name.padEnd(BASELINE_WIDTH), ...cells);
  const cellsOf = ({ mAP, top1 }: ComparedFigures): number[] => [...cutoffs.map(cutoff => mAP[cutoff].tieAware), top1];
  const heading = line("to be read against", [...cutoffs.map(cutoff => `mAP@${cutoff}`), "top-1"]);
  const lines = [{ title: "these codes", ...own }, ...baselines].flatMap(
    ({ title, bits, withoutQueries, ...figures }) => [
      line(bits === null ? title : `${title}, ${bits} bits`, cellsOf(figures)),
      ...(withoutQueries === undefined ? [] : [line("  without the queries", cellsOf(withoutQueries))]),
    ],
  );
  return ["", heading, ...lines, ...(verdict === undefined ? [] : ["", verdict.replaceAll("**", "")])];
}

/** Room for the names of baselines. */
const BASELINE_WIDTH = 36;

/** A line of the table: its name, and the values of one or both columns. */
type FigureRow = readonly [name: string, ...values: (number | string)[]];

/** Names of the two pairs of columns: databases, and their sizes. */
function headingLine(database: number, { database: left }: MeasuredDocument): string {
  const [first, second] = [`with queries (${database})`, `without them (${left})`];
  return `${" ".repeat(NAME_WIDTH)}${first.padStart(2 * CELL_WIDTH)}${second.padStart(2 * CELL_WIDTH + 2)}`;
}

/**
 * The figures of one database, each row of as many cells as its heading.
 * @param places no rank beyond is shown: where there are two databases, the size of the larger
 */
function figureRows(evaluation: MeasuredDocument, metrics: readonly Metric[], places: number): FigureRow[] {
  const { mAP, published = {}, intervals = {} } = evaluation;
  const { all, ...cut } = mAP;
  // The headline has the convention with the items of unknown class as its code treats them: two figures of one name.
  const treated = { drop: "(dropped)", keep: "(kept)", none: "" }[evaluation.unlabelled?.treated ?? "none"];
  const rows: FigureRow[] = [[""], ["", "tie-aware", "stable"]];
  for (const [cutoff, { tieAware, stable }] of [["all", all] as const, ...Object.entries(cut)]) {
    rows.push([`mAP@${cutoff}`, tieAware, stable]);
  }
  for (const [cutoff, { optimistic, pessimistic }] of Object.entries(mAP)) {
    if (optimistic === undefined || pessimistic === undefined) continue;
    rows.push([`mAP@${cutoff} worst, best order`, pessimistic, optimistic]);
  }
  for (const [cutoff, { tieAware }] of Object.entries(intervals)) {
    rows.push([`mAP@${cutoff} 95 % interval`, tieAware.low, tieAware.high]);
  }
  for (const [name, values] of Object.entries(published)) {
    for (const [cutoff, value] of Object.entries(values)) rows.push([`${name} mAP@${cutoff}`, value, treated]);
  }
  if (metrics.length > 0) rows.push([""]);
  for (const metric of metrics) rows.push([columnOf(metric), evaluation.metrics![metric.name], ""]);
  rows.push([""], ["", "precision", "recall"]);
  for (const rank of Object.keys(evaluation.precisionAt).filter(one => Number(one) <= places)) {
    rows.push([`first ${rank}`, evaluation.precisionAt[rank], evaluation.recallAt[rank]]);
  }
  rows.push(...radiusRows(evaluation));
  rows.push(["top-1", evaluation.top1, ""], ["DIGIX score", evaluation.digix, ""]);
  return rows;
}

/** What is found within Hamming radii, which a ranking by cosine does not have. */
function radiusRows(evaluation: MeasuredDocument): FigureRow[] {
  if (evaluation.by === "cosine") return [[""]];
  const { radius2, prByRadius } = evaluation;
  return [
    ...prByRadius
      .filter(point => point.radius <= 4)
      .map(({ radius, precision, recall }): FigureRow => [`radius ${radius}`, precision, recall]),
    [""],
    ["mAP in radius 2", radius2.mAP, ""],
    ["empty balls of radius 2", radius2.emptyBalls, ""],
  ];
}

const NAME_WIDTH = 24;
const CELL_WIDTH = 11;

function unlabelledLine({ queries, database, treated }: NonNullable<RankingEvaluation["unlabelled"]>): string {
  const items = `of unknown class: ${queries} queries, ${database} of the database`;
  const ways = {
    drop: `${items}; left out (--unlabelled keep ranks them)`,
    keep: `${items}; kept, relevant to none`,
  };
  return ways[treated];
}

function row(name: string, ...values: (string | number)[]): string {
  // NaN: a mean over no query at all.
  const cellOf = (value: number): string => (Number.isNaN(value) ? "–" : shownNumber(value, 4));
  const cells = values.map(value => (typeof value === "number" ? cellOf(value) : value).padStart(CELL_WIDTH));
  return `${name.padEnd(NAME_WIDTH)}${cells.join("")}`;
}
