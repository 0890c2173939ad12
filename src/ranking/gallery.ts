import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import type { TopK } from "./hamming-ranking.js";
import type { Neighbours } from "./hamming-search.js";

/** Which items of a gallery may be found. */
export interface GalleryFilter {
  /** Only items with one of these classes, which are among those of the labels. Default: all. */
  readonly classes?: readonly number[];
}

/** Settings of {@link Gallery.nearest}. */
export interface GalleryNearestOptions extends Abortable, GalleryFilter {
  /** Neighbours a query. Default 10; 0 or more, cut to the items that may be found. */
  readonly k?: number;
}

/** Settings of {@link Gallery.within}. */
export interface GalleryWithinOptions extends Abortable, GalleryFilter {
  /** Largest distance, inclusive. Default 2; 0 or more. */
  readonly radius?: number;
}

/**
 * A database of codes to be searched, one query at a time or many: in the memory of this process with the threads that search
 * it, or in an engine (Milvus, ClickHouse). Results stand by ascending distance, ties by ascending row; they are those of an
 * exhaustive scan wherever `exact` is true.
 */
export interface Gallery {
  /** Items. */
  readonly count: number;
  readonly bits: number;
  /** Who holds the codes: this process, or an engine. */
  readonly engine: "resident" | "milvus" | "clickhouse";
  /** What searches it, where no filter is asked for. "ivf": an inverted file of Milvus. */
  readonly index: "scan" | "multi-index" | "ivf";
  /** Whether nothing is missed. False of an inverted file, which looks into some of its lists only. */
  readonly exact: boolean;
  /** Names of the rows, where they were given and are held in memory; {@link names} knows those in an engine too. */
  readonly ids?: readonly string[];
  /** Whether its rows have names. */
  readonly named: boolean;
  /** SHA-256 of the model that made the codes, as `codes.json` has it, where it is known. */
  readonly model?: string;
  /** Names of the classes, where they are known. */
  readonly classNames?: readonly string[];
  /** @throws {InputError} when the queries have other bits, or a setting is out of bounds */
  nearest(queries: PackedCodes, options?: GalleryNearestOptions): Promise<TopK>;
  /** @throws {InputError} as {@link nearest} */
  within(queries: PackedCodes, options?: GalleryWithinOptions): Promise<Neighbours>;
  /**
   * How many items lie at each distance 0..bits of each query, (queries, bits + 1); none of them is listed. Absent where an
   * engine cannot say it.
   * @throws {InputError} as {@link nearest}
   */
  distanceCounts?(queries: PackedCodes, options?: GalleryFilter & Abortable): Promise<NdArray<Float64Array>>;
  /**
   * What rows are called, in their order.
   * @throws {InputError} when the rows have no names, or there is no such row
   */
  names(rows: ArrayLike<number>, options?: Abortable): Promise<string[]>;
  /** Ends its threads or connections and gives its memory back. It cannot be searched afterwards. */
  close(): Promise<void>;
}
