import type { SearchResult } from "../experiments/result.js";
import type { StoredRecord } from "../experiments/stored-record.js";

/** Files of a run that say whether another run gave the same: by name, the SHA-256 of each in hexadecimal digits. */
export type FileHashes = Readonly<Record<string, string>>;

/** A method of one's own that came from a file: where to find it again, and whether it is still the same. */
export interface MethodFile {
  /** As it was given on the command line; relative paths are to the folder the command ran in. */
  readonly path: string;
  /** SHA-256 of its text. */
  readonly sha256: string;
}

/**
 * record.json of a run: all that made it. A run is one training or fit with all its settings decided, of one study.
 * Its folder is `runs/studies/<study>/<name>/`; a run that was kept for a paper, `records/<study>/<name>/`, has no model.
 */
export interface RunRecord extends Omit<StoredRecord, "epochs" | "steps"> {
  /** Of the run, unique in its study: `dch-48-s0`, with what differs from the method's defaults `dch-48-s0-gamma=5`. */
  readonly name: string;
  /** Of the method, as tables have it; what sets several settings of one method apart is added when a study is read. */
  readonly title: string;
  /** `#RRGGBB`. Default: the palette's next. */
  readonly colour?: string;
  readonly bits: number;
  readonly seed: number;
  /** What the method gives: hash codes (`codes.npy`, packed) or real values (`embedding.npy`, float32). */
  readonly output: "codes" | "embedding";
  /** Where the method is one's own and came from a file. Absent: a known one, or one defined in a cell. */
  readonly methodFile?: MethodFile;
  /** Of the computation: equal keys, equal models (see `Computation`). */
  readonly key: string;
  /** Of the data it was made with, see {@link DataIdentity}; the same for all runs of a study. */
  readonly data: DataIdentity;
  /** Threads of the engine. */
  readonly threads: number;
  /** Of codes.npy or embedding.npy, and of the model's files (also where those are not kept). */
  readonly files: FileHashes;
}

/** What data a study's runs have in common, as hashes: two runs can be compared when these are equal. */
export interface DataIdentity {
  /** Name of the dataset. */
  readonly dataset: string;
  /** Rows of the features. */
  readonly rows: number;
  /** SHA-256 of the features' values, row by row, little endian. */
  readonly features: string;
  /** SHA-256 of the labels' values. */
  readonly labels: string;
  /** SHA-256 of the rows of query and database. */
  readonly searched: string;
  /** SHA-256 of the rows that are learned from and of those held out of them. */
  readonly learned: string;
}

/** A run of a study, read: its record and how it does. */
export interface Run {
  /** Of the study. */
  readonly study: string;
  /** Of the run: where its files are. */
  readonly folder: string;
  readonly record: RunRecord;
  /**
   * How it does, for tables and figures, at the cutoffs it was judged with; its title tells several settings of one method
   * apart. Undefined where a study chose settings by validation and this run was not chosen: it was not judged by queries.
   */
  readonly result: SearchResult | undefined;
  /** Tie-aware mAP@all of the validation queries of the final model, 0..1. Undefined without validation rows. */
  readonly validationMAP?: number;
}
