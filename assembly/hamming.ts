// Kernels over packed codes, compiled to WebAssembly (SIMD, shared memory) by tools/build-kernels.mjs. They only compute
// on the memory that src/ranking/scan-memory.ts lays out; nothing is allocated here. The plain TypeScript functions in
// src/ranking/ define what they have to give.
//
// A database is read tile by tile. A tile and its labels stay in the first-level cache while the queries of a block
// take their turns on it, so that the database comes from memory once for a block of queries, not once for each.
// For each query and tile: Hamming distances into a buffer (u16), then what is made of them.
//
// Layouts, all little-endian:
//   codes      (count, stride) bytes; stride 2, 4, 8 or a multiple of 8; bits past the code's end are 0
//   labels     multi-hot: (count, labelWords) i32 bit sets, and the same of the queries; single: (count) u32 items by
//              class, ascending in each, and (queries, 2) u32 where the list of a query's class starts and ends
//   histogram  (bits + 1) u32
// Items are numbered from 0, distances go from 0 to bits, at most 1024.

/** Bytes of codes in a tile. */
const TILE_BYTES: i32 = 8192;
const MAX_TILE: i32 = 1024;

// ---- The job: where things lie. Fields of 4 bytes, in this order in src/ranking/scan-memory.ts too.
@inline function codesOf(job: usize): usize { return load<u32>(job, 0); }
@inline function countOf(job: usize): i32 { return load<i32>(job, 4); }
@inline function strideOf(job: usize): i32 { return load<i32>(job, 8); }
@inline function bitsOf(job: usize): i32 { return load<i32>(job, 12); }
@inline function queriesOf(job: usize): usize { return load<u32>(job, 16); }
@inline function queryCountOf(job: usize): i32 { return load<i32>(job, 20); }
/** Queries a block. */
@inline function blockOf(job: usize): i32 { return load<i32>(job, 24); }
@inline function labelsOf(job: usize): usize { return load<u32>(job, 28); }
/** Words of a label; 0 for lists of items by class. */
@inline function labelWordsOf(job: usize): i32 { return load<i32>(job, 32); }
@inline function queryLabelsOf(job: usize): usize { return load<u32>(job, 36); }
/** Where results go; a block's are at results + slot · resultBytes. */
@inline function resultsOf(job: usize): usize { return load<u32>(job, 40); }
@inline function resultBytesOf(job: usize): i32 { return load<i32>(job, 44); }
/** Room a thread has for itself, at scratch + thread · scratchBytes. */
@inline function scratchOf(job: usize): usize { return load<u32>(job, 48); }
@inline function scratchBytesOf(job: usize): i32 { return load<i32>(job, 52); }
/** Most items kept for a query. */
@inline function capacityOf(job: usize): i32 { return load<i32>(job, 56); }
/** k of a top-k search; the radius of a radius search. */
@inline function limitOf(job: usize): i32 { return load<i32>(job, 60); }

// ---- Distances

/** Distances from one query to `count` codes, u16 each. */
export function distances(codes: usize, count: i32, stride: i32, query: usize, out: usize): void {
  if (stride == 8) distances8(codes, count, query, out);
  else if (stride == 16) distances16(codes, count, query, out);
  else if (stride == 4) distances4(codes, count, query, out);
  else if (stride == 2) distances2(codes, count, query, out);
  else distancesLong(codes, count, stride, query, out);
}

function distances2(codes: usize, count: i32, query: usize, out: usize): void {
  const q = <u32>load<u16>(query);
  for (let i = 0; i < count; i++) {
    store<u16>(out + (<usize>i << 1), <u16>popcnt<u32>(<u32>load<u16>(codes + (<usize>i << 1)) ^ q));
  }
}

function distances4(codes: usize, count: i32, query: usize, out: usize): void {
  const q = load<u32>(query);
  const end = codes + (<usize>count << 2);
  const rest = codes + (<usize>(count & ~3) << 2);
  while (codes < rest) {
    store<u16>(out, <u16>popcnt<u32>(load<u32>(codes) ^ q), 0);
    store<u16>(out, <u16>popcnt<u32>(load<u32>(codes, 4) ^ q), 2);
    store<u16>(out, <u16>popcnt<u32>(load<u32>(codes, 8) ^ q), 4);
    store<u16>(out, <u16>popcnt<u32>(load<u32>(codes, 12) ^ q), 6);
    codes += 16;
    out += 8;
  }
  for (; codes < end; codes += 4, out += 2) store<u16>(out, <u16>popcnt<u32>(load<u32>(codes) ^ q));
}

