import type { PackedCodes } from "../codes/packed-codes.js";
import { checkAborted } from "../core/abort.js";
import type { GalleryCrew } from "./gallery-crew.js";
import type { GallerySegment, SegmentPass } from "./gallery-segment.js";
import { ALL, mostKept, passQueries } from "./gallery-segment.js";
import type { Neighbourhood } from "./hamming-search.js";

/** Code words (8 bytes) compared below which no other thread is woken: some 50 µs of work. */
const WORTH_A_CALL = 1.5e5;
/** Rows that a thread takes at a time, at most, for one query (which reads them in long runs) and for several, and at least. */
const MOST_ROWS_ALONE = 524_288;
const MOST_ROWS = 32_768;
const LEAST_ROWS = 256;
/** Pairs of codes a chunk, about. */
const CHUNK_PAIRS = 1 << 19;
/** Neighbours within a radius that a list has room for at first. */
const FIRST_ROOM = 4096;

/** What a search has to know of a gallery. */
export interface SearchedGallery {
  readonly bits: number;
  readonly segments: readonly GallerySegment[];
  readonly crew: GalleryCrew;
}

/** How queries are searched for. */
export interface GallerySearch {
  /** Whether only rows marked as allowed may be found. */
  readonly filtered: boolean;
  readonly signal?: AbortSignal;
}

/** What all threads found for a query in some segments: (items) each, in no order. */
type Candidates = Neighbourhood[];

/**
 * The k nearest of each query, in lists of at most k.
 * @param k at least 1
 */
export async function searchGalleryNearest(
  gallery: SearchedGallery,
  queries: PackedCodes,
  k: number,
  search: GallerySearch,
): Promise<Neighbourhood[]> {
  const capacity = Math.max(2 * k, k + 1024);
  if (capacity > mostKept(gallery.bits, gallery.crew.threads)) return manyNearest(gallery, queries, k, search);
  const lists: Neighbourhood[] = [];
  const block = passQueries(gallery.bits, capacity, gallery.crew.threads);
  for (let from = 0; from < queries.count; from += block) {
    const some = rowsOf(queries, from, Math.min(queries.count, from + block));
    const candidates: Candidates[] = Array.from({ length: some.count }, () => []);
    for (const [at, segment] of gallery.segments.entries()) {
      await passOver(gallery, at, some, { capacity, wanted: k, bound: gallery.bits + 1 }, search);
      for (let query = 0; query < some.count; query++) candidates[query].push(...listsOf(segment, query));
    }
    for (const found of candidates) lists.push(nearestOf(found, gallery.bits, k));
  }
  return lists;
}

/**
 * All within a radius of each query.
 * @param radius inclusive
 */
export async function searchGalleryWithin(
  gallery: SearchedGallery,
  queries: PackedCodes,
  radius: number,
  search: GallerySearch,
): Promise<Neighbourhood[]> {
  const lists: Neighbourhood[] = [];
  const limits = { capacity: FIRST_ROOM, wanted: ALL, bound: Math.min(radius, gallery.bits) + 1 };
  const block = passQueries(gallery.bits, FIRST_ROOM, gallery.crew.threads);
  for (let from = 0; from < queries.count; from += block) {
    const some = rowsOf(queries, from, Math.min(queries.count, from + block));
    const candidates: (Candidates | undefined)[] = Array.from({ length: some.count }, () => []);
    for (const [at, segment] of gallery.segments.entries()) {
      await passOver(gallery, at, some, limits, search);
      for (let query = 0; query < some.count; query++) {
        if (segment.listsOf(query).some(({ found, kept }) => found > kept)) candidates[query] = undefined;
        else candidates[query]?.push(...listsOf(segment, query));
      }
    }
    for (let query = 0; query < some.count; query++) {
      const found = candidates[query] ?? (await crowdedWithin(gallery, rowsOf(some, query, query + 1), radius, search));
      lists.push(nearestOf(found, gallery.bits));
    }
  }
  return lists;
}

/** One query with more neighbours than there is room for: part of the rows after part, so few that all of them fit. */
async function crowdedWithin(
  gallery: SearchedGallery,
  query: PackedCodes,
  radius: number,
  search: GallerySearch,
): Promise<Candidates> {
  const capacity = mostKept(gallery.bits, gallery.crew.threads);
  const bound = Math.min(radius, gallery.bits) + 1;
  const found: Candidates = [];
  for (const [at, segment] of gallery.segments.entries()) {
    for (let from = 0; from < segment.shape.count; from += capacity) {
      const to = Math.min(segment.shape.count, from + capacity);
      await passOver(gallery, at, query, { capacity, wanted: ALL, bound, from, to }, search);
      found.push(...listsOf(segment, 0));
    }
  }
  return found;
}

