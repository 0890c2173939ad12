// The memory the kernels of assembly/hamming.ts work on: one WebAssembly memory, which is a SharedArrayBuffer, so that
// all threads read the same codes.
import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { classPlanes } from "./class-planes.js";
import { itemsByClass } from "./items-by-class.js";

/** As in assembly/hamming.ts. */
const MAX_TILE = 1024;
const NOTE_TILE = 512;
const SIDE_BY_SIDE = 4;
const NOTE_PITCH = 8 * (NOTE_TILE + 24);
const COUNTER_PITCH = 8 * 1160;
/** Bytes a thread that the relevant items or neighbours of queries take in scratch and results, about. */
const KEPT = 24 << 20;
/** Queries that take their turns on a tile, at most. More gain nothing: the tile lies in the cache by then. */
const MAX_BLOCK = 8;
const PAGE = 65536;
/** Pages of a 32-bit WebAssembly memory at most: 4 GiB. */
const MAX_PAGES = 65536;

/** Int32 words at the start of the memory, by which threads agree on who does what. */
export const CONTROL = {
  /** The next block that nobody has taken. */
  next: 0,
  /** Blocks whose results have been read: their slots are free. */
  consumed: 1,
  /** The number of the scan that threads may work at; 0: none. */
  scan: 2,
  /** From here on a word a slot: the number of the block whose results lie there, plus 1. */
  finished: 64,
  /** From here on a word a thread: the number of the scan it works at; 0: none. */
  working: 640,
} as const;
/** Where the description of the job lies, in bytes: 16 words, read by the kernels. */
export const JOB = 128;
const FIRST_FREE = 4096;

export type Kernel = "rankBlock" | "histogramBlock" | "nearestBlock" | "withinBlock";

export interface ScanRequest {
  readonly kernel: Kernel;
  readonly queries: PackedCodes;
  readonly database: PackedCodes;
  /** Labels of both sides, for the kernels that tell relevant items. */
  readonly labels?: { readonly queries: Labels; readonly database: Labels };
  /** Neighbours kept for a query at most. Default: relevant items. */
  readonly capacity?: number;
  /** k of nearestBlock; the radius of withinBlock. */
  readonly limit: number;
  /** Threads that will work, this one included. */
  readonly threads: number;
}

/** A laid out scan: what to run and where its results will be. */
export interface ScanPlan {
  readonly kernel: Kernel;
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
  /** Items kept for a query at most. */
  readonly capacity: number;
  /** Queries a block; the last block may hold fewer. */
  readonly block: number;
  readonly blocks: number;
  /** Blocks whose results have room at the same time. */
  readonly slots: number;
  /** Byte offset of a slot's results; their layout is told at each kernel. */
  resultsAt(slot: number): number;
}

/** Bytes of a code in the kernels' memory: 2, 4, or a multiple of 8. */
export function codeStride(bits: number): number {
  if (bits <= 16) return 2;
  return bits <= 32 ? 4 : Math.ceil(bits / 64) * 8;
}

/**
 * Copies codes and labels into the memory, which grows as needed, and reserves room for results. What lay there before
 * is overwritten.
 * @throws {InputError} beyond 4 GiB
 */
export function planScan(request: ScanRequest, memory: WebAssembly.Memory): ScanPlan {
  const { kernel, queries, database, limit } = request;
  const bins = database.bits + 1;
  const stride = codeStride(database.bits);
  const { listed, items, perQuery, most } = relevanceWords(request.labels);
  const capacity = request.capacity ?? { rankBlock: most, histogramBlock: 0, nearestBlock: 0, withinBlock: 0 }[kernel];
  const block = blockSize(request, capacity);
  const blocks = Math.ceil(queries.count / block);
  const threads = Math.max(1, Math.min(request.threads, blocks));
  const slots = Math.min(2 * threads + 1, Math.max(1, blocks));
  const { results, scratch } = sizesOf(request, block, bins, capacity);

  const room = new Room();
  const codesAt = room.take(database.count * stride);
  const queriesAt = room.take(queries.count * stride);
  const labelsAt = room.take(items.byteLength);
  const queryLabelsAt = room.take(perQuery.byteLength);
  const resultsAt = room.take(results * slots);
  const scratchAt = room.take(scratch * threads);
  room.growInto(memory);

  copyCodes(database, stride, new Uint8Array(memory.buffer, codesAt));
  copyCodes(queries, stride, new Uint8Array(memory.buffer, queriesAt));
  new Int32Array(memory.buffer, labelsAt).set(items);
  new Int32Array(memory.buffer, queryLabelsAt).set(perQuery);
  // The order of the fields is that of assembly/hamming.ts.
  new Uint32Array(memory.buffer, JOB, 16).set([
    codesAt,
    database.count,
    stride,
    database.bits,
    queriesAt,
    queries.count,
    block,
    labelsAt,
    listed ? 1 : 0,
    queryLabelsAt,
    resultsAt,
    results,
    scratchAt,
    scratch,
    capacity,
    limit,
  ]);
  const resultsOf = (slot: number): number => resultsAt + slot * results;
  return { kernel, memory, threads, capacity, block, blocks, slots, resultsAt: resultsOf };
}

