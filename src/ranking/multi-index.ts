// Multi-index hashing: M. Norouzi, A. Punjani, D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012.

import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import { checkBitsAgree, codeWords } from "./hamming-distances.js";
import type { TopK } from "./hamming-ranking.js";
import { neighbours } from "./hamming-ranking.js";
import type { Neighbours, SearchNearestOptions, SearchWithinOptions } from "./hamming-search.js";
import { checkRadius, searchNearest, searchWithin } from "./hamming-search.js";
import type { MultiIndex } from "./multi-index-search.js";
import { lookUpNearest, lookUpWithin, MultiIndexSearch } from "./multi-index-search.js";
import type { Sides, SideWith } from "./side.js";
import type { SubstringTable } from "./substring-table.js";
import { MAX_SUBSTRING, substringTable } from "./substring-table.js";

export interface MultiIndexOptions {
  /**
   * Number m of substrings, ⌈bits/22⌉ .. bits. Default: substrings of about log2(database) bits, which the paper finds
   * best (section 3.2).
   */
  substrings?: number;
}

export interface MultiIndexSearchOptions {
  /** Whether a query is answered by a scan when look-ups would take longer. Default true; false to measure look-ups. */
  scan?: boolean;
}

/**
 * Builds the index. Memory: 4 bytes an item and table, 4 bytes a bucket, and the codes
 * twice.
 * @throws {InputError} when the number of substrings is out of range
 */
export function buildMultiIndex(codes: PackedCodes, options: MultiIndexOptions = {}): MultiIndex {
  const { bits, count } = codes;
  const fewest = Math.ceil(bits / MAX_SUBSTRING);
  const width = Math.max(4, Math.min(MAX_SUBSTRING, Math.log2(Math.max(2, count))));
  const m = options.substrings ?? Math.max(fewest, Math.round(bits / width));
  if (!(Number.isInteger(m) && m >= fewest && m <= bits)) {
    throw new InputError("number of substrings out of range", { expected: `${fewest}..${bits}`, actual: `${m}` });
  }
  const tables: SubstringTable[] = [];
  for (let j = 0, offset = 0; j < m; j++) {
    const wide = Math.floor(bits / m) + (j < bits % m ? 1 : 0);
    tables.push(substringTable(codes, offset, wide));
    offset += wide;
  }
  return { codes, words: codeWords(codes), tables };
}

/**
 * The k nearest codes of each query, the same as `searchNearest` gives. Queries for which so many substrings would have
 * to be looked up that a scan is quicker are answered by one.
 * @throws {InputError} when queries and database differ in bits, or k is negative
 */
export async function multiIndexNearest(
  index: MultiIndex,
  queries: PackedCodes,
  options: SearchNearestOptions & MultiIndexSearchOptions = {},
): Promise<TopK> {
  checkBitsAgree(queries, index.codes);
  const k = neighbours(options.k ?? 10, index.codes.count);
  const search = searchOf(index, options);
  const scan = (rest: PackedCodes): Promise<TopK> => searchNearest(sidesOf(rest, index), { ...options, k });
  return lookUpNearest(search, queries, { k, signal: options.signal }, scan);
}

/**
 * All codes within a Hamming radius of each query, the radius included: the same as `searchWithin` gives, by it where
 * that is quicker.
 * @throws {InputError} when queries and database differ in bits, or the radius is negative
 */
export async function multiIndexWithin(
  index: MultiIndex,
  queries: PackedCodes,
  options: SearchWithinOptions & MultiIndexSearchOptions = {},
): Promise<Neighbours> {
  checkBitsAgree(queries, index.codes);
  const radius = Math.min(checkRadius(options.radius ?? 2), index.codes.bits);
  const search = searchOf(index, options);
  const scan = (rest: PackedCodes): Promise<Neighbours> => searchWithin(sidesOf(rest, index), { ...options, radius });
  return lookUpWithin(search, queries, { radius, signal: options.signal }, scan);
}

function searchOf(index: MultiIndex, { scan = true }: MultiIndexSearchOptions): MultiIndexSearch {
  return new MultiIndexSearch(index, scan ? index.codes.count : Number.POSITIVE_INFINITY);
}

function sidesOf(queries: PackedCodes, { codes }: MultiIndex): Sides<SideWith<"codes">> {
  return { queries: { codes: queries }, database: { codes } };
}