/** More neighbours than there is room for: counted first, so that their distance is known. */
async function manyNearest(
  gallery: SearchedGallery,
  queries: PackedCodes,
  k: number,
  search: GallerySearch,
): Promise<Neighbourhood[]> {
  const lists: Neighbourhood[] = [];
  for (let row = 0; row < queries.count; row++) {
    const query = rowsOf(queries, row, row + 1);
    const radius = radiusHolding(await countGalleryDistances(gallery, query, search), k);
    lists.push(nearestOf(await crowdedWithin(gallery, query, radius, search), gallery.bits, k));
  }
  return lists;
}

/**
 * How many items lie at each distance.
 * @returns (queries, bits + 1)
 */
export async function countGalleryDistances(
  gallery: SearchedGallery,
  queries: PackedCodes,
  search: GallerySearch,
): Promise<Float64Array> {
  const width = gallery.bits + 1;
  const counts = new Float64Array(queries.count * width);
  for (let row = 0; row < queries.count; row++) {
    const query = rowsOf(queries, row, row + 1);
    for (const [at, segment] of gallery.segments.entries()) {
      await passOver(gallery, at, query, { capacity: 0, wanted: ALL, bound: width }, search);
      for (const { countsAt } of segment.listsOf(0)) {
        for (let d = 0; d < width; d++) counts[row * width + d] += segment.words[countsAt + d];
      }
    }
  }
  return counts;
}

type Limits = Pick<SegmentPass, "capacity" | "wanted" | "bound"> & Partial<Pick<SegmentPass, "from" | "to">>;

async function passOver(
  { segments, crew, bits }: SearchedGallery,
  at: number,
  queries: PackedCodes,
  limits: Limits,
  { filtered, signal }: GallerySearch,
): Promise<void> {
  checkAborted(signal);
  const segment = segments[at];
  const { from = 0, to = segment.shape.count } = limits;
  const work = queries.count * (to - from) * Math.ceil(bits / 64);
  const fair = Math.ceil((to - from) / (8 * crew.threads));
  const most = queries.count === 1 ? MOST_ROWS_ALONE : Math.min(MOST_ROWS, Math.floor(CHUNK_PAIRS / queries.count));
  const chunk = Math.max(LEAST_ROWS, Math.min(fair, most));
  const alone = work < WORTH_A_CALL;
  const threads = alone ? 1 : crew.threads;
  segment.prepare(queries.data, { ...limits, from, to, queries: queries.count, filtered, chunk, threads });
  await crew.pass(at, alone, signal);
}

/** Copies what the threads listed; rows are those of the gallery. */
function listsOf(segment: GallerySegment, query: number): Candidates {
  const { first } = segment.shape;
  return segment.listsOf(query).map(({ kept, rowsAt, distancesAt }) => {
    const indices = Int32Array.from(segment.words.subarray(rowsAt, rowsAt + kept));
    if (first > 0) for (let i = 0; i < kept; i++) indices[i] += first;
    return { indices, distances: segment.halves.slice(distancesAt, distancesAt + kept) };
  });
}

/** The nearest `k` of the candidates, or all, by distance and then row. */
function nearestOf(lists: Candidates, bits: number, k: number = Number.POSITIVE_INFINITY): Neighbourhood {
  const counts = new Float64Array(bits + 1);
  for (const { distances } of lists) for (let i = 0; i < distances.length; i++) counts[distances[i]]++;
  const farthest = radiusHolding(counts, k);
  let size = 0;
  for (let d = 0; d <= farthest; d++) size += counts[d];
  // Distance and row in one number, exact below 2^53.
  const keys = new Float64Array(size);
  let at = 0;
  for (const { indices, distances } of lists) {
    for (let i = 0; i < indices.length; i++) {
      if (distances[i] <= farthest) keys[at++] = distances[i] * 2 ** 32 + indices[i];
    }
  }
  keys.sort();
  const length = Math.min(k, size);
  const nearest = { indices: new Int32Array(length), distances: new Uint16Array(length) };
  for (let i = 0; i < length; i++) {
    nearest.indices[i] = keys[i] % 2 ** 32;
    nearest.distances[i] = Math.floor(keys[i] / 2 ** 32);
  }
  return nearest;
}

/** The least radius with k items in it; the largest there is where there are fewer. */
function radiusHolding(counts: Float64Array, k: number): number {
  let within = 0;
  for (let d = 0; d < counts.length; d++) {
    within += counts[d];
    if (within >= k) return d;
  }
  return counts.length - 1;
}

function rowsOf(codes: PackedCodes, from: number, to: number): PackedCodes {
  const { bytesPerCode } = codes;
  return { ...codes, data: codes.data.subarray(from * bytesPerCode, to * bytesPerCode), count: to - from };
}
