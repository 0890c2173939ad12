import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../core/files.js";
import type { CourseMetric, CourseRow } from "./course-rows.js";
import { COURSE_METRICS } from "./course-rows.js";
import type { RunRecord } from "./run-record.js";
import { yamlText } from "./yaml-text.js";

/** What DVC is told of a run. */
export interface DvcRun {
  readonly config: RunRecord["config"];
  /** By `group/name`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly rows: readonly CourseRow[];
}

/** Where DVC finds what, as DVCLive lays it out. */
const DVC_YAML = "params:\n  - params.yaml\nmetrics:\n  - metrics.json\n";
const PLOTS_YAML = "plots:\n  - plots/metrics:\n      x: step\n";

/**
 * Writes a run as DVC reads it: params.yaml, metrics.json, `plots/metrics/<group>/<name>.tsv` (step and value), and
 * dvc.yaml, which names them.
 */
export async function writeDvcFiles(folder: string, { config, metrics, rows }: DvcRun): Promise<void> {
  await rm(join(folder, "plots"), { recursive: true, force: true }); // of an earlier course
  await writeAtomically(join(folder, "params.yaml"), yamlText(config as unknown as Readonly<Record<string, unknown>>));
  await writeAtomically(join(folder, "metrics.json"), `${JSON.stringify(inGroups(metrics), null, 2)}\n`);
  for (const name of COURSE_METRICS) {
    const table = plotOf(name, rows);
    if (table !== undefined) await writeAtomically(join(folder, "plots", "metrics", `${name}.tsv`), table);
  }
  await writeAtomically(join(folder, "dvc.yaml"), DVC_YAML + (rows.length > 0 ? PLOTS_YAML : ""));
}

/** `{ "test/mAP": 1 }` as `{ test: { mAP: 1 } }`. */
function inGroups(metrics: Readonly<Record<string, number>>): Record<string, Record<string, number>> {
  const groups: Record<string, Record<string, number>> = {};
  for (const [name, value] of Object.entries(metrics)) {
    const slash = name.indexOf("/");
    const group = name.slice(0, slash);
    groups[group] = { ...groups[group], [name.slice(slash + 1)]: value };
  }
  return groups;
}

/** A line for each step that has a value; undefined where none has. */
function plotOf(metric: CourseMetric, rows: readonly CourseRow[]): string | undefined {
  const lines = rows.flatMap(({ step, values }) =>
    values[metric] === undefined ? [] : `${step}\t${values[metric]}\n`,
  );
  const name = metric.slice(metric.indexOf("/") + 1);
  return lines.length === 0 ? undefined : `step\t${name}\n${lines.join("")}`;
}