function distances8(codes: usize, count: i32, query: usize, out: usize): void {
  const q = load<u64>(query);
  const end = codes + (<usize>count << 3);
  const rest = codes + (<usize>(count & ~3) << 3);
  while (codes < rest) {
    store<u16>(out, <u16>popcnt<u64>(load<u64>(codes) ^ q), 0);
    store<u16>(out, <u16>popcnt<u64>(load<u64>(codes, 8) ^ q), 2);
    store<u16>(out, <u16>popcnt<u64>(load<u64>(codes, 16) ^ q), 4);
    store<u16>(out, <u16>popcnt<u64>(load<u64>(codes, 24) ^ q), 6);
    codes += 32;
    out += 8;
  }
  for (; codes < end; codes += 8, out += 2) store<u16>(out, <u16>popcnt<u64>(load<u64>(codes) ^ q));
}

function distances16(codes: usize, count: i32, query: usize, out: usize): void {
  const low = load<u64>(query);
  const high = load<u64>(query, 8);
  for (const end = codes + (<usize>count << 4); codes < end; codes += 16, out += 2) {
    store<u16>(out, <u16>(popcnt<u64>(load<u64>(codes) ^ low) + popcnt<u64>(load<u64>(codes, 8) ^ high)));
  }
}

function distancesLong(codes: usize, count: i32, stride: i32, query: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    let distance: u64 = 0;
    const end = query + stride;
    for (let word = query; word < end; word += 8, codes += 8) distance += popcnt<u64>(load<u64>(codes) ^ load<u64>(word));
    store<u16>(out + (<usize>i << 1), <u16>distance);
  }
}

// ---- Rankings: histograms of all and of relevant items, and the stable ranks of the relevant ones
//
// A counter (u64) holds a distance in its high half and the number of items seen there in its low half. Counting an
// item also copies the counter, as it was before, to the item's note: distance and place among the items as far, in one
// store. Notes of relevant items are then picked out; the others are overwritten by the next tile.

@inline function countAt(distance: usize, item: usize, counters: usize, notes: usize): void {
  const counter = counters + (distance << 3);
  const note = load<u64>(counter);
  store<u64>(counter, note + 1);
  store<u64>(notes + (item << 3), note);
}

function noteTile1<T>(codes: usize, count: usize, query: T, counters: usize, notes: usize): void {
  let i: usize = 0;
  // Four at a time, which is measurably faster than one.
  for (; i + 4 <= count; i += 4, codes += 4 * sizeof<T>()) {
    const d0 = <usize>popcnt<T>(load<T>(codes) ^ query);
    const d1 = <usize>popcnt<T>(load<T>(codes, sizeof<T>()) ^ query);
    const d2 = <usize>popcnt<T>(load<T>(codes, 2 * sizeof<T>()) ^ query);
    const d3 = <usize>popcnt<T>(load<T>(codes, 3 * sizeof<T>()) ^ query);
    countAt(d0, i, counters, notes);
    countAt(d1, i + 1, counters, notes);
    countAt(d2, i + 2, counters, notes);
    countAt(d3, i + 3, counters, notes);
  }
  for (; i < count; i++, codes += sizeof<T>()) {
    countAt(<usize>popcnt<T>(load<T>(codes) ^ query), i, counters, notes);
  }
}

function noteTile2(codes: usize, count: usize, query: u32, counters: usize, notes: usize): void {
  for (let i: usize = 0; i < count; i++) {
    countAt(<usize>popcnt<u32>(<u32>load<u16>(codes + (i << 1)) ^ query), i, counters, notes);
  }
}

function noteTile16(codes: usize, count: usize, query: usize, counters: usize, notes: usize): void {
  const low = load<u64>(query);
  const high = load<u64>(query, 8);
  for (let i: usize = 0; i < count; i++, codes += 16) {
    countAt(<usize>(popcnt<u64>(load<u64>(codes) ^ low) + popcnt<u64>(load<u64>(codes, 8) ^ high)), i, counters, notes);
  }
}

function noteTileLong(codes: usize, count: usize, stride: i32, query: usize, counters: usize, notes: usize): void {
  const end = query + stride;
  for (let i: usize = 0; i < count; i++) {
    let distance: u64 = 0;
    for (let word = query; word < end; word += 8, codes += 8) distance += popcnt<u64>(load<u64>(codes) ^ load<u64>(word));
    countAt(<usize>distance, i, counters, notes);
  }
}

