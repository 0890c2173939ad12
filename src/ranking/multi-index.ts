// Multi-index hashing: M. Norouzi, A. Punjani, D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012.

import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import { popcount } from "../codes/popcount.js";
import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import { checkBitsAgree, codeWords } from "./hamming-distances.js";
import type { TopK } from "./hamming-ranking.js";
import { neighbours } from "./hamming-ranking.js";
import type { Neighbourhood, Neighbours, SearchNearestOptions, SearchWithinOptions } from "./hamming-search.js";
import { checkRadius, joinedNeighbours, searchNearest, searchWithin } from "./hamming-search.js";
import type { Sides, SideWith } from "./side.js";
import type { SubstringTable } from "./substring-table.js";
import { choose, MAX_SUBSTRING, masksOf, substringKey, substringTable } from "./substring-table.js";

/** A database that is searched by substrings of its codes. */
export interface MultiIndex {
  readonly codes: PackedCodes;
  /** The codes in 32-bit words, (count, ⌈bytesPerCode/4⌉). */
  readonly words: Int32Array;
  /** One for each of m disjoint substrings that make up a code. */
  readonly tables: readonly SubstringTable[];
}

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
  const indices = new Int32Array(queries.count * k);
  const distances = new Uint16Array(queries.count * k);
  const search = new Search(index, options.scan ?? true);
  const rest: number[] = [];
  for (let query = 0; query < queries.count && k > 0; query++) {
    checkAborted(options.signal);
    search.start(queries, query);
    if (search.widen(k)) search.writeNearest(indices.subarray(query * k, (query + 1) * k), distances, query * k);
    else rest.push(query);
  }
  const scanned = await searchNearest(sidesOf(queries, rest, index), { ...options, k });
  for (const [i, query] of rest.entries()) {
    indices.set(scanned.indices.data.subarray(i * k, (i + 1) * k), query * k);
    distances.set(scanned.distances.data.subarray(i * k, (i + 1) * k), query * k);
  }
  const shape = [queries.count, k];
  return { indices: { data: indices, shape }, distances: { data: distances, shape } };
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
  const search = new Search(index, options.scan ?? true);
  const lists: Neighbourhood[] = [];
  const rest: number[] = [];
  for (let query = 0; query < queries.count; query++) {
    checkAborted(options.signal);
    search.start(queries, query);
    const reached = search.widen(Number.POSITIVE_INFINITY, radius);
    if (!reached) rest.push(query);
    const size = reached ? search.foundWithin(radius) : 0;
    lists.push({ indices: new Int32Array(size), distances: new Uint16Array(size) });
    search.writeNearest(lists[query].indices, lists[query].distances, 0);
  }
  const scanned = await searchWithin(sidesOf(queries, rest, index), { ...options, radius });
  for (const [i, query] of rest.entries()) {
    const [from, to] = [scanned.starts[i], scanned.starts[i + 1]];
    lists[query] = { indices: scanned.indices.subarray(from, to), distances: scanned.distances.subarray(from, to) };
  }
  return joinedNeighbours(lists);
}

/** The queries left for a scan, and all codes. */
function sidesOf(queries: PackedCodes, rows: readonly number[], { codes }: MultiIndex): Sides<SideWith<"codes">> {
  return { queries: { codes: takeCodes(queries, rows) }, database: { codes } };
}

/**
 * What a look-up costs, in codes that a scan compares meanwhile: a bucket is a miss in the cache, an item met two, one
 * of them for its code. Measured; only speed depends on it.
 */
const BUCKET_COST = 40;
const ITEM_COST = 60;

/** The search for one query after the other; its buffers serve all of them. */
class Search {
  /** (count) the number of the query that met an item last. */
  private readonly met: Uint32Array;
  /** Items met, and their distances; (count) each, filled up to `size`. */
  private readonly items: Uint32Array;
  private readonly distances: Uint16Array;
  private size: number = 0;
  /** (bits + 1) items met at each distance. */
  private readonly found: Uint32Array;
  private readonly wordsPerCode: number;
  /** By width and number of ones. */
  private readonly masks: Map<number, Uint32Array> = new Map();
  private number: number = 0;
  private query: Int32Array = new Int32Array(0);
  private keys: number[] = [];

