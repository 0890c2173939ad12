import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { resultFigures } from "../experiments/paper-figures.js";
import type { SearchResult } from "../experiments/result.js";
import { settingsKey } from "../experiments/settings-key.js";
import type { Figure } from "../plots/figure.js";
import { type MetricByBitsOptions, type MetricOfMethod, metricByBitsFigure } from "../plots/metric-by-bits.js";
import type { Run } from "../records/run-record.js";
import type { StudyRecord } from "../records/study-record.js";
import { runsToCompare } from "./compared-runs.js";
import type { ComparedEntry, RunComparison } from "./run-comparison.js";

/** Settings of {@link measureByBitsOf}. */
export interface MeasureByBitsOptions extends Omit<MetricByBitsOptions, "metric"> {
  /**
   * What the bars reach: the "deviation" over seeds on both sides, none where there is one seed; or the 95 % "interval" of
   * the mean, over queries and seeds. Default: deviation.
   */
  readonly bars?: "deviation" | "interval";
}

/**
 * A measure of a comparison over the number of bits, a line a method, with bars.
 * @throws {InputError} for a measure that the comparison does not have
 */
export function measureByBitsOf(
  comparison: RunComparison,
  measure: string,
  { bars = "deviation", ...options }: MeasureByBitsOptions = {},
): Figure {
  const names = Object.keys(comparison.measures);
  if (!names.includes(measure)) {
    throw new InputError(`the comparison has no measure "${measure}"`, { expected: knownNames(measure, names) });
  }
  const values = comparison.entries.flatMap(entry => drawnValue(entry, measure, bars));
  return metricByBitsFigure(values, { ...options, metric: measure });
}

function drawnValue(
  { title, colour = "next", bits, values }: ComparedEntry,
  measure: string,
  bars: "deviation" | "interval",
): MetricOfMethod[] {
  const value = values[measure];
  if (value === undefined) return []; // of codes alone, and the entry has none
  const spread = { deviation: { deviation: value.deviation }, interval: { interval: value.interval } }[bars];
  return [{ method: title, colour, ...(bits === null ? {} : { bits }), value: value.mean, ...spread }];
}

/**
 * The figures that a paper needs of studies, by names that are fit for files: precision over recall by Hamming radius and by
 * rank, P@N and R@N with their deviations over seeds and, with a comparison, each of its measures over the number of bits
 * where there are several lengths.
 * @param comparison of the same studies: only its runs are drawn then. Default: all runs that were judged
 * @throws {InputError} as `compare`, where the runs do not belong into one figure
 */
export function studyFigures(
  studies: StudyRecord | readonly StudyRecord[],
  comparison?: RunComparison,
): Record<string, Figure> {
  const results = judgedResults([studies].flat() as readonly StudyRecord[], comparison);
  const figures = resultFigures(results);
  if (comparison === undefined || new Set(comparison.entries.flatMap(({ bits }) => bits ?? [])).size < 2)
    return figures;
  const byBits = Object.keys(comparison.measures).map(measure => [
    `${fileName(measure)}-by-bits`,
    measureByBitsOf(comparison, measure),
  ]);
  return { ...figures, ...Object.fromEntries(byBits) };
}

/** Results of the runs, those of one entry under one title. */
function judgedResults(studies: readonly StudyRecord[], comparison: RunComparison | undefined): SearchResult[] {
  const compared = comparison && new Set(comparison.entries.flatMap(({ runs }) => runs));
  const differing = ["features", "learned"] as const; // what a comparison has let pass
  const entries = runsToCompare(studies, {
    where: run => run.result !== undefined && (compared?.has(run.record.name) ?? true),
    ...(comparison === undefined ? {} : { differing }),
  });
  return entries.flatMap(({ title, colour, runs }) =>
    runs.flatMap(run => {
      const { record } = run;
      const result = drawnResult(run, comparison?.queriesDropped ?? false);
      if (result === undefined) return [];
      const { colour: _, ...rest } = result;
      return { ...rest, title, settings: settingsKey(record.config), ...(colour === undefined ? {} : { colour }) };
    }),
  );
}

/** Curves of the database that the table is of. @throws {InputError} where they were not measured */
function drawnResult({ result, study, record }: Run, queriesDropped: boolean): SearchResult | undefined {
  if (result === undefined || !queriesDropped) return result;
  if (result.withoutQueries !== undefined) return { ...result, ...result.withoutQueries };
  throw new InputError(`${study}/${record.name} has no curves without the queries in the database`, {
    expected: "a study of sweep with dropQueriesFromDatabase, or a table with the queries in it",
  });
}

/** `mAP@H≤2` as `mAP-at-H2`: letters that stand in names of files on every system, and in LaTeX. */
function fileName(measure: string): string {
  return measure
    .replace(/≤|<=/g, "")
    .replaceAll("@", "-at-")
    .replace(/[^A-Za-z0-9.]+/g, "-")
    .replace(/^-|-$/g, "");
}