function noteTile(codes: usize, count: i32, stride: i32, query: usize, counters: usize, notes: usize): void {
  if (stride == 8) noteTile1<u64>(codes, count, load<u64>(query), counters, notes);
  else if (stride == 16) noteTile16(codes, count, query, counters, notes);
  else if (stride == 4) noteTile1<u32>(codes, count, load<u32>(query), counters, notes);
  else if (stride == 2) noteTile2(codes, count, load<u16>(query), counters, notes);
  else noteTileLong(codes, count, stride, query, counters, notes);
}

/**
 * Appends the notes of a class's items in the tile and counts their distances; returns the place in the class's list
 * where the next tile goes on. No label is compared: the list names the items.
 */
function pickListed(
  list: usize, at: u32, last: u32, first: u32, after: u32, notes: usize, end: usize, relevant: usize,
): u32 {
  while (at < last) {
    const item = load<u32>(list + (<usize>at << 2));
    if (item >= after) break;
    const note = load<u64>(notes + (<usize>(item - first) << 3));
    const bin = relevant + (<usize>(note >> 32) << 2);
    store<u32>(bin, load<u32>(bin) + 1);
    store<u64>(end, note);
    end += 8;
    at++;
  }
  return at;
}

/** Appends the notes of the items that share a label with the query; returns the new end. May write one note more. */
function pickSharing(labels: usize, count: i32, words: i32, query: usize, notes: usize, end: usize): usize {
  for (let i: usize = 0; i < <usize>count; i++) {
    let shared: i32 = 0;
    for (let w = 0; w < words; w++, labels += 4) shared |= load<i32>(labels) & load<i32>(query + (<usize>w << 2));
    store<u64>(end, load<u64>(notes + (i << 3)));
    end += <usize>(shared != 0) << 3;
  }
  return end;
}

/**
 * Ranks the database for the queries of a block. Results of a block, from results + slot * resultBytes on:
 *   (block, bits + 1) u32   items at each distance
 *   (block, bits + 1) u32   relevant items at each distance
 *   (block) u32             relevant items
 *   (block, capacity) u32   ranks of the relevant items from 1, ascending, ties by ascending index
 * Capacity: at least the relevant items of any query. Scratch of a thread: notes (MAX_TILE) u64, starts (bits + 1, 2)
 * u32, counters (block, bits + 1) u64, picked notes (block, capacity + 1) u64.
 */
export function rankBlock(job: usize, block: i32, slot: i32, thread: i32): void {
  scanBlock(job, block, slot, thread, true);
}

/**
 * Histograms of the queries of a block: the first three parts of rankBlock's results. Scratch: as there, with room for
 * MAX_TILE + 1 picked notes in all.
 */
export function histogramBlock(job: usize, block: i32, slot: i32, thread: i32): void {
  scanBlock(job, block, slot, thread, false);
}

function scanBlock(job: usize, block: i32, slot: i32, thread: i32, ranking: bool): void {
  const bins = bitsOf(job) + 1;
  const size = blockOf(job);
  const capacity = capacityOf(job);
  const first = block * size;
  const queries = min(size, queryCountOf(job) - first);
  const sizes = resultsOf(job) + <usize>slot * <usize>resultBytesOf(job);
  const relevant = sizes + <usize>(size * bins) * 4;
  const found = relevant + <usize>(size * bins) * 4;
  const ranks = found + <usize>size * 4;
  memory.fill(sizes, 0, ranks - sizes);

  const notes = scratchOf(job) + <usize>thread * <usize>scratchBytesOf(job);
  const starts = notes + <usize>MAX_TILE * 8;
  const counters = starts + <usize>bins * 8;
  const picked = counters + <usize>(size * bins) * 8;
  for (let j = 0; j < queries; j++) {
    for (let d = 0; d < bins; d++) store<u64>(counters + (<usize>(j * bins + d) << 3), <u64>d << 32);
  }

  const words = labelWordsOf(job);
  const stride = strideOf(job);
  const count = countOf(job);
  const tile = min(MAX_TILE, TILE_BYTES / stride);
  for (let from = 0; from < count; from += tile) {
    const length = min(tile, count - from);
    const codes = codesOf(job) + <usize>from * <usize>stride;
    for (let j = 0; j < queries; j++) {
      const query = queriesOf(job) + <usize>(first + j) * <usize>stride;
      noteTile(codes, length, stride, query, counters + <usize>(j * bins) * 8, notes);
      const place = found + <usize>j * 4;
      const before = load<u32>(place);
      const at = ranking ? picked + <usize>(j * (capacity + 1)) * 8 + (<usize>before << 3) : picked;
      const hits = relevant + <usize>(j * bins) * 4;
      if (words == 0) {
        // The place so far doubles as the cursor in the list of the query's class.
        const range = queryLabelsOf(job) + (<usize>(first + j) << 3);
        const start = load<u32>(range);
        const next = pickListed(
          labelsOf(job), start + before, load<u32>(range, 4), from, from + length, notes, at, hits,
        );
        store<u32>(place, next - start);
      } else {
        const bytes = <usize>words << 2;
        const label = queryLabelsOf(job) + <usize>(first + j) * bytes;
        const end = pickSharing(labelsOf(job) + <usize>from * bytes, length, words, label, notes, at);
        const picks = <u32>(end - at) >> 3;
        store<u32>(place, before + picks);
        countPicks(at, picks, hits);
      }
    }
  }
  for (let j = 0; j < queries; j++) {
    const row = <usize>(j * bins);
    for (let d: usize = 0; d < <usize>bins; d++) {
      store<u32>(sizes + (row + d) * 4, load<u32>(counters + (row + d) * 8));
    }
    if (!ranking) continue;
    const kept = load<u32>(found + <usize>j * 4);
    const list = picked + <usize>(j * (capacity + 1)) * 8;
    placeRelevant(bins, sizes + row * 4, relevant + row * 4, kept, list, ranks + <usize>(j * capacity) * 4, starts);
  }
}

