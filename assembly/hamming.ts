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
//   labels     single: (count) u32 items by class, ascending in each, and (queries, 2) u32 where the list of a query's
//              class starts and ends; multi-hot: a bit an item for each class, rows of whole u64, and (queries, 2) u32 byte
//              offsets, from themselves on, where the list of a query's classes starts and ends, then these lists: u32,
//              where in the labels the bits of a class start, in bytes
//   histogram  (bits + 1) u32
// Items are numbered from 0, distances go from 0 to bits, at most 1024.

/** Bytes of codes in a tile. */
const TILE_BYTES: i32 = 8192;
const MAX_TILE: i32 = 1024;
/** Queries that are compared with a code side by side, at most. */
const SIDE_BY_SIDE: i32 = 4;
/** Bytes from the counters of one query to those of the next, MAX_BITS + 1 and more; no multiple of 4096, on which
 * stores and loads are mistaken for one another. */
const COUNTER_PITCH: usize = 8 * 1160;
/** Items of a tile where rankings are counted: their notes, of all queries side by side, stay in the cache. */
const NOTE_TILE: i32 = 512;
const NOTE_PITCH: usize = 8 * (NOTE_TILE + 24);

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
/** Whether labels are lists of items by class; else bits. */
@inline function listedOf(job: usize): bool { return load<i32>(job, 32) != 0; }
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

@inline function countAt(distance: usize, counters: usize, note: usize): void {
  const counter = counters + (distance << 3);
  const seen = load<u64>(counter);
  store<u64>(counter, seen + 1);
  store<u64>(note, seen);
}

/** Distance of the code at `codes` to a query of one word. */
@inline function distanceTo<T>(codes: usize, query: T): usize {
  if (sizeof<T>() == 8) return <usize>popcnt<u64>(load<u64>(codes) ^ <u64>query);
  if (sizeof<T>() == 4) return <usize>popcnt<u32>(load<u32>(codes) ^ <u32>query);
  return <usize>popcnt<u32>(<u32>load<u16>(codes) ^ <u32>query);
}

/**
 * Four queries side by side: a code is loaded once for them, and while the counter of one waits for its last increment
 * the others go on. Their counters lie COUNTER_PITCH apart, their notes NOTE_PITCH.
 */
function noteFour1<T>(codes: usize, count: usize, queries: usize, counters: usize, notes: usize): void {
  const q0 = load<T>(queries);
  const q1 = load<T>(queries, sizeof<T>());
  const q2 = load<T>(queries, 2 * sizeof<T>());
  const q3 = load<T>(queries, 3 * sizeof<T>());
  for (const end = notes + (count << 3); notes < end; notes += 8, codes += sizeof<T>()) {
    countAt(distanceTo<T>(codes, q0), counters, notes);
    countAt(distanceTo<T>(codes, q1), counters + COUNTER_PITCH, notes + NOTE_PITCH);
    countAt(distanceTo<T>(codes, q2), counters + 2 * COUNTER_PITCH, notes + 2 * NOTE_PITCH);
    countAt(distanceTo<T>(codes, q3), counters + 3 * COUNTER_PITCH, notes + 3 * NOTE_PITCH);
  }
}

function noteOne1<T>(codes: usize, count: usize, query: usize, counters: usize, notes: usize): void {
  const q = load<T>(query);
  for (const end = notes + (count << 3); notes < end; notes += 8, codes += sizeof<T>()) {
    countAt(distanceTo<T>(codes, q), counters, notes);
  }
}

@inline function distanceTo2(codes: usize, low: u64, high: u64): usize {
  return <usize>(popcnt<u64>(load<u64>(codes) ^ low) + popcnt<u64>(load<u64>(codes, 8) ^ high));
}

/** Two queries of two words side by side. */
function noteTwo2(codes: usize, count: usize, queries: usize, counters: usize, notes: usize): void {
  const low0 = load<u64>(queries);
  const high0 = load<u64>(queries, 8);
  const low1 = load<u64>(queries, 16);
  const high1 = load<u64>(queries, 24);
  for (const end = notes + (count << 3); notes < end; notes += 8, codes += 16) {
    countAt(distanceTo2(codes, low0, high0), counters, notes);
    countAt(distanceTo2(codes, low1, high1), counters + COUNTER_PITCH, notes + NOTE_PITCH);
  }
}

function noteLong(codes: usize, count: usize, stride: i32, query: usize, counters: usize, notes: usize): void {
  const last = query + stride;
  for (const end = notes + (count << 3); notes < end; notes += 8) {
    let distance: u64 = 0;
    for (let word = query; word < last; word += 8, codes += 8) distance += popcnt<u64>(load<u64>(codes) ^ load<u64>(word));
    countAt(<usize>distance, counters, notes);
  }
}

