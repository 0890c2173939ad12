import type { Unlabelled } from "../core/unlabelled.js";
import type { SearchResult } from "../experiments/result.js";
import type { StudyRecord } from "../records/study-record.js";
import type { Measure, MeasuredResult } from "./measure.js";
import type { ComparedBaseline } from "./run-comparison.js";

/** How the runs beside them are judged. */
export interface BaselineJudging {
  readonly measures: readonly Measure[];
  readonly unlabelled: Unlabelled;
  /** Whether the queries were left out of the database. */
  readonly queriesDropped: boolean;
}

/**
 * Exhaustive search on the features of the studies, one for all that have the same features. Features are not stored, so
 * there are those values only that were measured when a study was run; one judged otherwise than the runs is left out.
 */
export function comparedBaselines(studies: readonly StudyRecord[], judging: BaselineJudging): ComparedBaseline[] {
  const found = new Map<string, ComparedBaseline & { readonly backbone: string | undefined }>();
  for (const { cosine, data, runs } of studies) {
    const result = cosine === undefined ? undefined : judgedAlike(cosine, judging);
    if (cosine === undefined || result === undefined) continue;
    const values = Object.fromEntries(
      judging.measures.flatMap(measure => {
        const value = measure.ofResult?.(result);
        return value === undefined || !Number.isFinite(value) ? [] : [[measure.name, value]];
      }),
    );
    const known = found.get(data.features);
    const all = { ...values, ...known?.values };
    found.set(data.features, { title: cosine.title, values: all, backbone: runs[0]?.record.features.backbone });
  }
  return [...found.values()].map(({ title, values, backbone }) => ({
    title: found.size === 1 || backbone === undefined ? title : `${title}, ${backbone}`,
    values,
  }));
}

function judgedAlike(
  cosine: SearchResult,
  { unlabelled, queriesDropped }: BaselineJudging,
): MeasuredResult | undefined {
  const result = queriesDropped ? cosine.withoutQueries : cosine;
  const { treated = unlabelled } = result?.evaluation.unlabelled ?? {};
  return treated === unlabelled ? result : undefined;
}
