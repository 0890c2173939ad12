import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import { popcount } from "../codes/popcount.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { codeWords } from "./hamming-distances.js";
import type { TopK } from "./hamming-ranking.js";
import type { Neighbourhood, Neighbours } from "./hamming-search.js";
import { joinedNeighbours } from "./hamming-search.js";
import type { SubstringTable } from "./substring-table.js";
import { choose, masksOf, substringKey } from "./substring-table.js";

/** A database that is searched by substrings of its codes. */
export interface MultiIndex {
  readonly codes: PackedCodes;
  /** The codes in 32-bit words, (count, ⌈bytesPerCode/4⌉). */
  readonly words: Int32Array;
  /** One for each of m disjoint substrings that make up a code. */
  readonly tables: readonly SubstringTable[];
}

/**
 * The k nearest of each query, by look-ups as far as these are quicker.
 * @param settings k at least 0 and no more than there are items
 * @param scan answers the queries for which they are not
 */
export async function lookUpNearest(
  search: MultiIndexSearch,
  queries: PackedCodes,
  { k, signal }: { readonly k: number } & Abortable,
  scan: (queries: PackedCodes) => Promise<TopK>,
): Promise<TopK> {
  const indices = new Int32Array(queries.count * k);
  const distances = new Uint16Array(queries.count * k);
  const rest: number[] = [];
  for (let query = 0; query < queries.count && k > 0; query++) {
    checkAborted(signal);
    search.start(queries, query);
    if (search.widen(k)) search.writeNearest(indices.subarray(query * k, (query + 1) * k), distances, query * k);
    else rest.push(query);
  }
  if (rest.length > 0) {
    const scanned = await scan(takeCodes(queries, rest));
    for (const [i, query] of rest.entries()) {
      indices.set(scanned.indices.data.subarray(i * k, (i + 1) * k), query * k);
      distances.set(scanned.distances.data.subarray(i * k, (i + 1) * k), query * k);
    }
  }
  const shape = [queries.count, k];
  return { indices: { data: indices, shape }, distances: { data: distances, shape } };
}

/**
 * All within a radius of each query, by look-ups as far as these are quicker.
 * @param scan answers the queries for which they are not
 */
export async function lookUpWithin(
  search: MultiIndexSearch,
  queries: PackedCodes,
  { radius, signal }: { readonly radius: number } & Abortable,
  scan: (queries: PackedCodes) => Promise<Neighbours>,
): Promise<Neighbours> {
  const lists: Neighbourhood[] = [];
  const rest: number[] = [];
  for (let query = 0; query < queries.count; query++) {
    checkAborted(signal);
    search.start(queries, query);
    const reached = search.widen(Number.POSITIVE_INFINITY, radius);
    if (!reached) rest.push(query);
    const size = reached ? search.foundWithin(radius) : 0;
    lists.push({ indices: new Int32Array(size), distances: new Uint16Array(size) });
    search.writeNearest(lists[query].indices, lists[query].distances, 0);
  }
  if (rest.length > 0) {
    const { starts, indices, distances } = await scan(takeCodes(queries, rest));
    for (const [i, query] of rest.entries()) {
      const [from, to] = [starts[i], starts[i + 1]];
      lists[query] = { indices: indices.subarray(from, to), distances: distances.subarray(from, to) };
    }
  }
  return joinedNeighbours(lists);
}

/**
 * What a look-up costs, in codes that a scan compares meanwhile: a bucket is a miss in the cache, an item met two, one
 * of them for its code. Measured; only speed depends on it.
 */
const BUCKET_COST = 40;
const ITEM_COST = 60;

/** The search for one query after the other; its buffers, 10 bytes an item, serve all of them. */
export class MultiIndexSearch {
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

  /** @param scanCost codes that one thread compares meanwhile a scan is done; look-ups that would take longer are given up */
  constructor(
    private readonly index: MultiIndex,
    private readonly scanCost: number,
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
        if (cost + buckets * BUCKET_COST + expected * ITEM_COST > this.scanCost) return false;
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