/** Counts and notes the tile for as many of the queries as go side by side; returns how many those are. */
function noteTile(codes: usize, count: i32, stride: i32, query: usize, left: i32, counters: usize, notes: usize): i32 {
  if (left >= SIDE_BY_SIDE && stride <= 8) {
    if (stride == 8) noteFour1<u64>(codes, count, query, counters, notes);
    else if (stride == 4) noteFour1<u32>(codes, count, query, counters, notes);
    else noteFour1<u16>(codes, count, query, counters, notes);
    return SIDE_BY_SIDE;
  }
  if (left >= 2 && stride == 16) {
    noteTwo2(codes, count, query, counters, notes);
    return 2;
  }
  if (stride == 8) noteOne1<u64>(codes, count, query, counters, notes);
  else if (stride == 4) noteOne1<u32>(codes, count, query, counters, notes);
  else if (stride == 2) noteOne1<u16>(codes, count, query, counters, notes);
  else noteLong(codes, count, stride, query, counters, notes);
  return 1;
}

/**
 * Appends the notes of a class's items in the tile and counts their distances; returns the place in the class's list
 * where the next tile goes on. No label is compared: the list names the items. With `places` each one's place among the
 * relevant items of its distance is written there.
 */
@inline function pickListed(
  list: usize, at: u32, last: u32, first: u32, after: u32, notes: usize, end: usize, places: usize, relevant: usize,
  ranking: bool,
): u32 {
  const base = notes - (<usize>first << 3);
  while (at < last) {
    const item = load<u32>(list + (<usize>at << 2));
    if (item >= after) break;
    const note = load<u64>(base + (<usize>item << 3));
    const bin = relevant + (<usize>(note >> 32) << 2);
    const place = load<u32>(bin);
    store<u32>(bin, place + 1);
    if (ranking) {
      store<u64>(end, note);
      store<u32>(places, place);
      end += 8;
      places += 4;
    }
    at++;
  }
  return at;
}

/**
 * Appends the notes of the items in the tile that have a class of the query, as pickListed does; returns how many. A class
 * has a bit an item, so that the items of several classes are told 64 at a time.
 * @param classes where the planes of the query's classes lie from the tile on, as u32 offsets from `planes`
 */
@inline function pickMarked(
  planes: usize, classes: usize, last: usize, length: i32, notes: usize, end: usize, places: usize, relevant: usize,
  ranking: bool,
): u32 {
  let picks: u32 = 0;
  for (const after = planes + (<usize>(length + 63 & ~63) >> 3); planes < after; planes += 8, notes += 512) {
    let marked: u64 = 0;
    for (let at = classes; at < last; at += 4) marked |= load<u64>(planes + load<u32>(at));
    picks += <u32>popcnt(marked);
    for (; marked != 0; marked &= marked - 1) {
      const note = load<u64>(notes + (<usize>ctz(marked) << 3));
      const bin = relevant + (<usize>(note >> 32) << 2);
      const place = load<u32>(bin);
      store<u32>(bin, place + 1);
      if (ranking) {
        store<u64>(end, note);
        store<u32>(places, place);
        end += 8;
        places += 4;
      }
    }
  }
  return picks;
}

/**
 * Ranks the database for the queries of a block. Results of a block, from results + slot * resultBytes on:
 *   (block, bits + 1) u32   items at each distance
 *   (block, bits + 1) u32   relevant items at each distance
 *   (block) u32             relevant items
 *   (block, capacity) u32   ranks of the relevant items from 1, ascending, ties by ascending index
 *   (block) f64             sums of the precisions at the relevant items, aligned to 8 bytes
 * Capacity: at least the relevant items of any query. Scratch of a thread: notes (SIDE_BY_SIDE) of NOTE_PITCH bytes,
 * starts (bits + 1, 2) u32, counters (block) of COUNTER_PITCH bytes, picked notes (block, capacity + 1) u64, and their
 * places (block, capacity + 1) u32.
 */
export function rankBlock(job: usize, block: i32, slot: i32, thread: i32): void {
  scanBlock(job, block, slot, thread, true);
}

/**
 * Histograms of the queries of a block: the first three parts of rankBlock's results. Scratch: as there, with room for
 * NOTE_TILE + 1 picked notes and places in all.
 */
export function histogramBlock(job: usize, block: i32, slot: i32, thread: i32): void {
  scanBlock(job, block, slot, thread, false);
}

