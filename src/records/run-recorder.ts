import type { SearchResult } from "../experiments/result.js";
import type { EpochRecord, StepRecord } from "../training/history.js";
import type { Run, RunRecord } from "./run-record.js";

/** Takes down one run as it goes. Made by `openRunRecorder(study, name, …)`; what an earlier, killed one wrote is gone on with. */
export interface RunRecorder {
  /** The course so far, whole each time: what is not yet in metrics.csv and the event file is appended to them. */
  course(epochs: readonly EpochRecord[], steps: readonly StepRecord[]): Promise<void>;
  /** Writes all else, record.json last: it says that the run is finished. */
  finish(finished: FinishedRun): Promise<Run>;
  /** Notes why it failed, for `StudyRecord.failed`. */
  fail(message: string): Promise<void>;
}

/** What a finished run leaves. */
export interface FinishedRun {
  readonly record: Omit<RunRecord, "format" | "files">;
  /** Undefined where it is not judged by the queries: see `Run.result`. */
  readonly result: SearchResult | undefined;
  readonly validationMAP?: number;
  /** Folder of the experiment: model and codes of all rows are copied from it. */
  readonly experiment: string;
}
