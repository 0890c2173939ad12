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
/** Runs of codes that are read side by side, their rows, and their bytes. */
const RUNS: u32 = 4;
const RUN_ROWS: u32 = 2048;
const RUN_BYTES: usize = 8 * <usize>RUN_ROWS;
/** Bytes of a run's notes. */
const PENDING_BYTES: usize = 4 * <usize>RUN_ROWS + 64;

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

// ---- A list: what lies nearer than the bound. The counts of what was found at each distance lower the bound at once.

@inline function countsAt(list: usize): usize { return list + 16; }
@inline function rowsAt(job: usize, list: usize): usize { return list + 16 + <usize>(bitsOf(job) + 1) * 4; }
@inline function distancesAt(job: usize, list: usize): usize { return rowsAt(job, list) + <usize>capacityOf(job) * 4; }
@inline function listAt(job: usize, thread: i32, query: i32): usize {
  return listsOf(job) + <usize>(thread * queryCountOf(job) + query) * listPitchOf(job);
}

/** Empties a thread's lists. */
export function begin(job: usize, thread: i32): void {
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

// ---- Scans of some rows for one query. Codes that are too far cost a comparison and a branch that is foreseen.

@inline function distance8(code: usize, q: u64): u64 { return popcnt<u64>(load<u64>(code) ^ q); }

/** Codes of 8 bytes. */
function scan8(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  const q = load<u64>(query);
  let bound = <u64>load<u32>(list);
  let at = codesOf(job) + (<usize>row << 3);
  const end = at + (<usize>count << 3);
  for (const whole = at + (<usize>(count & ~7) << 3); at < whole; at += 64, row += 8) {
    const d0 = distance8(at, q);
    if (d0 < bound) bound = take(job, list, row, <u32>d0);
    const d1 = distance8(at + 8, q);
    if (d1 < bound) bound = take(job, list, row + 1, <u32>d1);
    const d2 = distance8(at + 16, q);
    if (d2 < bound) bound = take(job, list, row + 2, <u32>d2);
    const d3 = distance8(at + 24, q);
    if (d3 < bound) bound = take(job, list, row + 3, <u32>d3);
    const d4 = distance8(at + 32, q);
    if (d4 < bound) bound = take(job, list, row + 4, <u32>d4);
    const d5 = distance8(at + 40, q);
    if (d5 < bound) bound = take(job, list, row + 5, <u32>d5);
    const d6 = distance8(at + 48, q);
    if (d6 < bound) bound = take(job, list, row + 6, <u32>d6);
    const d7 = distance8(at + 56, q);
    if (d7 < bound) bound = take(job, list, row + 7, <u32>d7);
  }
  for (; at < end; at += 8, row++) {
    const distance = distance8(at, q);
    if (distance < bound) bound = take(job, list, row, <u32>distance);
  }
}

/** Notes a row for later; `pending` holds the number of notes, then notes of row and distance. */
function defer(pending: usize, row: u32, distance: u32): void {
  const notes = load<u32>(pending);
  store<u32>(pending, notes + 1);
  store<u32>(pending + (<usize>notes << 2), (row << 16) | distance, 4);
}

/** Eight codes of 8 bytes of a run whose turn to be taken has not come. */
@inline function deferNear(at: usize, q: u64, bound: u64, row: u32, pending: usize): void {
  const d0 = distance8(at, q);
  if (d0 < bound) defer(pending, row, <u32>d0);
  const d1 = distance8(at + 8, q);
  if (d1 < bound) defer(pending, row + 1, <u32>d1);
  const d2 = distance8(at + 16, q);
  if (d2 < bound) defer(pending, row + 2, <u32>d2);
  const d3 = distance8(at + 24, q);
  if (d3 < bound) defer(pending, row + 3, <u32>d3);
  const d4 = distance8(at + 32, q);
  if (d4 < bound) defer(pending, row + 4, <u32>d4);
  const d5 = distance8(at + 40, q);
  if (d5 < bound) defer(pending, row + 5, <u32>d5);
  const d6 = distance8(at + 48, q);
  if (d6 < bound) defer(pending, row + 6, <u32>d6);
  const d7 = distance8(at + 56, q);
  if (d7 < bound) defer(pending, row + 7, <u32>d7);
}

/**
 * RUNS · RUN_ROWS codes of 8 bytes, read in runs side by side: the processor fetches each ahead, so that more of the memory's
 * bandwidth is used than by one. What is near enough is taken afterwards, in the order of the rows.
 */
function scanRuns8(job: usize, list: usize, query: usize, row: u32, pending: usize): void {
  const q = load<u64>(query);
  const bound = <u64>load<u32>(list);
  let at = codesOf(job) + (<usize>row << 3);
  for (let run: usize = 0; run < RUNS; run++) store<u32>(pending + run * PENDING_BYTES, 0);
  for (let i: u32 = 0; i < RUN_ROWS; i += 8, at += 64) {
    deferNear(at, q, bound, i, pending);
    deferNear(at + RUN_BYTES, q, bound, i, pending + PENDING_BYTES);
    deferNear(at + 2 * RUN_BYTES, q, bound, i, pending + 2 * PENDING_BYTES);
    deferNear(at + 3 * RUN_BYTES, q, bound, i, pending + 3 * PENDING_BYTES);
  }
  for (let run: u32 = 0; run < RUNS; run++, row += RUN_ROWS, pending += PENDING_BYTES) {
    const notes = load<u32>(pending);
    for (let n: u32 = 0; n < notes; n++) {
      const note = load<u32>(pending + (<usize>n << 2), 4);
      if ((note & 0xffff) < load<u32>(list)) take(job, list, row + (note >> 16), note & 0xffff);
    }
  }
}

/** Codes of less than 8 bytes: what is read of the next code is shifted out. */
function scanShort(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  const bytes = <usize>bytesPerCodeOf(job);
  const shift = 64 - ((<u64>bytes) << 3);
  const q = load<u64>(query) << shift;
  let bound = <u64>load<u32>(list);
  let at = codesOf(job) + <usize>row * bytes;
  for (const last = row + count; row < last; row++, at += bytes) {
    const distance = popcnt<u64>((load<u64>(at) << shift) ^ q);
    if (distance < bound) bound = take(job, list, row, <u32>distance);
  }
}

/** Codes of 9 to 16 bytes. */
function scanDouble(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  const bytes = <usize>bytesPerCodeOf(job);
  const shift = 128 - ((<u64>bytes) << 3);
  const low = load<u64>(query);
  const high = load<u64>(query, 8) << shift;
  let bound = <u64>load<u32>(list);
  let at = codesOf(job) + <usize>row * bytes;
  for (const last = row + count; row < last; row++, at += bytes) {
    const distance = popcnt<u64>(load<u64>(at) ^ low) + popcnt<u64>((load<u64>(at, 8) << shift) ^ high);
    if (distance < bound) bound = take(job, list, row, <u32>distance);
  }
}

/** Codes of any length. */
function scanLong(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  const bytes = <usize>bytesPerCodeOf(job);
  const lastWord = query + ((bytes - 1) & ~7);
  const shift = <u64>((8 - bytes) & 7) << 3;
  let bound = <u64>load<u32>(list);
  let at = codesOf(job) + <usize>row * bytes;
  for (const last = row + count; row < last; row++, at += bytes) {
    let distance: u64 = 0;
    let code = at;
    for (let word = query; word < lastWord; word += 8, code += 8) distance += popcnt<u64>(load<u64>(code) ^ load<u64>(word));
    distance += popcnt<u64>((load<u64>(code) ^ load<u64>(lastWord)) << shift);
    if (distance < bound) bound = take(job, list, row, <u32>distance);
  }
}

/** A long stretch of codes of 8 bytes for one query: in runs, once the bound has come down. */
function scanStretch8(job: usize, list: usize, query: usize, row: u32, count: u32, pending: usize): void {
  const last = row + count;
  while (row < last) {
    if (last - row >= RUNS * RUN_ROWS && load<u32>(list) < boundOf(job)) {
      scanRuns8(job, list, query, row, pending);
      row += RUNS * RUN_ROWS;
    } else {
      const some = min(last - row, RUN_ROWS / 4);
      scan8(job, list, query, row, some);
      row += some;
    }
  }
}

@inline function scanRows(job: usize, list: usize, query: usize, row: u32, count: u32): void {
  const bytes = bytesPerCodeOf(job);
  if (bytes == 8) scan8(job, list, query, row, count);
  else if (bytes < 8) scanShort(job, list, query, row, count);
  else if (bytes <= 16) scanDouble(job, list, query, row, count);
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
  const stretches = queries == 1 && bytesPerCodeOf(job) == 8;
  const pending = pendingOf(job) + <usize>thread * RUNS * PENDING_BYTES;
  for (; most > 0; most--) {
    // Counted in chunks: rows would overflow.
    const from = <i64>firstOf(job) + <i64>atomic.add<u32>(nextOf(job), 1) * <i64>chunk;
    if (from >= <i64>last) return false;
    const to = min(<i32>from + chunk, last);
    for (let row = <i32>from; row < to; row += tile) {
      const count = min(tile, to - row);
      for (let query = 0; query < queries; query++) {
        const words = queriesOf(job) + <usize>query * queryPitchOf(job);
        const list = listAt(job, thread, query);
        if (stretches) scanStretch8(job, list, words, row, count, pending);
        else scanRows(job, list, words, row, count);
      }
    }
  }
  return true;
}
