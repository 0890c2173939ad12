import type { DataIdentity } from "../records/run-record.js";

/** A value and where it may lie. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A method with its settings, at one length: a cell of the table. */
export interface ComparedEntry {
  /** As tables have it, with what sets several settings of one method apart. */
  readonly title: string;
  readonly method: string;
  readonly bits: number | null;
  readonly colour?: string;
  /** Names of its runs, one a seed. */
  readonly runs: readonly string[];
  readonly seeds: readonly number[];
  /** By measure, for example "mAP@5000". */
  readonly values: Readonly<Record<string, ComparedValue>>;
}

/** What a measure says of an entry. */
export interface ComparedValue {
  /** Mean over seeds of the mean over queries. */
  readonly mean: number;
  /** Sample deviation over seeds; 0 for one seed. */
  readonly deviation: number;
  /** Of the mean, over queries and, with several seeds, over seeds. */
  readonly interval: Interval;
  /** Place in its column: 1 is the best, of measures where more is better. */
  readonly place: number;
  /** Whether it is told from the best of its column after correction. Undefined for the best itself. */
  readonly worseThanBest?: boolean;
}

/** How two entries of one length compare by one measure. */
export interface ComparedPair {
  readonly measure: string;
  readonly bits: number | null;
  /** Titles. */
  readonly a: string;
  readonly b: string;
  /** Mean of a minus mean of b, and where it may lie. */
  readonly difference: number;
  readonly interval: Interval;
  readonly pValue: number;
  /** p corrected for the number of comparisons of the family. */
  readonly corrected: number;
}

/** Exhaustive search on the features: what codes are read against. It is not tested, and has no place in a column. */
export interface ComparedBaseline {
  readonly title: string;
  /** By measure, of those that were taken when the study was run: the same at all lengths. */
  readonly values: Readonly<Record<string, number>>;
}

/** Runs side by side: what `compare` gives, tables and figures are made of. */
export interface RunComparison {
  readonly data: DataIdentity;
  /** In words: dataset, split, protocol, queries, database. */
  readonly about: string;
  /** Definitions by measure: what divides, ties, cutoffs. */
  readonly measures: Readonly<Record<string, string>>;
  /** By method and settings, then bits. */
  readonly entries: readonly ComparedEntry[];
  readonly pairs: readonly ComparedPair[];
  /** Where studies have measured it. */
  readonly baselines: readonly ComparedBaseline[];
  /** Whether queries that stand in the database were left out of it. */
  readonly queriesDropped: boolean;
  /** How the test was made and corrected, and over what; what could not be told. Sentences. */
  readonly notes: readonly string[];
}
