// One WebAssembly memory with a part of a gallery's codes, which threads share. assembly/gallery.ts computes on it.
import { InputError } from "../core/errors.js";
import { MOST_THREADS } from "./scan-threads.js";

/** Where the description of the job lies, in bytes: 17 words, read by the kernels. */
export const GALLERY_JOB = 64;
const QUERIES_AT = 4096;
/** Queries of a pass at most; of a code's bytes at most. */
const MAX_QUERIES = 256;
const MAX_CODE_BYTES = 128;
const LISTS_AT: number = QUERIES_AT + MAX_QUERIES * MAX_CODE_BYTES;
/** Bytes of all threads' lists of what they found; only what is used takes memory. */
const LIST_BYTES = 64 << 20;
const PENDING_AT: number = LISTS_AT + LIST_BYTES;
/** Bytes of a thread's notes: RUNS · PENDING_BYTES of assembly/gallery.ts. */
const PENDING_BYTES: number = 4 * (8192 + 64);
const FIRST_FREE: number = PENDING_AT + MOST_THREADS * PENDING_BYTES;
/** Bytes that kernels may read past the last code. */
const PAST_END = 64;
const PAGE = 65536;
/** Pages of a 32-bit WebAssembly memory at most: 4 GiB. */
const MAX_PAGES = 65536;
/** Of {@link SegmentPass.wanted}: all that are nearer than the bound. */
export const ALL = 0xffffffff;

/** What a segment holds. */
export interface SegmentShape {
  /** Row of the gallery that is the segment's first. */
  readonly first: number;
  /** Rows. */
  readonly count: number;
  readonly bits: number;
  /** Whether there are labels, so that which rows may be found can be marked. */
  readonly filtered: boolean;
}

/** Rows that fit into one memory, or less where fewer bytes of codes are to be in one. */
export function segmentRows(bits: number, filtered: boolean, codeBytes: number = Number.POSITIVE_INFINITY): number {
  const bytesPerCode = Math.ceil(bits / 8);
  const free = MAX_PAGES * PAGE - FIRST_FREE - 2 * PAST_END;
  const fitting = Math.floor(free / (bytesPerCode + (filtered ? 1 / 8 : 0)));
  // Multiples of 8, so that marks of rows begin with a byte.
  return Math.max(8, Math.floor(Math.min(fitting, codeBytes / bytesPerCode) / 8) * 8);
}

/** A pass of all threads over rows of a segment, for some queries. */
export interface SegmentPass {
  /** At most {@link passQueries}. */
  readonly queries: number;
  /** That take part. */
  readonly threads: number;
  /** Items a list has room for. */
  readonly capacity: number;
  /** Neighbours a query, or {@link ALL}. */
  readonly wanted: number;
  /** Only what is nearer is found. */
  readonly bound: number;
  readonly chunk: number;
  /** Rows [from, to) of the segment. */
  readonly from: number;
  readonly to: number;
  /** Whether only rows marked as allowed may be found. */
  readonly filtered: boolean;
}

/** What a thread found for a query: rows of the segment, ascending. */
export interface FoundList {
  /** All that were near enough; more than there is room for leave the list incomplete. */
  readonly found: number;
  /** Items listed. */
  readonly kept: number;
  /** Index of the first row in {@link GallerySegment.words}, and of the first distance in {@link GallerySegment.halves}. */
  readonly rowsAt: number;
  readonly distancesAt: number;
  /** Index in `words` of the (bits + 1) numbers of items found at each distance. */
  readonly countsAt: number;
}

/** Queries that one pass takes with so many neighbours each; 0: not even one. */
export function passQueries(bits: number, capacity: number, threads: number): number {
  return Math.min(MAX_QUERIES, Math.floor(LIST_BYTES / (threads * listPitch(bits, capacity))));
}

