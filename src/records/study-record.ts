import type { Labels } from "../core/labels.js";
import type { Split } from "../datasets/roles.js";
import type { SearchResult } from "../experiments/result.js";
import type { StudyOptions } from "../experiments/study.js";
import type { DataIdentity, Run } from "./run-record.js";

/** How the data of a study is opened again, by `reproduce` for example. */
export type DataOrigin =
  /** What `openStudy` was given. */
  | { readonly kind: "study"; readonly options: Omit<StudyOptions, "onProgress"> }
  /** A data folder of `extract`, as it was given, and the share of its train rows held out for validation (0: none). */
  | { readonly kind: "folder"; readonly path: string; readonly validation: number }
  /** Data made in a cell: it cannot be opened again, and `reproduce` says so. */
  | { readonly kind: "given" };

/** A run that failed: it is tried again when the study is run again. */
export interface FailedRun {
  readonly name: string;
  /** The error's message. */
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** What `--select` has chosen, and by what. */
export interface Selection {
  /** In words: by which figure of which rows. Never of the queries. */
  readonly by: string;
  /** By `<method>-<bits>`: the runs of the chosen settings, and each candidate's mean validation mAP over seeds. */
  readonly chosen: Readonly<
    Record<string, { readonly runs: readonly string[]; readonly candidates: readonly Candidate[] }>
  >;
}

/** Settings that were tried. */
export interface Candidate {
  /** `gamma=5`; empty for the defaults. */
  readonly settings: string;
  /** Mean over seeds of the final models' validation mAP, 0..1. */
  readonly validationMAP: number;
  readonly seeds: number;
}

/**
 * study.json, beside the runs' folders and `labels.npy`, `split.json`, `ids.txt` (where there are ids) of all rows: what is
 * needed to judge codes by any metric, without features.
 */
export interface StudyFile {
  readonly format: number;
  /** Name of its folder. */
  readonly id: string;
  /** ISO 8601, UTC: of the first run. */
  readonly date: string;
  /** What was asked for, as plain values, each time runs were added: methods of one's own by name. */
  readonly sweeps: readonly Readonly<Record<string, unknown>>[];
  /** Names of all runs that were asked for, in that order: by method, bits, settings, seed. */
  readonly asked: readonly string[];
  readonly data: DataIdentity;
  readonly origin: DataOrigin;
  /** The rule of the split in words; of a named protocol its name too. */
  readonly protocol: { readonly words: string; readonly name?: string };
  readonly selection?: Selection;
}

/** A study, read: its runs, and what to judge them with. */
export interface StudyRecord extends StudyFile {
  readonly folder: string;
  /** The finished ones, by method, bits, settings, seed, in the order in which they were asked for. */
  readonly runs: readonly Run[];
  readonly failed: readonly FailedRun[];
  /** Names of runs that were asked for and are neither finished nor failed: interrupted, or never begun. */
  readonly missing: readonly string[];
  /** How exhaustive search on the features does; undefined where it was not measured. */
  readonly cosine?: SearchResult;
  /** Of all rows. */
  readonly labels: Labels;
  readonly split: Split;
  /** Rows held out of the train rows, as searched in to validate. */
  readonly validation?: Split;
}