  constructor(
    private readonly index: MultiIndex,
    private readonly mayGiveUp: boolean,
  ) {
    const { count, bits, bytesPerCode } = index.codes;
    this.met = new Uint32Array(count);
    this.items = new Uint32Array(count);
    this.distances = new Uint16Array(count);
    this.found = new Uint32Array(bits + 1);
    this.wordsPerCode = Math.ceil(bytesPerCode / 4);
  }

  start(queries: PackedCodes, row: number): void {
    this.number++;
    this.size = 0;
    this.found.fill(0);
    this.query = codeWords(takeCodes(queries, [row]));
    this.keys = this.index.tables.map(({ offset, width }) => substringKey(queries, row, offset, width));
  }

  /**
   * Meets items until at least `enough` of them are known to be the nearest, or all within `radius` are met. When all m
   * substrings have been changed in up to r bits, and the first a + 1 of them in r + 1, nothing at a distance of at most
   * m r + m + a is missed (proposition 1 of the paper).
   * @returns false when that would take longer than a scan
   */
  widen(enough: number, radius: number = this.index.codes.bits): boolean {
    const { tables, codes } = this.index;
    const m = tables.length;
    let cost = 0;
    for (let complete = 0; complete <= radius; complete++) {
      const [changed, j] = [Math.floor(complete / m), complete % m];
      const { width } = tables[j];
      if (changed <= width) {
        const buckets = choose(width, changed);
        const expected = (buckets * codes.count) / 2 ** width;
        if (this.mayGiveUp && cost + buckets * BUCKET_COST + expected * ITEM_COST > codes.count) return false;
        cost += buckets * BUCKET_COST + this.lookUp(tables[j], this.keys[j], changed) * ITEM_COST;
      }
      if (this.foundWithin(complete) >= enough) return true;
    }
    return true;
  }

  /** Meets the items whose substring differs from the key in so many bits; returns how many that were. */
  private lookUp({ starts, items, width }: SubstringTable, key: number, changed: number): number {
    const masks = this.masksOf(width, changed);
    let count = 0;
    for (let i = 0; i < masks.length; i++) {
      const bucket = key ^ masks[i];
      const end = starts[bucket + 1];
      for (let at = starts[bucket]; at < end; at++) this.meet(items[at]);
      count += end - starts[bucket];
    }
    return count;
  }

  private meet(item: number): void {
    if (this.met[item] === this.number) return;
    this.met[item] = this.number;
    const { words } = this.index;
    const { wordsPerCode, query } = this;
    let distance = 0;
    for (let w = 0, at = item * wordsPerCode; w < wordsPerCode; w++, at++) distance += popcount(words[at] ^ query[w]);
    this.found[distance]++;
    this.items[this.size] = item;
    this.distances[this.size++] = distance;
  }

  private masksOf(width: number, ones: number): Uint32Array {
    const known = this.masks.get(width * 32 + ones);
    if (known !== undefined) return known;
    const made = masksOf(width, ones);
    this.masks.set(width * 32 + ones, made);
    return made;
  }

  foundWithin(radius: number): number {
    let count = 0;
    for (let distance = 0; distance <= radius; distance++) count += this.found[distance];
    return count;
  }

  /** Writes the nearest items met, ties by ascending index: as many as `indices` is long. */
  writeNearest(indices: Int32Array, distances: Uint16Array, offset: number): void {
    let farthest = 0;
    while (this.foundWithin(farthest) < indices.length) farthest++;
    // Distance and index in one number, exact below 2^53.
    const keys = new Float64Array(indices.length === 0 ? 0 : this.foundWithin(farthest));
    for (let at = 0, i = 0; at < this.size; at++) {
      if (keys.length > 0 && this.distances[at] <= farthest) keys[i++] = this.distances[at] * 2 ** 32 + this.items[at];
    }
    keys.sort();
    for (let i = 0; i < indices.length; i++) {
      indices[i] = keys[i] % 2 ** 32;
      distances[offset + i] = Math.floor(keys[i] / 2 ** 32);
    }
  }
}
