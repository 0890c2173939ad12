import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import type { Labels } from "../core/labels.js";
import type { Neighbourhood } from "../ranking/hamming-search.js";
import type { StoreEngine } from "./gallery-address.js";
import type { GalleryRecord } from "./gallery-record.js";

/** Rows of a gallery. */
export interface GalleryRows {
  /** Their numbers, ascending. */
  readonly rows: Int32Array;
  readonly codes: PackedCodes;
  /** Their names, where the rows have some. */
  readonly ids?: readonly string[];
  /** Their classes, where they have some. */
  readonly labels?: Labels;
}

/** Rows from one on, up to another that is none of them. */
export interface RowWindow {
  readonly from: number;
  readonly to: number;
}

/** Which rows are meant; what is not said restricts nothing. */
export interface RowFilter {
  readonly window?: RowWindow;
  /** Rows with one of these classes. */
  readonly classes?: readonly number[];
}

/** How a store is searched. */
export interface StoreSearch extends Abortable {
  readonly classes?: readonly number[];
}

/** The place of one gallery in an engine: a collection, a table. What each engine is asked for. */
export interface GalleryStore {
  readonly engine: StoreEngine;
  /** Its address, for messages. */
  readonly place: string;
  /**
   * What is there; undefined where nothing is.
   * @throws {InputError} when it is nothing of ours
   * @throws {UnavailableError} when the engine does not answer, here and in all that follows
   */
  look(options?: Abortable): Promise<GalleryRecord | undefined>;
  /** Makes an empty one. */
  create(record: GalleryRecord): Promise<void>;
  /** Makes what {@link create} had not yet made when it was ended. Absent: it makes all at once. */
  complete?(record: GalleryRecord): Promise<void>;
  /** Removes it with all its codes. */
  drop(): Promise<void>;
  /** Its codes, where it is there. */
  codes(record: GalleryRecord): StoredCodes;
  close(): Promise<void>;
}

/** The codes of a gallery in an engine. */
export interface StoredCodes {
  /** Rows that can be read, all that were added before the call among them. */
  count(filter?: RowFilter, options?: Abortable): Promise<number>;
  /** Adds rows. */
  add(rows: GalleryRows): Promise<void>;
  /** Most rows for one call of {@link add}. */
  readonly batch: number;
  /** Writes down what was added, and waits for the index. @param tell is told of rows that are indexed */
  finish(tell: (indexed: number) => void, options: Abortable): Promise<void>;
  /** Makes them ready to be counted and searched. */
  load(options?: Abortable): Promise<void>;
  /** Of each query the k nearest, or all where there are fewer: nearest first, ties by ascending row. */
  nearest(queries: PackedCodes, k: number, search: StoreSearch): Promise<Neighbourhood[]>;
  /** Of each query all within a radius, nearest first, ties by ascending row. */
  within(queries: PackedCodes, radius: number, search: StoreSearch): Promise<Neighbourhood[]>;
  /** What rows are called, of a gallery whose rows have names. @param rows each once */
  names(rows: Int32Array, options?: Abortable): Promise<Map<number, string>>;
}
