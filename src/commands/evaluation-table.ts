import { someNames } from "../core/named-labels.js";
import { shownNumber } from "../core/shown-number.js";
import type { SeenPart } from "../features/seen-parts.js";
import { seenLines } from "../features/seen-parts.js";
import type { BootstrapInterval } from "../metrics/bootstrap.js";
import type { Evaluation } from "../metrics/evaluation.js";
import type { Metric } from "../metrics/metric.js";
import { columnOf } from "../metrics/metric.js";
import type { HeadlineReport } from "./headline-report.js";
import { headlineLines } from "./headline-report.js";
import type { InputNotes } from "./input-notes.js";
import { inputLines } from "./input-notes.js";

/** Intervals of mAP with a cutoff. */
export interface Intervals {
  readonly tieAware: BootstrapInterval;
  readonly stable: BootstrapInterval;
}

/** What was asked for beside the evaluation itself. */
interface Extras extends Partial<InputNotes> {
  /** All there were, where only a sample was evaluated. */
  sampledFrom?: { queries: number; seed: number };
  intervals?: Record<string, Intervals>;
  /** Classes that one side has and the other has not. */
  classes?: { readonly onlyQueries: readonly string[]; readonly onlyDatabase: readonly string[] };
  /** Items whose image could not be read. */
  leftOut?: { readonly queries: number; readonly database: number };
  /** Queries that the model has seen. */
  seen?: readonly SeenPart[];
  /** By a protocol. */
  headline?: HeadlineReport;
}

/**
 * The evaluation for a reader: the document's figures in a few lines.
 * @param metrics those of `evaluation.metrics`, for their headings
 */
export function evaluationTable(evaluation: Evaluation & Extras, metrics: readonly Metric[] = []): string {
  const {
    sampledFrom,
    published = {},
    notes = [],
    intervals = {},
    classes,
    leftOut,
    seen = [],
    headline,
    unchecked = [],
    converted = [],
    queries,
    database,
    bits,
    queriesWithoutRelevant,
    mAP,
    radius2,
    prByRadius,
  } = evaluation;
  const lines = [`${queries} queries × ${database} database items, ${bits} bits`];
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
  lines.push("", row("", "tie-aware", "stable"));
  const { all, ...cut } = mAP;
  for (const [cutoff, { tieAware, stable }] of [["all", all] as const, ...Object.entries(cut)]) {
    lines.push(row(`mAP@${cutoff}`, tieAware, stable));
  }
  for (const [cutoff, { optimistic, pessimistic }] of Object.entries(mAP)) {
    if (optimistic === undefined || pessimistic === undefined) continue;
    lines.push(row(`mAP@${cutoff} worst, best order`, pessimistic, optimistic));
  }
  for (const [cutoff, { tieAware }] of Object.entries(intervals)) {
    lines.push(row(`mAP@${cutoff} 95 % interval`, tieAware.low, tieAware.high));
  }
  for (const [name, values] of Object.entries(published)) {
    for (const [cutoff, value] of Object.entries(values)) lines.push(row(`${name} mAP@${cutoff}`, value));
  }
  if (headline !== undefined) lines.push("", ...headlineLines(headline));
  if (metrics.length > 0) lines.push("");
  for (const metric of metrics) lines.push(row(columnOf(metric), evaluation.metrics![metric.name]));
  lines.push("", row("", "precision", "recall"));
  for (const rank of Object.keys(evaluation.precisionAt)) {
    lines.push(row(`first ${rank}`, evaluation.precisionAt[rank], evaluation.recallAt[rank]));
  }
  for (const { radius, precision, recall } of prByRadius.filter(point => point.radius <= 4)) {
    lines.push(row(`radius ${radius}`, precision, recall));
  }
  lines.push("", row("mAP in radius 2", radius2.mAP), row("empty balls of radius 2", radius2.emptyBalls));
  lines.push(row("top-1", evaluation.top1), row("DIGIX score", evaluation.digix));
  if (notes.length > 0) lines.push("", ...notes);
  const said = inputLines({ unchecked, converted });
  if (said.length > 0) lines.push("", ...said);
  return lines.join("\n");
}

function unlabelledLine({ queries, database, treated }: NonNullable<Evaluation["unlabelled"]>): string {
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
  const cells = values.map(value => (typeof value === "number" ? cellOf(value) : value).padStart(11));
  return `${name.padEnd(24)}${cells.join("")}`;
}
