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
 * A database of codes that stays in memory to be searched, one query at a time or many, with the threads that search it.
 * Results are those of an exhaustive scan: by ascending distance, ties by ascending row.
 */
export interface Gallery {
  /** Items. */
  readonly count: number;
  readonly bits: number;
  /** Names of the rows, where they were given. */
  readonly ids?: readonly string[];
  /** What searches it, where no filter is asked for. */
  readonly index: "scan" | "multi-index";
  /** @throws {InputError} when the queries have other bits, or a setting is out of bounds */
  nearest(queries: PackedCodes, options?: GalleryNearestOptions): Promise<TopK>;
  /** @throws {InputError} as {@link nearest} */
  within(queries: PackedCodes, options?: GalleryWithinOptions): Promise<Neighbours>;
  /**
   * How many items lie at each distance 0..bits of each query, (queries, bits + 1); none of them is listed. Absent where an
   * engine cannot say it.
   * @throws {InputError} as {@link nearest}
   */
  counts?(queries: PackedCodes, options?: GalleryFilter & Abortable): Promise<NdArray<Float64Array>>;
  /** Ends its threads and gives its memory back. It cannot be searched afterwards. */
  close(): Promise<void>;
}
