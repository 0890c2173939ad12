// Kernels that search codes which stay in memory, compiled to WebAssembly (shared memory) by tools/build-kernels.mjs. They
// compute on a segment of a gallery, which src/ranking/gallery-segment.ts lays out; nothing is allocated here.
//
// All threads of a search take chunks of rows from one counter, so that a thread that is held up leaves the rest to the
// others. Each keeps lists of its own, one a query: what is nearer than the query's bound. A thread's chunks ascend, so
// that its rows do, and of equal distances the first found is the one to keep.
//
// Layouts, all little-endian:
//   codes    (count, bytesPerCode) bytes as numpy.packbits lays them, bits past the code's end 0; 8 bytes may be read past
//            the last
//   queries  (queries, queryPitch) bytes, the same, padded with 0 to whole words of 8 bytes
//   allowed  (count) bits, the lowest of a byte first: which rows may be found
//   list     bound u32, nearer u32, kept u32, found u32; counts (bits + 1) u32; rows (capacity) u32; distances (capacity) u16

/** Bytes of codes on which queries take their turns while they stay in the first-level cache. */
const TILE_BYTES: i32 = 16384;
/** Runs of codes that are read side by side, and their rows. */
const RUNS: u32 = 4;
const LEAST_RUN: u32 = 128;
const MOST_RUN: u32 = 131072;
/** Runs grow while less than one in so many codes is near. */
const FEW: u32 = 128;
/** Codes that are looked at one by one from eight on of which one is near: where one is, others often are. */
const ONE_BY_ONE: u32 = 32;
/** Notes of a run at most: its number of notes, these, and what a thread keeps beside. */
const MOST_NOTES: u32 = 2048;
const PENDING_BYTES: usize = 4 * <usize>MOST_NOTES + 64;
/** Bits of a note that tell the distance; above them is the row in its run. */
const DISTANCE_BITS: u32 = 11;

// ---- The job: where things lie. Fields of 4 bytes, in this order in src/ranking/gallery-segment.ts too.
@inline function nextOf(job: usize): usize { return job; }
@inline function codesOf(job: usize): usize { return load<u32>(job, 4); }
@inline function bytesPerCodeOf(job: usize): i32 { return load<i32>(job, 8); }
@inline function bitsOf(job: usize): i32 { return load<i32>(job, 12); }
@inline function queriesOf(job: usize): usize { return load<u32>(job, 16); }
@inline function queryPitchOf(job: usize): usize { return load<u32>(job, 20); }
@inline function queryCountOf(job: usize): i32 { return load<i32>(job, 24); }
/** 0: all rows may be found. */
@inline function allowedOf(job: usize): usize { return load<u32>(job, 28); }
/** A thread's lists are at lists + thread · queries · listPitch. */
@inline function listsOf(job: usize): usize { return load<u32>(job, 32); }
@inline function listPitchOf(job: usize): usize { return load<u32>(job, 36); }
@inline function capacityOf(job: usize): u32 { return load<u32>(job, 40); }
/** Neighbours wanted; the highest number: all below the bound. */
@inline function wantedOf(job: usize): u32 { return load<u32>(job, 44); }
/** Rows a chunk. */
@inline function chunkOf(job: usize): i32 { return load<i32>(job, 48); }
/** Rows [first, last) are searched. */
@inline function firstOf(job: usize): i32 { return load<i32>(job, 52); }
@inline function lastOf(job: usize): i32 { return load<i32>(job, 56); }
/** Only what is nearer is found. */
@inline function boundOf(job: usize): u32 { return load<u32>(job, 60); }
/** A thread's notes are at pending + thread · RUNS · PENDING_BYTES. */
@inline function pendingOf(job: usize): usize { return load<u32>(job, 64); }

/** Rows that the thread's next runs may have: kept behind the notes of its first run. */
@inline function reachOf(pending: usize): u32 { return load<u32>(pending + PENDING_BYTES - 4); }
@inline function setReach(pending: usize, reach: u32): void { store<u32>(pending + PENDING_BYTES - 4, reach); }
/** Where a thread's notes are. */
@inline function notesAt(job: usize, thread: i32): usize { return pendingOf(job) + <usize>thread * RUNS * PENDING_BYTES; }

// ---- A list: what lies nearer than the bound. The counts of what was found at each distance lower the bound at once.

@inline function countsAt(list: usize): usize { return list + 16; }
@inline function rowsAt(job: usize, list: usize): usize { return list + 16 + <usize>(bitsOf(job) + 1) * 4; }
@inline function distancesAt(job: usize, list: usize): usize { return rowsAt(job, list) + <usize>capacityOf(job) * 4; }
@inline function listAt(job: usize, thread: i32, query: i32): usize {
  return listsOf(job) + <usize>(thread * queryCountOf(job) + query) * listPitchOf(job);
}

