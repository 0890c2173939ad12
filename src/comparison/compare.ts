import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { countText } from "../core/size-text.js";
import type { Split } from "../datasets/roles.js";
import { checkRolesApart, splitOverlaps, withoutQueriesInDatabase } from "../datasets/split-overlaps.js";
import type { Metric } from "../metrics/metric.js";
import { readStudy } from "../records/read-study.js";
import type { StudyRecord } from "../records/study-record.js";
import type { ColumnTestOptions } from "./column-test.js";
import { comparedBaselines } from "./compared-baselines.js";
import type { MeasuredEntry } from "./compared-column.js";
import { comparedColumns } from "./compared-column.js";
import type { RunChoice } from "./compared-runs.js";
import { nameOf, runsToCompare, unlabelledOf } from "./compared-runs.js";
import { comparisonNotes } from "./comparison-notes.js";
import { measuresOf } from "./measure.js";
import type { RunComparison } from "./run-comparison.js";
import { valuesOfRun } from "./run-values.js";

/** Settings of {@link compare}. */
export interface CompareRunsOptions extends Abortable, RunChoice, ColumnTestOptions {
  /**
   * What is measured, from the codes that are stored: "mAP", "mAP@5000", "P@100", "R@100", "P@H≤2" (also "P@H<=2"),
   * "mAP@H≤2", "top-1", "mAP@5000:thuml" as a published code computes it, names of `metricNames` with their cutoffs
   * ("ndcg@100"), and metrics of one's own. Default mAP, and P@H≤2 where all runs give codes.
   */
  readonly metrics?: readonly (string | Metric)[];
  /** Where queries stand in the database, as published lists have it, leave them out of it. Default false. */
  readonly dropQueriesFromDatabase?: boolean;
  /** Told about progress, in runs. Default: nobody. */
  readonly onProgress?: ProgressListener;
}

/**
 * Puts the runs of studies side by side: measures each from its stored codes, takes means and deviations over seeds, and
 * tests all pairs of one length on the same queries, corrected for their number. Nothing is trained or written.
 * @param studies a study of `sweep` or `readStudy`, the id or folder of one, or several of them
 * @throws {InputError} for a measure or study that there is not, when the runs are of other data, another protocol or other
 *   definitions, naming what differs, and when stored codes are missing or damaged
 */
export async function compare(
  studies: string | StudyRecord | readonly (string | StudyRecord)[],
  options: CompareRunsOptions = {},
): Promise<RunComparison> {
  const { dropQueriesFromDatabase = false, onProgress, signal } = options;
  const given = [studies].flat() as readonly (string | StudyRecord)[];
  if (given.length === 0) throw new InputError("there is nothing to compare", { expected: "a study" });
  const all = await Promise.all(given.map(study => (typeof study === "string" ? readStudy(study) : study)));
  const entries = runsToCompare(all, options);
  const runs = entries.flatMap(entry => entry.runs);
  const onlyCodes = runs.every(({ record }) => record.output === "codes");
  const measures = measuresOf(options.metrics ?? (onlyCodes ? ["mAP", "P@H≤2"] : ["mAP"]));
  const split = searchedSplit(all[0].split, dropQueriesFromDatabase);
  const judged = { labels: all[0].labels, split, measures, unlabelled: unlabelledOf(runs[0]), signal };
  const meter = new ProgressMeter("compare", runs.length, "runs", onProgress);
  const measured: MeasuredEntry[] = [];
  let done = 0;
  for (const entry of entries) {
    const values = [];
    for (const run of entry.runs) {
      checkAborted(signal);
      values.push({ name: nameOf(run), values: await valuesOfRun(run, judged) });
      meter.report(++done);
    }
    measured.push({ entry, values });
  }
  const columns = await comparedColumns(measured, measures, options);
  const queriesDropped = split !== all[0].split;
  const baselines = comparedBaselines(all, { measures, unlabelled: judged.unlabelled, queriesDropped });
  const { data, protocol } = all[0];
  const searched = `${countText(split.query.length)} queries, database of ${countText(split.database.length)}`;
  return {
    data,
    about: `${data.dataset}, ${protocol.name === undefined ? "" : `${protocol.name}, `}${protocol.words}: ${searched}`,
    measures: Object.fromEntries(measures.map(({ name, definition }) => [name, definition])),
    entries: columns.entries,
    pairs: columns.pairs,
    baselines: baselines.filter(({ values }) => Object.keys(values).length > 0),
    queriesDropped,
    notes: comparisonNotes(all, { entries, measures, columns, baselines, split, options }),
  };
}

/** Who asks and what is searched. @throws {InputError} where roles overlap that may not */
function searchedSplit(split: Split, drop: boolean): Split {
  const { query, database, asPublished } = split;
  checkRolesApart({ query, database, train: new Int32Array(), asPublished });
  return drop && splitOverlaps(split).queriesInDatabase > 0 ? withoutQueriesInDatabase(split) : split;
}