function countPicks(picked: usize, count: u32, relevant: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const bin = relevant + (<usize>load<u32>(picked + (<usize>i << 3), 4) << 2);
    store<u32>(bin, load<u32>(bin) + 1);
  }
}

/** Counting sort of a query's relevant items by distance; written are their ranks in the whole ranking. */
function placeRelevant(
  bins: i32, sizes: usize, relevant: usize, count: u32, picked: usize, ranks: usize, starts: usize,
): void {
  let rank: u32 = 1;
  let place: u32 = 0;
  for (let d = 0; d < bins; d++) {
    const start = starts + (<usize>d << 3);
    store<u32>(start, rank);
    store<u32>(start, place, 4);
    rank += load<u32>(sizes + (<usize>d << 2));
    place += load<u32>(relevant + (<usize>d << 2));
  }
  for (let i: u32 = 0; i < count; i++) {
    const note = picked + (<usize>i << 3);
    const start = starts + (<usize>load<u32>(note, 4) << 3);
    const to = load<u32>(start, 4);
    store<u32>(ranks + (<usize>to << 2), load<u32>(start) + load<u32>(note));
    store<u32>(start, to + 1, 4);
  }
}

// ---- Search: what is near enough is gathered; when the room is full, the farthest are dropped

/**
 * The nearest `limit` items of each query of a block (k ≤ count). Results from results + slot · resultBytes on:
 *   (block) u32          items found, min(k, count)
 *   (block, k) u32       their indices, nearest first, ties by ascending index
 *   (block, k) u16       their distances
 * Scratch of a thread: distances (MAX_TILE + 8) u16, starts (bits + 1) u32, state (block, 2) u32, gathered items
 * (block, capacity) u32, sorted ones (capacity) u32, and the distances of both likewise, u16.
 * Capacity: at least k + 1, or count.
 */
export function nearestBlock(job: usize, block: i32, slot: i32, thread: i32): void {
  gatherBlock(job, block, slot, thread, limitOf(job), bitsOf(job) + 1, true);
}

/**
 * The items within radius `limit` of each query of a block, inclusive. Results and scratch as of nearestBlock with the
 * capacity for k; the number found is the true one and may exceed the capacity, then nothing else is valid.
 */
export function withinBlock(job: usize, block: i32, slot: i32, thread: i32): void {
  gatherBlock(job, block, slot, thread, capacityOf(job), min(limitOf(job), bitsOf(job)) + 1, false);
}

