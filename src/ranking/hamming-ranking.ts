import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { distanceHistogram } from "./distance-histogram.js";
import { hammingScan } from "./hamming-distances.js";
import type { Sides, SideWith } from "./side.js";
import { neededOf } from "./side.js";

/** The nearest items of a database, nearest first, ties by ascending index. */
export interface Nearest {
  /** (k,) database indices. */
  readonly indices: Int32Array;
  /** (k,) their distances. */
  readonly distances: Uint16Array;
}

/**
 * The k nearest items by counting sort: stable, so equal distances stay in ascending index.
 * @param distances (database,), 0..bits
 * @param bits largest distance possible
 * @param k how many; 0 or more, cut to the size of the database
 * @throws {InputError} when k is negative or no integer
 */
export function nearestByDistance(distances: Uint16Array, bits: number, k: number): Nearest {
  const length = neighbours(k, distances.length);
  const next = distanceHistogram(distances, bits);
  let before = 0;
  for (let d = 0; d <= bits; d++) {
    const size = next[d];
    next[d] = before;
    before += size;
  }
  const nearest = { indices: new Int32Array(length), distances: new Uint16Array(length) };
  for (let i = 0; i < distances.length; i++) {
    const place = next[distances[i]]++;
    if (place >= length) continue;
    nearest.indices[place] = i;
    nearest.distances[place] = distances[i];
  }
  return nearest;
}

/** k cut to the size of the database. @throws {InputError} when k is negative or no integer */
export function neighbours(k: number, database: number): number {
  if (Number.isInteger(k) && k >= 0) return Math.min(k, database);
  throw new InputError("number of neighbours out of range", { expected: "an integer of 0 or more", actual: `${k}` });
}

/** The whole database by ascending distance, ties by ascending index: (database,) indices. */
export function rankByDistance(distances: Uint16Array, bits: number): Int32Array {
  return nearestByDistance(distances, bits, distances.length).indices;
}

export interface TopKOptions {
  /** Neighbours a query. Default 10; 0 or more, cut to the size of the database. */
  k?: number;
}

/** The nearest items of many queries. */
export interface TopK {
  /** (queries, k) database indices, nearest first, ties by ascending index. */
  readonly indices: NdArray<Int32Array>;
  /** (queries, k) Hamming distances. */
  readonly distances: NdArray<Uint16Array>;
}

/**
 * Exhaustive search for the k nearest codes of each query by Hamming distance.
 * @throws {InputError} when queries and database differ in bits, or k is negative
 */
export function hammingTopK(sides: Sides<SideWith<"codes">>, options: TopKOptions = {}): TopK {
  const [queries, database] = [
    neededOf("codes", sides.queries, "queries"),
    neededOf("codes", sides.database, "database"),
  ];
  const scan = hammingScan(queries, database);
  const k = neighbours(options.k ?? 10, database.count);
  const distances = new Uint16Array(database.count);
  const top = { indices: new Int32Array(queries.count * k), distances: new Uint16Array(queries.count * k) };
  for (let query = 0; query < queries.count; query++) {
    scan.distances(query, distances);
    const nearest = nearestByDistance(distances, scan.bits, k);
    top.indices.set(nearest.indices, query * k);
    top.distances.set(nearest.distances, query * k);
  }
  const shape = [queries.count, k];
  return { indices: { data: top.indices, shape }, distances: { data: top.distances, shape } };
}