/** As many queries as the room for what is kept of them allows, but blocks enough to keep all threads busy to the end. */
function blockSize(request: ScanRequest, capacity: number): number {
  // 12 bytes an item in scratch, and up to 6 in each of two slots and more a thread.
  const fitting = Math.floor(KEPT / (24 * (capacity + 1)));
  const spread = Math.ceil(request.queries.count / (4 * request.threads));
  return Math.max(1, Math.min(MAX_BLOCK, fitting, spread));
}

interface Sizes {
  /** Bytes of the results of a block. */
  readonly results: number;
  /** Bytes of scratch of a thread. */
  readonly scratch: number;
}

function sizesOf({ kernel, limit }: ScanRequest, block: number, bins: number, capacity: number): Sizes {
  switch (kernel) {
    case "rankBlock":
      return rankingSizes(block, bins, capacity, block * (capacity + 1));
    case "histogramBlock":
      return rankingSizes(block, bins, capacity, NOTE_TILE + 1);
    case "nearestBlock":
      return gatheringSizes(block, bins, capacity, limit);
    case "withinBlock":
      return gatheringSizes(block, bins, capacity, capacity);
  }
}

/** Sizes for rankBlock and histogramBlock; see there. */
function rankingSizes(block: number, bins: number, capacity: number, picked: number): Sizes {
  return {
    results: align(block * (bins * 8 + 4 + capacity * 4 + 8) + 4),
    scratch: align(SIDE_BY_SIDE * NOTE_PITCH + bins * 8 + block * COUNTER_PITCH + picked * 12),
  };
}

/** Sizes for nearestBlock and withinBlock; see there. */
function gatheringSizes(block: number, bins: number, capacity: number, kept: number): Sizes {
  return {
    results: align(block * (4 + kept * 6)),
    scratch: align((MAX_TILE + 8) * 2 + bins * 4 + block * 8 + (block + 1) * capacity * 6),
  };
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Adds up what is needed, on cache lines. */
class Room {
  private end: number = FIRST_FREE;

  take(bytes: number): number {
    const at = this.end;
    this.end += align(bytes);
    return at;
  }

  growInto(memory: WebAssembly.Memory): void {
    const pages = Math.ceil(this.end / PAGE);
    if (pages > MAX_PAGES) {
      throw new InputError("the codes do not fit into one scan", {
        expected: "at most 4 GiB of codes, labels and results",
        actual: `${(this.end / 2 ** 30).toFixed(1)} GiB`,
      });
    }
    const missing = pages - memory.buffer.byteLength / PAGE;
    if (missing > 0) memory.grow(missing);
  }
}

/** An empty memory for kernels, which threads share. */
export function scanMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
}

function copyCodes(codes: PackedCodes, stride: number, to: Uint8Array): void {
  const { data, count, bytesPerCode } = codes;
  if (stride === bytesPerCode) {
    to.set(data);
    return;
  }
  to.fill(0, 0, count * stride);
  for (let row = 0, from = 0, at = 0; row < count; row++, at += stride) {
    for (let byte = 0; byte < bytesPerCode; byte++) to[at + byte] = data[from++];
  }
}

/** What tells the kernels which items are relevant. */
interface RelevanceWords {
  /** Whether items are lists by class; else bits, a row a class. */
  readonly listed: boolean;
  /** Of the database, as {@link itemsByClass} or {@link classPlanes} gives them. */
  readonly items: Int32Array;
  /** Where in these a query's are; likewise. */
  readonly perQuery: Int32Array;
  /** At least the number of items relevant to any query. */
  readonly most: number;
}

function relevanceWords(labels: ScanRequest["labels"]): RelevanceWords {
  if (labels === undefined) return { listed: true, items: new Int32Array(0), perQuery: new Int32Array(0), most: 0 };
  const { queries, database } = labels;
  if (queries instanceof Int32Array || database instanceof Int32Array) {
    return { listed: true, ...itemsByClass(queries as Int32Array, database as Int32Array) };
  }
  const { planes, ...rest } = classPlanes(queries, database);
  return { listed: false, items: planes, ...rest };
}
