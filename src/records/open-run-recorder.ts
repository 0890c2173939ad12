import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder } from "../core/files.js";
import { removeLeftovers } from "../core/leftovers.js";
import { readStored } from "../experiments/stored-record.js";
import type { CourseRow } from "./course-rows.js";
import { courseRows } from "./course-rows.js";
import { writeDvcFiles } from "./dvc-files.js";
import { writeEvaluation } from "./evaluation-file.js";
import { openEventFile, writeFinalEvents } from "./event-file.js";
import { FAILURE_FILE, writeFailure } from "./failure-file.js";
import { finalMetrics } from "./final-metrics.js";
import { openMetricsCsv } from "./metrics-csv.js";
import { mlflowServer } from "./mlflow-client.js";
import type { MlflowRun } from "./mlflow-run.js";
import { openMlflowRun } from "./mlflow-run.js";
import { writeRunCard } from "./run-card.js";
import { copyOutputs } from "./run-outputs.js";
import type { Run } from "./run-record.js";
import { removeRunRecord, writeRunRecord } from "./run-record-file.js";
import type { FinishedRun, RunRecorder } from "./run-recorder.js";

/** Settings of {@link openRunRecorder}. */
export interface RunRecorderOptions {
  /** Address of an MLflow tracking server that gets the same. Default: none does. */
  readonly mlflow?: string;
  /** Told once where that server takes nothing, which fails no run. Default: a line on stderr. */
  readonly onMlflowFault?: (sentence: string) => void;
}

/**
 * Opens the folder of a run in that of its study, to take the run down: metrics.csv and the events that TensorBoard
 * shows as it goes, all else when it is finished. What an earlier recorder wrote, also one that was killed, is gone on
 * with where it is the beginning of the same course, and begun anew where it is not.
 * @param name of the run: of its folder
 * @throws {InputError} for an address of MLflow that is none
 */
export async function openRunRecorder(
  study: string,
  name: string,
  options: RunRecorderOptions = {},
): Promise<RunRecorder> {
  const folder = join(study, name);
  await makeFolder(folder);
  await removeLeftovers(folder);
  const csv = await openMetricsCsv(folder);
  const events = await openEventFile(folder);
  const mlflow = openMlflow(basename(study), name, options);
  const remove = (file: string): Promise<void> => rm(join(folder, file), { force: true });
  const follow = async (rows: readonly CourseRow[], isWhole: boolean): Promise<void> => {
    if (csv.isOf(rows, isWhole)) {
      await csv.follow(rows);
      await events.follow(rows);
      mlflow?.follow(rows);
      return;
    }
    await removeRunRecord(folder); // of another computation
    await events.restart(rows); // before metrics.csv, which says whose course it is
    await csv.restart(rows);
    mlflow?.restart(rows);
  };
  return {
    course: (epochs, steps) => follow(courseRows(epochs, steps), false),
    async finish({ record, result, validationMAP, experiment }: FinishedRun): Promise<Run> {
      await removeRunRecord(folder); // never beside files of another computation
      const stored = await readStored(experiment);
      const rows = stored === undefined ? [] : courseRows(stored.epochs, stored.steps);
      if (rows.length > 0) await follow(rows, true); // also what nobody told of: of a training that was killed at its end
      const files = await copyOutputs(experiment, folder, record.output);
      if (result === undefined) await remove("evaluation.json");
      else await writeEvaluation(folder, result);
      const metrics = finalMetrics(result, validationMAP);
      const step = rows.at(-1)?.step ?? 0;
      await writeFinalEvents(folder, step, finalEvents(metrics, rows));
      await writeDvcFiles(folder, { config: record.config, metrics, rows });
      await writeRunCard(study, { folder, record: { format: 0, ...record, files }, result });
      await remove(FAILURE_FILE);
      mlflow?.finish(record, step, metrics);
      await mlflow?.end();
      const validated = validationMAP === undefined ? {} : { validationMAP };
      const { validationMAP: _, ...written } = await writeRunRecord(folder, { ...record, files, ...validated });
      return { study: basename(study), folder, record: written, result, ...validated };
    },
    async fail(message) {
      await writeFailure(folder, { name, message, date: new Date().toISOString() });
      mlflow?.fail(message);
      await mlflow?.end();
    },
  };
}

function openMlflow(study: string, name: string, options: RunRecorderOptions): MlflowRun | undefined {
  const { mlflow, onMlflowFault: onFault = sayOnStderr } = options;
  return mlflow === undefined ? undefined : openMlflowRun(mlflowServer(mlflow), { study, name, onFault });
}

function sayOnStderr(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** What the events of the steps do not have: by validation, the last of them has it. */
function finalEvents(metrics: Readonly<Record<string, number>>, rows: readonly CourseRow[]): Record<string, number> {
  const isNews = ([name]: [string, number]): boolean => rows.length === 0 || !name.startsWith("val/");
  return Object.fromEntries(Object.entries(metrics).filter(isNews));
}