/** Empties a thread's lists. */
export function begin(job: usize, thread: i32): void {
  setReach(notesAt(job, thread), 0);
  for (let query = 0; query < queryCountOf(job); query++) {
    const list = listAt(job, thread, query);
    memory.fill(list, 0, 16 + <usize>(bitsOf(job) + 1) * 4);
    store<u32>(list, boundOf(job));
  }
}

/** Takes a row nearer than the bound; returns the new bound. */
function take(job: usize, list: usize, row: u32, distance: u32): u64 {
  let bound = load<u32>(list);
  const allowed = allowedOf(job);
  if (allowed != 0 && ((load<u8>(allowed + (row >> 3)) >> <u8>(row & 7)) & 1) == 0) return <u64>bound;
  store<u32>(list, load<u32>(list, 12) + 1, 12);
  const counts = countsAt(list);
  store<u32>(counts + (distance << 2), load<u32>(counts + (distance << 2)) + 1);
  let kept = load<u32>(list, 8);
  if (kept < capacityOf(job)) {
    store<u32>(rowsAt(job, list) + (kept << 2), row);
    store<u16>(distancesAt(job, list) + (kept << 1), <u16>distance);
    store<u32>(list, ++kept, 8);
  }
  // With so many as wanted nearer than the bound, the farthest of these distances can win no more: later rows are higher.
  const wanted = wantedOf(job);
  let nearer = load<u32>(list, 4) + 1;
  while (nearer >= wanted) nearer -= load<u32>(counts + (--bound << 2));
  store<u32>(list, bound);
  store<u32>(list, nearer, 4);
  if (kept == capacityOf(job) && wanted != 0xffffffff) drop(job, list, bound, wanted - nearer);
  return <u64>bound;
}

/** Keeps what is nearer than the bound, and the first `rest` of what is as far. */
function drop(job: usize, list: usize, bound: u32, rest: u32): void {
  const kept = load<u32>(list, 8);
  const rows = rowsAt(job, list);
  const distances = distancesAt(job, list);
  let to: u32 = 0;
  for (let i: u32 = 0; i < kept; i++) {
    const distance = <u32>load<u16>(distances + (i << 1));
    if (distance > bound || (distance == bound && rest == 0)) continue;
    if (distance == bound) rest--;
    store<u32>(rows + (to << 2), load<u32>(rows + (i << 2)));
    store<u16>(distances + (to << 1), <u16>distance);
    to++;
  }
  store<u32>(list, to, 8);
}

// ---- Scans of some rows for one query. Codes that are too far cost a comparison and a branch that is foreseen. What a scan
// and a scan in runs have in common is inlined for each width of codes, which the compiler then knows.

/** Codes of less than 8 bytes, of 8, of 9 to 16, of more. */
const SHORT: i32 = 0;
const WORD: i32 = 1;
const DOUBLE: i32 = 2;
const LONG: i32 = 3;

@inline function widthOf(bytes: i32): i32 {
  return bytes < 8 ? SHORT : bytes == 8 ? WORD : bytes <= 16 ? DOUBLE : LONG;
}

/** Bits by which what is read past the end of a code's last word is shifted out. */
@inline function shiftOf(bytes: usize): u64 { return <u64>((8 - bytes) & 7) << 3; }

/**
 * @param low the query's first word, of SHORT codes shifted; `high` the second of DOUBLE ones, shifted; LONG ones take
 *   neither, but the query's words themselves
 */
@inline function distanceOf(
  width: i32, code: usize, query: usize, stride: usize, low: u64, high: u64, shift: u64,
): u64 {
  if (width == WORD) return popcnt<u64>(load<u64>(code) ^ low);
  if (width == SHORT) return popcnt<u64>((load<u64>(code) << shift) ^ low);
  if (width == LONG) return longDistance(code, query, stride, shift);
  return popcnt<u64>(load<u64>(code) ^ low) + popcnt<u64>((load<u64>(code, 8) << shift) ^ high);
}

function longDistance(code: usize, query: usize, bytes: usize, shift: u64): u64 {
  let distance: u64 = 0;
  for (const last = query + ((bytes - 1) & ~7); query < last; query += 8, code += 8) {
    distance += popcnt<u64>(load<u64>(code) ^ load<u64>(query));
  }
  return distance + popcnt<u64>((load<u64>(code) ^ load<u64>(query)) << shift);
}

@inline function lowOf(width: i32, query: usize, shift: u64): u64 {
  return width == SHORT ? load<u64>(query) << shift : load<u64>(query);
}

