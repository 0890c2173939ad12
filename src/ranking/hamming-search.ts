import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import { checkBitsAgree } from "./hamming-distances.js";
import type { TopK } from "./hamming-ranking.js";
import { neighbours } from "./hamming-ranking.js";
import type { ParallelScanOptions } from "./parallel-rankings.js";
import type { ScanPlan } from "./scan-memory.js";
import { finishedBlocks, scanThreads } from "./scan-threads.js";
import type { Sides, SideWith } from "./side.js";
import { neededOf } from "./side.js";

/** Settings of {@link searchNearest}. */
export interface SearchNearestOptions extends ParallelScanOptions {
  /** Neighbours a query. Default 10; 0 or more, cut to the size of the database. */
  k?: number;
}

export interface SearchWithinOptions extends ParallelScanOptions {
  /** Largest distance, inclusive. Default 2; 0 or more. */
  radius?: number;
}

/** Neighbours of many queries, different in number. Those of query q are at starts[q] .. starts[q + 1] − 1. */
export interface Neighbours {
  /** (queries + 1,) places in the other two arrays. */
  readonly starts: Float64Array;
  /** Database indices, a query's nearest first, ties by ascending index. */
  readonly indices: Int32Array;
  /** Their Hamming distances. */
  readonly distances: Uint16Array;
}

/** Room for the neighbours of a query at the first try; more are fetched once their number is known. */
const FIRST_ROOM = 1024;

/**
 * Exhaustive search for the k nearest codes of each query, from WebAssembly kernels on several threads: rows of the
 * database by ascending distance, ties by ascending row.
 * @param sides codes of both, of the same bits
 * @returns (queries, k) rows and distances in bits; k is cut to the database
 * @throws {InputError} when queries and database differ in bits, or k is negative
 */
export async function searchNearest(
  sides: Sides<SideWith<"codes">>,
  options: SearchNearestOptions = {},
): Promise<TopK> {
  const { queries, database } = codesOf(sides);
  const k = neighbours(options.k ?? 10, database.count);
  const shape = [queries.count, k];
  const indices = new Int32Array(queries.count * k);
  const distances = new Uint16Array(queries.count * k);
  if (k > 0 && queries.count > 0) {
    const threads = scanThreads(options.threads, queries.count, database.count, database.bits);
    const capacity = Math.min(database.count, Math.max(2 * k, FIRST_ROOM));
    const request = { kernel: "nearestBlock", queries, database, capacity, limit: k, threads } as const;
    let query = 0;
    for await (const { plan, slot } of finishedBlocks(request, options.signal)) {
      const gathered = gatheredIn(plan, slot, k);
      const count = Math.min(plan.block, queries.count - query);
      indices.set(gathered.indices.subarray(0, count * k), query * k);
      distances.set(gathered.distances.subarray(0, count * k), query * k);
      query += count;
    }
  }
  return { indices: { data: indices, shape }, distances: { data: distances, shape } };
}

/**
 * Exhaustive search for all codes within a Hamming radius of each query, the radius included.
 * @throws {InputError} when queries and database differ in bits, or the radius is negative
 */
export async function searchWithin(
  sides: Sides<SideWith<"codes">>,
  options: SearchWithinOptions = {},
): Promise<Neighbours> {
  const { queries, database } = codesOf(sides);
  const radius = checkRadius(options.radius ?? 2);
  const threads = scanThreads(options.threads, queries.count, database.count, database.bits);
  const all = Array.from({ length: queries.count }, (_, query) => query);
  const room = Math.min(database.count, FIRST_ROOM);
  const lists = new Array<Neighbourhood>(queries.count);
  const request = { kernel: "withinBlock", database, limit: radius, threads } as const;
  if (queries.count === 0) return joinedNeighbours([]);
  const gather = async (chosen: PackedCodes, rows: readonly number[], capacity: number): Promise<number[]> => {
    const crowded: number[] = [];
    let at = 0;
    for await (const { plan, slot } of finishedBlocks({ ...request, queries: chosen, capacity }, options.signal)) {
      const { found, indices, distances } = gatheredIn(plan, slot, capacity);
      for (let j = 0; j < plan.block && at < rows.length; j++, at++) {
        const [from, to] = [j * capacity, j * capacity + found[j]];
        if (found[j] > capacity) crowded.push(rows[at]);
        else lists[rows[at]] = { indices: indices.slice(from, to), distances: distances.slice(from, to) };
      }
    }
    return crowded;
  };
  const crowded = await gather(queries, all, room);
  // One at a time: a ball may hold the whole database.
  for (const query of crowded) await gather(oneCode(queries, query), [query], database.count);
  return joinedNeighbours(lists);
}

/** The codes of both sides. @throws {InputError} when there are none, or they differ in bits */
export function codesOf({ queries, database }: Sides): { queries: PackedCodes; database: PackedCodes } {
  const codes = { queries: neededOf("codes", queries, "queries"), database: neededOf("codes", database, "database") };
  checkBitsAgree(codes.queries, codes.database);
  return codes;
}

/** The neighbours of one query. */
export interface Neighbourhood {
  readonly indices: Int32Array;
  readonly distances: Uint16Array;
}

/** @throws {InputError} unless the radius is an integer of at least 0 */
export function checkRadius(radius: number): number {
  if (Number.isInteger(radius) && radius >= 0) return Math.min(radius, 0xffff);
  throw new InputError("radius out of range", { expected: "an integer of 0 or more", actual: `${radius}` });
}

/** The results of nearestBlock and withinBlock in a slot: (block), (block, kept), (block, kept). */
function gatheredIn(plan: ScanPlan, slot: number, kept: number): Neighbourhood & { found: Uint32Array } {
  const { block, memory } = plan;
  const base = plan.resultsAt(slot);
  return {
    found: new Uint32Array(memory.buffer, base, block),
    indices: new Int32Array(memory.buffer, base + 4 * block, block * kept),
    distances: new Uint16Array(memory.buffer, base + 4 * block * (1 + kept), block * kept),
  };
}

function oneCode(codes: PackedCodes, row: number): PackedCodes {
  const { bytesPerCode } = codes;
  return { ...codes, data: codes.data.subarray(row * bytesPerCode, (row + 1) * bytesPerCode), count: 1 };
}

/** Lays the neighbours of all queries out one after the other. */
export function joinedNeighbours(lists: readonly Neighbourhood[]): Neighbours {
  const starts = new Float64Array(lists.length + 1);
  for (let q = 0; q < lists.length; q++) starts[q + 1] = starts[q] + lists[q].indices.length;
  const neighbours = {
    starts,
    indices: new Int32Array(starts[lists.length]),
    distances: new Uint16Array(starts[lists.length]),
  };
  for (let q = 0; q < lists.length; q++) {
    neighbours.indices.set(lists[q].indices, starts[q]);
    neighbours.distances.set(lists[q].distances, starts[q]);
  }
  return neighbours;
}