/** Items that a list has room for when one query has all the room. */
export function mostKept(bits: number, threads: number): number {
  return Math.floor((LIST_BYTES / threads - listPitch(bits, 0) - 64) / 6);
}

function listPitch(bits: number, capacity: number): number {
  return align(16 + 4 * (bits + 1) + 6 * capacity);
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

function sharedMemory(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new InputError("no memory for this part of a gallery", {
      expected: `${((pages * PAGE) / 2 ** 30).toFixed(2)} GiB to be had; close galleries that are no longer searched`,
      actual: cause instanceof Error ? cause.message : `${cause}`,
      cause,
    });
  }
}

/** A part of a gallery in a memory of its own. */
export class GallerySegment {
  readonly memory: WebAssembly.Memory;
  /** All of the memory. */
  readonly words: Uint32Array;
  readonly halves: Uint16Array;
  /** (count, bytesPerCode) */
  readonly codes: Uint8Array;
  /** (⌈count/8⌉) which rows may be found, the first of eight lowest; empty without labels. */
  readonly allowed: Uint8Array;
  private readonly bytes: Uint8Array;
  private pitch: number = 0;
  private passed: Pick<SegmentPass, "queries" | "threads" | "capacity"> = { queries: 0, threads: 0, capacity: 0 };

  /** @throws {InputError} when the system gives no memory */
  constructor(readonly shape: SegmentShape) {
    const { count, bits, filtered } = shape;
    const marks = filtered ? Math.ceil(count / 8) : 0;
    const codesAt = align(FIRST_FREE + marks);
    const codeBytes = count * Math.ceil(bits / 8);
    const pages = Math.ceil((codesAt + codeBytes + PAST_END) / PAGE);
    this.memory = sharedMemory(pages);
    const { buffer } = this.memory;
    this.words = new Uint32Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.bytes = new Uint8Array(buffer, 0, LISTS_AT);
    this.allowed = new Uint8Array(buffer, FIRST_FREE, marks);
    this.codes = new Uint8Array(buffer, codesAt, codeBytes);
  }

  /**
   * Describes a pass to the kernels.
   * @param queries (pass.queries, bytesPerCode), packed
   */
  prepare(queries: Uint8Array, pass: SegmentPass): void {
    const { bits } = this.shape;
    const bytesPerCode = Math.ceil(bits / 8);
    const queryPitch = Math.ceil(bytesPerCode / 8) * 8;
    const { bytes } = this;
    bytes.fill(0, QUERIES_AT, QUERIES_AT + pass.queries * queryPitch);
    for (let query = 0; query < pass.queries; query++) {
      const code = queries.subarray(query * bytesPerCode, (query + 1) * bytesPerCode);
      bytes.set(code, QUERIES_AT + query * queryPitch);
    }
    this.pitch = listPitch(bits, pass.capacity);
    this.passed = pass;
    // The order of the fields is that of assembly/gallery.ts.
    this.words.set(
      [
        0,
        this.codes.byteOffset,
        bytesPerCode,
        bits,
        QUERIES_AT,
        queryPitch,
        pass.queries,
        pass.filtered ? this.allowed.byteOffset : 0,
        LISTS_AT,
        this.pitch,
        pass.capacity,
        pass.wanted,
        pass.chunk,
        pass.from,
        pass.to,
        pass.bound,
        PENDING_AT,
      ],
      GALLERY_JOB / 4,
    );
  }

  /** What the threads found for a query in the last pass, a list each. */
  listsOf(query: number): FoundList[] {
    const { queries, threads, capacity } = this.passed;
    return Array.from({ length: threads }, (_, thread) => {
      const at = (LISTS_AT + (thread * queries + query) * this.pitch) / 4;
      const countsAt = at + 4;
      const rowsAt = countsAt + this.shape.bits + 1;
      const distancesAt = 2 * (rowsAt + capacity);
      return { found: this.words[at + 3], kept: this.words[at + 2], countsAt, rowsAt, distancesAt };
    });
  }
}