@inline function highOf(width: i32, query: usize, shift: u64): u64 {
  return width == DOUBLE ? load<u64>(query, 8) << shift : 0;
}

@inline function strideOf(width: i32, job: usize): usize { return width == WORD ? 8 : <usize>bytesPerCodeOf(job); }

/**
 * Whether one of eight codes is near. Each `return` is a branch that is not taken while codes are far: a jump over what
 * is done with a near one costs as much as the comparison.
 */
@inline function nearAmongEight(
  width: i32, at: usize, query: usize, stride: usize, low: u64, high: u64, shift: u64, bound: u64,
): bool {
  if (distanceOf(width, at, query, stride, low, high, shift) < bound) return true;
  if (distanceOf(width, at + stride, query, stride, low, high, shift) < bound) return true;
  if (distanceOf(width, at + 2 * stride, query, stride, low, high, shift) < bound) return true;
  if (distanceOf(width, at + 3 * stride, query, stride, low, high, shift) < bound) return true;
  if (distanceOf(width, at + 4 * stride, query, stride, low, high, shift) < bound) return true;
  if (distanceOf(width, at + 5 * stride, query, stride, low, high, shift) < bound) return true;
  if (distanceOf(width, at + 6 * stride, query, stride, low, high, shift) < bound) return true;
  return distanceOf(width, at + 7 * stride, query, stride, low, high, shift) < bound;
}

/** Codes one after the other. */
@inline function scanCodes(width: i32, job: usize, list: usize, query: usize, row: u32, count: u32): void {
  const stride = strideOf(width, job);
  const shift = shiftOf(stride);
  const low = lowOf(width, query, shift);
  const high = highOf(width, query, shift);
  let bound = <u64>load<u32>(list);
  let at = codesOf(job) + <usize>row * stride;
  const last = row + count;
  while (row < last) {
    for (; row + 8 <= last; row += 8, at += 8 * stride) {
      if (nearAmongEight(width, at, query, stride, low, high, shift, bound)) break;
    }
    for (const to = min(row + ONE_BY_ONE, last); row < to; row++, at += stride) {
      const distance = distanceOf(width, at, query, stride, low, high, shift);
      if (distance < bound) bound = take(job, list, row, <u32>distance);
    }
  }
}

function scanShort(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  scanCodes(SHORT, job, list, query, row, count);
}

function scanWord(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  scanCodes(WORD, job, list, query, row, count);
}

function scanDouble(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  scanCodes(DOUBLE, job, list, query, row, count);
}

function scanLong(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  scanCodes(LONG, job, list, query, row, count);
}

/** Notes which of eight codes of a run are near, to be taken later; `pending` holds the number of notes, then these. */
@inline function noteNear(
  width: i32, at: usize, query: usize, stride: usize, low: u64, high: u64, shift: u64, bound: u64, row: u32, pending: usize,
): u32 {
  let notes = load<u32>(pending);
  for (const to = row + 8; row < to; row++, at += stride) {
    const distance = distanceOf(width, at, query, stride, low, high, shift);
    if (distance >= bound) continue;
    store<u32>(pending + (<usize>notes << 2), (row << DISTANCE_BITS) | <u32>distance, 4);
    notes++;
  }
  store<u32>(pending, notes);
  return notes;
}

/** Takes a run's notes. */
function takeNotes(job: usize, list: usize, row: u32, pending: usize): u32 {
  const notes = load<u32>(pending);
  for (let n: u32 = 0; n < notes; n++) {
    const note = load<u32>(pending + (<usize>n << 2), 4);
    const distance = note & ((1 << DISTANCE_BITS) - 1);
    if (distance < load<u32>(list)) take(job, list, row + (note >> DISTANCE_BITS), distance);
  }
  return notes;
}

/**
 * RUNS runs of codes, read side by side: the processor fetches each ahead, so that more of the memory's bandwidth is used
 * than by one. What is near enough is taken afterwards, in the order of the rows. With too many for a run's notes, the
 * rest of the runs is read one after the other.
 * @param rows of a run, a multiple of 8
 * @returns how many were noted
 */