@inline function scanBlock(job: usize, block: i32, slot: i32, thread: i32, ranking: bool): void {
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
  const starts = notes + SIDE_BY_SIDE * NOTE_PITCH;
  const counters = starts + <usize>bins * 8;
  const picked = counters + <usize>size * COUNTER_PITCH;
  const room: usize = ranking ? <usize>(capacity + 1) : 0;
  const places = picked + (ranking ? <usize>size * room : <usize>(NOTE_TILE + 1)) * 8;
  for (let j = 0; j < queries; j++) {
    const own = counters + <usize>j * COUNTER_PITCH;
    for (let d = 0; d < bins; d++) store<u64>(own + (<usize>d << 3), <u64>d << 32);
  }

  const listed = listedOf(job);
  const stride = strideOf(job);
  const count = countOf(job);
  const tile = min(NOTE_TILE, TILE_BYTES / stride & ~63);
  for (let from = 0; from < count; from += tile) {
    const length = min(tile, count - from);
    const codes = codesOf(job) + <usize>from * <usize>stride;
    for (let j = 0; j < queries; ) {
      const query = queriesOf(job) + <usize>(first + j) * <usize>stride;
      const together = noteTile(codes, length, stride, query, queries - j, counters + <usize>j * COUNTER_PITCH, notes);
      for (let t = 0; t < together; t++, j++) {
        const own = notes + <usize>t * NOTE_PITCH;
        const foundAt = found + <usize>j * 4;
        const before = <usize>load<u32>(foundAt);
        const at = picked + (ranking ? <usize>j * room + before : 0) * 8;
        const placeAt = places + (ranking ? <usize>j * room + before : 0) * 4;
        const hits = relevant + <usize>(j * bins) * 4;
        if (listed) {
          // The number found so far doubles as the cursor in the list of the query's class.
          const range = queryLabelsOf(job) + (<usize>(first + j) << 3);
          const start = load<u32>(range);
          const next = pickListed(
            labelsOf(job), start + <u32>before, load<u32>(range, 4), from, from + length, own, at, placeAt, hits, ranking,
          );
          store<u32>(foundAt, next - start);
        } else {
          const range = queryLabelsOf(job) + (<usize>(first + j) << 3);
          const classes = queryLabelsOf(job);
          const picks = pickMarked(
            labelsOf(job) + (<usize>from >> 3), classes + load<u32>(range), classes + load<u32>(range, 4), length, own, at,
            placeAt, hits, ranking,
          );
          store<u32>(foundAt, <u32>before + picks);
        }
      }
    }
  }
  const sums = (ranks + <usize>(size * capacity) * 4 + 7) & ~7;
  for (let j = 0; j < queries; j++) {
    const row = <usize>(j * bins) * 4;
    const own = counters + <usize>j * COUNTER_PITCH;
    for (let d: usize = 0; d < <usize>bins; d++) store<u32>(sizes + row + d * 4, load<u32>(own + d * 8));
    if (!ranking) continue;
    const kept = load<u32>(found + <usize>j * 4);
    const list = picked + <usize>j * room * 8;
    const listPlaces = places + <usize>j * room * 4;
    const ownRanks = ranks + <usize>(j * capacity) * 4;
    writeRanks(bins, sizes + row, relevant + row, kept, list, listPlaces, ownRanks, starts);
    store<f64>(sums + (<usize>j << 3), precisionSum(ownRanks, kept));
  }
}

/** Ranks in the whole ranking of a query's relevant items, ascending: an item's place is known from its note. */
function writeRanks(
  bins: i32, sizes: usize, relevant: usize, count: u32, picked: usize, places: usize, ranks: usize, starts: usize,
): void {
  let rank: u32 = 1;
  let before: u32 = 0;
  for (let d = 0; d < bins; d++) {
    const start = starts + (<usize>d << 3);
    store<u32>(start, rank);
    store<u32>(start, before, 4);
    rank += load<u32>(sizes + (<usize>d << 2));
    before += load<u32>(relevant + (<usize>d << 2));
  }
  for (const end = picked + (<usize>count << 3); picked < end; picked += 8, places += 4) {
    const note = load<u64>(picked);
    const start = load<u64>(starts + (<usize>(note >> 32) << 3));
    store<u32>(ranks + (<usize>(<u32>(start >> 32) + load<u32>(places)) << 2), <u32>start + <u32>note);
  }
}

/** The sum of the precisions at the relevant items, i / rank of the i-th, four side by side. */
function precisionSum(ranks: usize, count: u32): f64 {
  let left = f64x2.splat(0);
  let right = f64x2.splat(0);
  let place = i32x4(1, 2, 3, 4);
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4, ranks += 16) {
    const four = v128.load(ranks);
    left = f64x2.add(left, f64x2.div(f64x2.convert_low_i32x4_s(place), f64x2.convert_low_i32x4_s(four)));
    const upperPlace = i32x4.shuffle(place, place, 2, 3, 2, 3);
    const upper = i32x4.shuffle(four, four, 2, 3, 2, 3);
    right = f64x2.add(right, f64x2.div(f64x2.convert_low_i32x4_s(upperPlace), f64x2.convert_low_i32x4_s(upper)));
    place = i32x4.add(place, i32x4.splat(4));
  }
  const both = f64x2.add(left, right);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < count; i++, ranks += 4) sum += <f64>(i + 1) / <f64>load<u32>(ranks);
  return sum;
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
