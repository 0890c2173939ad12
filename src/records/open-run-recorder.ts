import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder } from "../core/files.js";
import { removeLeftovers } from "../core/leftovers.js";
import { readStored } from "../experiments/stored-record.js";
import { courseRows } from "./course-rows.js";
import { writeEvaluation } from "./evaluation-file.js";
import { FAILURE_FILE, writeFailure } from "./failure-file.js";
import { openMetricsCsv } from "./metrics-csv.js";
import { writeRunCard } from "./run-card.js";
import { copyOutputs } from "./run-outputs.js";
import type { Run } from "./run-record.js";
import { writeRunRecord } from "./run-record-file.js";
import type { FinishedRun, RunRecorder } from "./run-recorder.js";

/** Settings of {@link openRunRecorder}. */
export interface RunRecorderOptions {
  /** Address of an MLflow tracking server that gets the same. Default: none does. */
  readonly mlflow?: string;
}

/**
 * Opens the folder of a run in that of its study, to take the run down: metrics.csv as it goes, all else when it is
 * finished. What an earlier recorder wrote, also one that was killed, is gone on with where it is the beginning of the
 * same course, and begun anew where it is not.
 * @param name of the run: of its folder
 */
export async function openRunRecorder(
  study: string,
  name: string,
  _options: RunRecorderOptions = {},
): Promise<RunRecorder> {
  const folder = join(study, name);
  await makeFolder(folder);
  await removeLeftovers(folder);
  const csv = await openMetricsCsv(folder);
  const remove = (file: string): Promise<void> => rm(join(folder, file), { force: true });
  const follow: RunRecorder["course"] = async (epochs, steps) => {
    if (!(await csv.follow(courseRows(epochs, steps)))) await remove("record.json"); // of another computation
  };
  return {
    course: follow,
    async finish({ record, result, validationMAP, experiment }: FinishedRun): Promise<Run> {
      await remove("record.json"); // never beside files of another computation
      const course = await readStored(experiment); // also what nobody told of: of a training that was killed at its end
      if (course !== undefined && course.steps.length > 0) await follow(course.epochs, course.steps);
      const files = await copyOutputs(experiment, folder, record.output);
      if (result === undefined) await remove("evaluation.json");
      else await writeEvaluation(folder, result);
      await writeRunCard(study, { folder, record: { format: 0, ...record, files }, result });
      await remove(FAILURE_FILE);
      const validated = validationMAP === undefined ? {} : { validationMAP };
      const { validationMAP: _, ...written } = await writeRunRecord(folder, { ...record, files, ...validated });
      return { study: basename(study), folder, record: written, result, ...validated };
    },
    async fail(message) {
      await writeFailure(folder, { name, message, date: new Date().toISOString() });
    },
  };
}