@inline function scanRuns(width: i32, job: usize, list: usize, query: usize, row: u32, rows: u32, pending: usize): u32 {
  const stride = strideOf(width, job);
  const shift = shiftOf(stride);
  const low = lowOf(width, query, shift);
  const high = highOf(width, query, shift);
  const bound = <u64>load<u32>(list);
  const run = stride * rows;
  let at = codesOf(job) + <usize>row * stride;
  for (let r: usize = 0; r < RUNS; r++) store<u32>(pending + r * PENDING_BYTES, 0);
  let i: u32 = 0;
  let most: u32 = 0;
  while (most <= MOST_NOTES - 8) {
    for (; i < rows; i += 8, at += 8 * stride) {
      if (nearAmongEight(width, at, query, stride, low, high, shift, bound)) break;
      if (nearAmongEight(width, at + run, query, stride, low, high, shift, bound)) break;
      if (nearAmongEight(width, at + 2 * run, query, stride, low, high, shift, bound)) break;
      if (nearAmongEight(width, at + 3 * run, query, stride, low, high, shift, bound)) break;
    }
    if (i == rows) break;
    for (let r: usize = 0; r < RUNS; r++) {
      const notes = noteNear(
        width, at + r * run, query, stride, low, high, shift, bound, i, pending + r * PENDING_BYTES,
      );
      most = max(most, notes);
    }
    i += 8;
    at += 8 * stride;
  }
  let notes: u32 = 0;
  for (let r: u32 = 0; r < RUNS; r++, row += rows, pending += PENDING_BYTES) {
    notes += takeNotes(job, list, row, pending);
    if (i < rows) scanRows(job, list, query, row + i, rows - i);
  }
  return notes;
}

function scanRunsShort(job: usize, list: usize, query: usize, row: u32, rows: u32, pending: usize): u32 {
  return scanRuns(SHORT, job, list, query, row, rows, pending);
}

function scanRunsWord(job: usize, list: usize, query: usize, row: u32, rows: u32, pending: usize): u32 {
  return scanRuns(WORD, job, list, query, row, rows, pending);
}

function scanRunsDouble(job: usize, list: usize, query: usize, row: u32, rows: u32, pending: usize): u32 {
  return scanRuns(DOUBLE, job, list, query, row, rows, pending);
}

function scanRunsLong(job: usize, list: usize, query: usize, row: u32, rows: u32, pending: usize): u32 {
  return scanRuns(LONG, job, list, query, row, rows, pending);
}

/**
 * A long stretch of codes for one query. The bound of codes side by side is that of before, so that too long runs note what
 * is near no more: runs grow while little is found, and become shorter when it is much.
 */
function scanStretch(job: usize, list: usize, query: usize, row: u32, count: u32, pending: usize): void {
  const width = widthOf(bytesPerCodeOf(job));
  const last = row + count;
  let reach = reachOf(pending);
  while (row < last) {
    const rows = min(reach, (last - row) / RUNS) & ~7;
    let some = RUNS * rows;
    let near: u32;
    if (rows >= LEAST_RUN) {
      if (width == WORD) near = scanRunsWord(job, list, query, row, rows, pending);
      else if (width == SHORT) near = scanRunsShort(job, list, query, row, rows, pending);
      else if (width == DOUBLE) near = scanRunsDouble(job, list, query, row, rows, pending);
      else near = scanRunsLong(job, list, query, row, rows, pending);
    } else {
      some = min(last - row, RUNS * LEAST_RUN);
      const before = load<u32>(list, 12);
      scanRows(job, list, query, row, some);
      near = load<u32>(list, 12) - before;
    }
    row += some;
    if (some < RUNS * LEAST_RUN) break; // too few to tell
    reach = near < some / FEW ? min(max(2 * reach, LEAST_RUN), MOST_RUN) : reach / 2;
  }
  setReach(pending, reach);
}

@inline function scanRows(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  const width = widthOf(bytesPerCodeOf(job));
  if (width == WORD) scanWord(job, list, query, row, count);
  else if (width == SHORT) scanShort(job, list, query, row, count);
  else if (width == DOUBLE) scanDouble(job, list, query, row, count);
  else scanLong(job, list, query, row, count);
}

/**
 * Searches chunks that no other thread has taken, for all queries, `most` of them at most.
 * @returns whether there may be more
 */
export function search(job: usize, thread: i32, most: i32): bool {
  const chunk = chunkOf(job);
  const last = lastOf(job);
  const queries = queryCountOf(job);
  const tile = queries == 1 ? chunk : max(1, TILE_BYTES / bytesPerCodeOf(job));
  const pending = notesAt(job, thread);
  for (; most > 0; most--) {
    // In 64 bits: the rows of chunks past the end would overflow.
    const from = <i64>firstOf(job) + <i64>atomic.add<u32>(nextOf(job), 1) * <i64>chunk;
    if (from >= <i64>last) return false;
    const to = <i32>min<i64>(from + <i64>chunk, <i64>last);
    for (let row = <i32>from; row < to; row += tile) {
      const count = min(tile, to - row);
      for (let query = 0; query < queries; query++) {
        const words = queriesOf(job) + <usize>query * queryPitchOf(job);
        const list = listAt(job, thread, query);
        if (queries == 1) scanStretch(job, list, words, row, count, pending);
        else scanRows(job, list, words, row, count);
      }
    }
  }
  return true;
}