function gatherBlock(job: usize, block: i32, slot: i32, thread: i32, k: i32, below: i32, compacting: bool): void {
  const bins = bitsOf(job) + 1;
  const size = blockOf(job);
  const capacity = capacityOf(job);
  const first = block * size;
  const queries = min(size, queryCountOf(job) - first);
  const tileDistances = scratchOf(job) + <usize>thread * <usize>scratchBytesOf(job);
  const starts = tileDistances + (MAX_TILE + 8) * 2;
  const state = starts + <usize>bins * 4;
  const items = state + <usize>size * 8;
  const sortedItems = items + <usize>(size * capacity) * 4;
  const far = sortedItems + <usize>capacity * 4;
  const sortedFar = far + <usize>(size * capacity) * 2;
  for (let j = 0; j < queries; j++) {
    store<u32>(state + <usize>j * 8, 0);
    store<i32>(state + <usize>j * 8, below, 4);
  }
  const stride = strideOf(job);
  const count = countOf(job);
  const tile = min(MAX_TILE, TILE_BYTES / stride);
  for (let from = 0; from < count; from += tile) {
    const length = min(tile, count - from);
    const codes = codesOf(job) + <usize>from * <usize>stride;
    for (let j = 0; j < queries; j++) {
      distances(codes, length, stride, queriesOf(job) + <usize>(first + j) * <usize>stride, tileDistances);
      const row = <usize>(j * capacity);
      gatherTile(
        tileDistances, from, length, state + <usize>j * 8, items + row * 4, far + row * 2, capacity,
        compacting ? k : 0, bins, starts, sortedItems, sortedFar,
      );
    }
  }
  const found = resultsOf(job) + <usize>slot * <usize>resultBytesOf(job);
  const indices = found + <usize>size * 4;
  const outFar = indices + <usize>(size * k) * 4;
  for (let j = 0; j < queries; j++) {
    const row = <usize>(j * capacity);
    const total = load<u32>(state + <usize>j * 8);
    const kept = min(total, <u32>k);
    store<u32>(found + <usize>j * 4, compacting ? kept : total);
    if (total > <u32>capacity) continue;
    sortByDistance(items + row * 4, far + row * 2, total, bins, starts, sortedItems, sortedFar);
    memory.copy(indices + <usize>(j * k) * 4, sortedItems, <usize>kept * 4);
    memory.copy(outFar + <usize>(j * k) * 2, sortedFar, <usize>kept * 2);
  }
}

/** Adds the tile's items nearer than the query's threshold. With k > 0 a full buffer is cut to the nearest k. */
function gatherTile(
  distances: usize, first: i32, count: i32, state: usize, items: usize, far: usize, capacity: i32,
  k: i32, bins: i32, starts: usize, sortedItems: usize, sortedFar: usize,
): void {
  let kept = load<u32>(state);
  let below = load<u32>(state, 4);
  let limit = i16x8.splat(<i16>below);
  for (let i = 0; i < count; i += 8) {
    let near = i16x8.bitmask(i16x8.lt_u(v128.load(distances + (<usize>i << 1)), limit));
    if (near == 0) continue;
    if (count - i < 8) near &= (1 << (count - i)) - 1;
    while (near != 0) {
      const item = i + ctz<i32>(near);
      near &= near - 1;
      const distance = load<u16>(distances + (<usize>item << 1));
      if (<u32>distance >= below) continue;
      if (kept < <u32>capacity) {
        store<u32>(items + (<usize>kept << 2), first + item);
        store<u16>(far + (<usize>kept << 1), distance);
      }
      kept++;
      if (k == 0 || kept < <u32>capacity) continue;
      sortByDistance(items, far, kept, bins, starts, sortedItems, sortedFar);
      kept = k;
      memory.copy(items, sortedItems, <usize>k * 4);
      memory.copy(far, sortedFar, <usize>k * 2);
      // An item as far as the k-th has a higher index than it, so it loses.
      below = load<u16>(far + (<usize>(k - 1) << 1));
      limit = i16x8.splat(<i16>below);
    }
  }
  store<u32>(state, kept);
  store<u32>(state, below, 4);
}

/** Stable counting sort. */
function sortByDistance(
  items: usize, far: usize, count: u32, bins: i32, starts: usize, sortedItems: usize, sortedFar: usize,
): void {
  memory.fill(starts, 0, <usize>bins << 2);
  for (let i: u32 = 0; i < count; i++) {
    const bin = starts + (<usize>load<u16>(far + (<usize>i << 1)) << 2);
    store<u32>(bin, load<u32>(bin) + 1);
  }
  let before: u32 = 0;
  for (let d = 0; d < bins; d++) {
    const bin = starts + (<usize>d << 2);
    const size = load<u32>(bin);
    store<u32>(bin, before);
    before += size;
  }
  for (let i: u32 = 0; i < count; i++) {
    const distance = load<u16>(far + (<usize>i << 1));
    const bin = starts + (<usize>distance << 2);
    const to = load<u32>(bin);
    store<u32>(bin, to + 1);
    store<u32>(sortedItems + (<usize>to << 2), load<u32>(items + (<usize>i << 2)));
    store<u16>(sortedFar + (<usize>to << 1), distance);
  }
}
