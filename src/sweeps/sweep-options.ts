import type { Abortable } from "../core/abort.js";
import type { ExperimentOptions } from "../experiments/run-experiment.js";
import type { Shard } from "../features/feature-manifest.js";
import type { Method } from "../methods/method.js";
import type { TrainSettings } from "../training/train-config.js";

/** One value, or several to be tried. In a random choice also a range to draw from. */
export type Tried<T> = T | readonly T[] | DrawnFrom;

/** A range of numbers that a random choice draws from. */
export interface DrawnFrom {
  readonly from: number;
  readonly to: number;
  /** Even on a logarithmic axis, for learning rates and weights; both bounds above 0 then. Default false. */
  readonly logarithmic?: boolean;
  /** Whole numbers only. Default false. */
  readonly whole?: boolean;
}

/** Which trainings a study is of: every method at every length with every seed and all settings. */
export interface SweepDefinition {
  /** Known names, and methods of one's own. */
  readonly methods: readonly (string | Method)[];
  readonly bits: readonly number[];
  /** Default [0]. */
  readonly seeds?: readonly number[];
  /** Settings of all trainings, a value or several: `{ epochs: 60, learningRate: [1e-3, 1e-4] }`; dotted for groups: `"optimizer.kind"`. */
  readonly settings?: Readonly<Record<string, Tried<unknown>>>;
  /** Of methods, by their names, a value or several: `{ dch: { gamma: [5, 10, 20] } }`. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, Tried<unknown>>>>>;
  /** Presets of methods by their names, `{ dch: "paper" }`. Default: the methods' defaults. */
  readonly presets?: Readonly<Record<string, string>>;
  /** Draw so many settings for each method instead of trying all. Default: all. */
  readonly random?: { readonly draws: number; readonly seed?: number };
}

/** All names of {@link SweepDefinition}. */
export const DEFINITION_FIELDS: Readonly<Record<keyof SweepDefinition, true>> = {
  methods: true,
  bits: true,
  seeds: true,
  settings: true,
  options: true,
  presets: true,
  random: true,
};

/** Settings of {@link sweep}. */
export interface SweepOptions
  extends SweepDefinition,
    Abortable,
    Pick<
      ExperimentOptions,
      "protocol" | "metrics" | "cutoffs" | "allowSeen" | "unlabelled" | "dropQueriesFromDatabase"
    > {
  /** Of the study: its folder in `folder`. A study of that name on the same data grows. Default: made of what is asked for. */
  readonly name?: string;
  /** Folder of all studies. Default `runs/studies`. */
  readonly folder?: string;
  /** Trainings at a time, each in a process of one thread. Default: the cores. */
  readonly workers?: number;
  /** Choose settings by validation, and judge only the chosen ones by the queries. Default false. */
  readonly select?: boolean;
  /** Measure exhaustive search on the features too, which tables are read against. Default true. */
  readonly cosine?: boolean;
  /**
   * Runs one part of several of the runs, every `of`-th, where other machines run the others; the study is laid out when
   * nobody has, and else left alone. With `select` settings are then chosen by who collects. Default: all runs.
   */
  readonly shard?: Shard;
  /** Runs nothing anew: takes what parts have run and does what is left, as if it had run all. Default false. */
  readonly collect?: boolean;
  /** Told of every change. Default: in a cell, a table that moves. */
  readonly onState?: (state: SweepState) => void;
  /** Send what is recorded to a tracking server too. Default: to none. */
  readonly mlflow?: string;
}

/** A run that is asked for. */
export interface SweepCell {
  /** As `RunRecord.name`. */
  readonly name: string;
  readonly settings: TrainSettings;
}

/** Where a sweep is. */
export interface SweepState {
  /** In the order asked for. */
  readonly cells: readonly CellState[];
  /** Seconds since it began. */
  readonly seconds: number;
  /** Estimate; undefined until there is something to estimate from. */
  readonly secondsLeft?: number;
}

/** A run that is asked for, and where it is. */
export type CellState = SweepCell & CellPlace;

/** Where one run is; of what was judged by the queries its mAP (tie-aware, over the whole ranking). */
export type CellPlace = {
  /** What there is to know of it. Absent: nothing. */
  readonly note?: string;
} & (
  | { readonly state: "waiting" }
  | { readonly state: "running"; readonly epoch: number; readonly epochs: number; readonly validationMAP?: number }
  | {
      readonly state: "done";
      /** Whether it had been computed before. */
      readonly cached: boolean;
      readonly seconds: number;
      readonly mAP?: number;
      readonly validationMAP?: number;
    }
  | { readonly state: "failed"; readonly message: string }
);
