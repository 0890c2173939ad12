import type { Abortable } from "../core/abort.js";
import type { ProgressListener } from "../core/progress.js";
import type { ExperimentData } from "../experiments/experiment-data.js";
import type { Method } from "../methods/method.js";

/** Whether a run gives again what its record says. */
export type Verdict =
  /** Codes (or embedding) and weights are the same to the last bit. */
  | "bit-equal"
  /** No measure is further from the recorded one than the tolerance. */
  | "within tolerance"
  /** Further, but no measure further than that of another seed would be, by the seeds of its study (three at least). */
  | "within the spread of its seeds"
  | "different"
  /** It could not be run. */
  | "not computed";

/** A measure as it was recorded, and as it is now. */
export interface MeasureChange {
  /** Its place in the evaluation: "mAP.all.tieAware". */
  readonly measure: string;
  readonly recorded: number;
  readonly now: number;
  /** How far another seed's is from the recorded one, in 99 of 100 cases. Absent: its study has fewer than three seeds. */
  readonly seedReach?: number;
}

/** The weakest verdict that still holds. */
export type Accepted = "tolerance" | "spread";

/** What came of running a recorded run again. */
export interface RunReproduction {
  readonly name: string;
  readonly verdict: Verdict;
  /** Sentences on what is not as it was: data, code, version, machine. Empty: all is as it was. */
  readonly changed: readonly string[];
  /** All that its record has measured; empty where it was not computed. */
  readonly measures: readonly MeasureChange[];
  /** The measure that tells most against it; undefined where nothing was measured. */
  readonly furthest?: MeasureChange;
  /** Runs of the study that differ by their seed alone, it included. Absent: fewer than three. */
  readonly seeds?: number;
  readonly seconds: number;
}

/** What came of running a study, or some of its runs, again. */
export interface Reproduction {
  readonly study: string;
  readonly tolerance: number;
  readonly runs: readonly RunReproduction[];
  readonly accept: Accepted;
  /** Whether every run is bit-equal, within tolerance or, where that is accepted, within the spread of its seeds. */
  readonly holds: boolean;
}

/** Settings of {@link reproduce}. */
export interface ReproduceOptions extends Abortable {
  /** Folder of all studies. Default `runs/studies`, then `records`. */
  readonly folder?: string;
  /**
   * What the study was made over: values of a cell, or a data folder of `extract`. Default: opened as its record says; of a
   * pack with data, that of the pack.
   */
  readonly data?: ExperimentData | string;
  /** Methods of one's own that the study took from cells. Default: none. */
  readonly methods?: readonly Method[];
  /** Of each method only the run that was quickest to train, to see that all works. Default false. */
  readonly quickest?: boolean;
  /** How far a measure may be from the recorded one, 0 or more. Default 0.003. */
  readonly tolerance?: number;
  /**
   * What holds, at the least. "spread": also what no measure tells from another seed, as of another processor, whose rounding
   * trainings amplify. Default "tolerance".
   */
  readonly accept?: Accepted;
  /** Told of each run that is done. Default: nobody is. */
  readonly onRun?: (run: RunReproduction) => void;
  /** Told of trainings and extractions. Default: nobody is. */
  readonly onProgress?: ProgressListener;
}
