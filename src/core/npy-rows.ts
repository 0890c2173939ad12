import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { NdArray } from "./arrays.js";
import { sizeOf } from "./arrays.js";
import { InputError } from "./errors.js";
import type { NpyHeader } from "./npy.js";
import { checkLength, fill, NPY_HEADER_BYTES, parseNpyHeader, readNpy } from "./npy.js";
import type { NpyLayout } from "./npy-elements.js";
import { elementBytes, valuesOf } from "./npy-elements.js";

/** Whole rows that follow one another in a file, (some, …shape[1..]). */
export interface RowBlock extends NdArray {
  /** Row of the file that the first one is. */
  readonly from: number;
}

/** Settings of {@link NpyRows.rows}. */
export interface RowsOptions {
  /** The most rows of a block; 1 or more. Default: as many as fill the bytes that the file was opened for. */
  readonly step?: number;
  /** Rows that are wanted, ascending, each once: what lies between them is read only where that is little. Default: all. */
  readonly of?: ArrayLike<number>;
}

/** An .npy file to be read some rows at a time, for files larger than one wants in memory. */
export interface NpyRows {
  readonly layout: NpyLayout;
  /** Its rows, in order. A column-major file is read whole. */
  rows(options?: RowsOptions): AsyncGenerator<RowBlock, void>;
}

/** Bytes between two wanted rows that are rather read than passed over: what a call of the system costs. */
const GAP_BYTES = 64 << 10;

/**
 * Opens an .npy file for reading by rows.
 * @param blockBytes bytes read at a time, about; at least one row
 * @throws {InputError} when it is missing, damaged, cut short, or holds no real numbers
 */
export async function openNpyRows(file: string, blockBytes: number): Promise<NpyRows> {
  return withOpenFile(file, async handle => {
    const start = Buffer.alloc(NPY_HEADER_BYTES);
    const { bytesRead } = await handle.read(start, 0, NPY_HEADER_BYTES, 0);
    const header = parseNpyHeader(start.subarray(0, bytesRead), file);
    const { offset, ...layout } = header;
    const itemBytes = elementBytes(layout.descr);
    const rowBytes = sizeOf(layout.shape.slice(1)) * itemBytes;
    const { size } = await handle.stat();
    checkLength(size, offset + sizeOf(layout.shape) * itemBytes, layout, file);
    const inBlock = Math.max(1, Math.floor(blockBytes / Math.max(1, rowBytes)));
    const rows = ({ step = inBlock, of }: RowsOptions = {}): Rows => {
      if (layout.columnMajor) return allOf(file);
      const spans = of === undefined ? evenSpans(layout.shape[0], step) : spansOf(of, step, GAP_BYTES / rowBytes);
      return rowsOf(file, header, rowBytes, spans);
    };
    return { layout, rows };
  });
}

/** The rows of a column-major file lie all over it. */
async function* allOf(file: string): Rows {
  yield { ...(await readNpy(file)), from: 0 };
}

/** First row and the row behind the last. */
type Span = readonly [begin: number, end: number];

function* evenSpans(rows: number, step: number): Generator<Span> {
  for (let from = 0; from < rows; from += step) yield [from, Math.min(rows, from + step)];
}

/** Spans that cover wanted rows. @param gap the most rows between two of a span */
function* spansOf(wanted: ArrayLike<number>, step: number, gap: number): Generator<Span> {
  for (let i = 0; i < wanted.length; ) {
    const begin = wanted[i];
    let end = begin + 1;
    while (++i < wanted.length && wanted[i] - end <= gap && wanted[i] < begin + step) end = wanted[i] + 1;
    yield [begin, end];
  }
}

async function* rowsOf(file: string, header: NpyHeader, rowBytes: number, spans: Iterable<Span>): Rows {
  const handle = await open(file);
  try {
    for (const [from, end] of spans) {
      const layout = { ...header, shape: [end - from, ...header.shape.slice(1)] };
      const block = new Uint8Array((end - from) * rowBytes);
      await fill(handle, block, header.offset + from * rowBytes).catch((cause: Error) => {
        throw new InputError("cannot be read", { file, actual: cause.message, cause });
      });
      yield { data: valuesOf(block, layout), shape: layout.shape, from };
    }
  } finally {
    await handle.close();
  }
}

type Rows = AsyncGenerator<RowBlock, void>;

async function withOpenFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    return await use(handle);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError("cannot be read", { file, expected: "an .npy file", actual: (cause as Error).message, cause });
  } finally {
    await handle?.close();
  }
}
