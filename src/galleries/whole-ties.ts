// Engines that give a number of nearest items give those at the last distance in any order, and any of them. Here the order
// by ascending row is restored: more is fetched until all items at that distance are known, or their first ones.
import type { Neighbourhood } from "../ranking/hamming-search.js";
import type { RowWindow } from "./gallery-store.js";

/**
 * The `limit` nearest of each of some queries, among the rows of a window: distances ascend, ties are in any order; fewer
 * where there are fewer.
 */
export type TopLists = (
  queries: readonly number[],
  limit: number,
  window?: RowWindow,
) => Promise<readonly Neighbourhood[]>;

/** What is searched, and how much may be asked of it. */
export interface TieSearch {
  /** Queries, 0 to this. */
  readonly queries: number;
  /** Rows of the gallery. */
  readonly rows: number;
  /** The most that can be fetched of a query at once. */
  readonly most: number;
}

/**
 * The k nearest of each query, ties by ascending row.
 * @param k 1 to `most`
 */
export async function nearestInOrder(top: TopLists, k: number, search: TieSearch): Promise<Neighbourhood[]> {
  const { queries, most } = search;
  const lists: Neighbourhood[] = Array.from({ length: queries });
  let open = Array.from({ length: queries }, (_, query) => query);
  for (const limit of limitsFrom(k + Math.max(k, 28), most)) {
    const found = await top(open, limit);
    const crowded: number[] = [];
    for (const [i, query] of open.entries()) {
      if (holdsAll(found[i], limit, found[i].distances[k - 1] ?? 0)) lists[query] = firstOf(inOrder(found[i]), k);
      else if (limit < most) crowded.push(query);
      else lists[query] = await amongTies(top, query, { k, found: found[i] }, search);
    }
    open = crowded;
    if (open.length === 0) break;
  }
  return lists;
}

/** All within a radius of each query, ties by ascending row. */
export async function withinInOrder(top: TopLists, radius: number, search: TieSearch): Promise<Neighbourhood[]> {
  const { queries, rows, most } = search;
  const lists: Neighbourhood[] = Array.from({ length: queries });
  let open = Array.from({ length: queries }, (_, query) => query);
  for (const limit of limitsFrom(256, most)) {
    const found = await top(open, limit);
    const crowded: number[] = [];
    for (const [i, query] of open.entries()) {
      if (holdsAll(found[i], limit, radius)) lists[query] = upTo(inOrder(found[i]), radius);
      else if (limit < most) crowded.push(query);
      else lists[query] = await allWithin(top, query, radius, { rows, most });
    }
    open = crowded;
    if (open.length === 0) break;
  }
  return lists;
}

/** Numbers to fetch, one after the other: few at first, for most queries need no more. */
function* limitsFrom(first: number, most: number): Generator<number> {
  for (let limit = first; limit < most; limit *= 8) yield limit;
  yield most;
}

/** Whether a list of the nearest holds all items up to a distance. */
function holdsAll({ distances }: Neighbourhood, limit: number, distance: number): boolean {
  return distances.length < limit || distances[distances.length - 1] > distance;
}

/** The k nearest where more tie at the last distance than can be fetched: their first rows are looked for. */
async function amongTies(
  top: TopLists,
  query: number,
  { k, found }: { readonly k: number; readonly found: Neighbourhood },
  { rows, most }: TieSearch,
): Promise<Neighbourhood> {
  const last = found.distances[k - 1]; // also that of the end of the list: all that is nearer is in it
  const nearer = firstOf(inOrder(found), found.distances.indexOf(last));
  const ties: number[] = [];
  for await (const list of windowsWithin(top, query, last, { rows, most })) {
    const tied = list.indices.filter((_, i) => list.distances[i] === last).sort();
    for (const row of tied) ties.push(row);
    if (nearer.indices.length + ties.length >= k) break;
  }
  const indices = Int32Array.from([...nearer.indices, ...ties.slice(0, k - nearer.indices.length)]);
  const distances = new Uint16Array(indices.length).fill(last);
  distances.set(nearer.distances);
  return { indices, distances };
}

async function allWithin(
  top: TopLists,
  query: number,
  radius: number,
  search: Pick<TieSearch, "rows" | "most">,
): Promise<Neighbourhood> {
  const lists: Neighbourhood[] = [];
  for await (const list of windowsWithin(top, query, radius, search)) lists.push(list);
  return inOrder(joinLists(lists));
}

/** All within a radius, by windows of rows in ascending order, each small enough to be fetched whole. */
async function* windowsWithin(
  top: TopLists,
  query: number,
  radius: number,
  { rows, most }: Pick<TieSearch, "rows" | "most">,
): AsyncGenerator<Neighbourhood> {
  let size = Math.ceil(rows / 2);
  for (let from = 0; from < rows; ) {
    const to = Math.min(rows, from + size);
    const [list] = await top([query], most, { from, to });
    // A window of no more rows than can be fetched is whole; a smaller one is not asked for.
    if (holdsAll(list, most, radius) || size <= most) {
      yield upTo(list, radius);
      from = to;
      if (list.distances.length < most / 4) size *= 2;
    } else size = Math.max(most, Math.ceil(size / 4));
  }
}

/** By distance, then row. */
function inOrder({ indices, distances }: Neighbourhood): Neighbourhood {
  const keys = Float64Array.from(indices, (row, i) => distances[i] * 2 ** 31 + row).sort();
  return {
    indices: Int32Array.from(keys, key => key % 2 ** 31),
    distances: Uint16Array.from(keys, key => key / 2 ** 31),
  };
}

function firstOf({ indices, distances }: Neighbourhood, count: number): Neighbourhood {
  return { indices: indices.slice(0, count), distances: distances.slice(0, count) };
}

/** @param list distances ascend */
function upTo(list: Neighbourhood, radius: number): Neighbourhood {
  const end = list.distances.findIndex(distance => distance > radius);
  return end < 0 ? list : firstOf(list, end);
}

function joinLists(lists: readonly Neighbourhood[]): Neighbourhood {
  const count = lists.reduce((sum, { indices }) => sum + indices.length, 0);
  const all = { indices: new Int32Array(count), distances: new Uint16Array(count) };
  let at = 0;
  for (const { indices, distances } of lists) {
    all.indices.set(indices, at);
    all.distances.set(distances, at);
    at += indices.length;
  }
  return all;
}
