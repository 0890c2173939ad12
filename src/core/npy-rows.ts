import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { NdArray } from "./arrays.js";
import { sizeOf } from "./arrays.js";
import { InputError } from "./errors.js";
import type { NpyHeader } from "./npy.js";
import { checkLength, NPY_HEADER_BYTES, parseNpyHeader, readNpy } from "./npy.js";
import type { NpyLayout } from "./npy-elements.js";
import { elementBytes, valuesOf } from "./npy-elements.js";

/** An .npy file to be read some rows at a time, for files larger than one wants in memory. */
export interface NpyRows {
  readonly layout: NpyLayout;
  /** Arrays of whole rows, (some, …shape[1..]), in order. Can be called once. A column-major file is read whole. */
  rows(): AsyncGenerator<NdArray, void>;
}

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
    const step = Math.max(1, Math.floor(blockBytes / Math.max(1, rowBytes)));
    return { layout, rows: () => (layout.columnMajor ? allOf(file) : rowsOf(file, header, rowBytes, step)) };
  });
}

/** The rows of a column-major file lie all over it. */
async function* allOf(file: string): Rows {
  yield await readNpy(file);
}

async function* rowsOf(file: string, header: NpyHeader, rowBytes: number, step: number): Rows {
  const { shape, offset } = header;
  const handle = await open(file);
  try {
    for (let from = 0; from < shape[0]; from += step) {
      const rows = Math.min(step, shape[0] - from);
      const layout = { ...header, shape: [rows, ...shape.slice(1)] };
      const block = new Uint8Array(rows * rowBytes);
      const { bytesRead } = await handle.read(block, 0, block.length, offset + from * rowBytes);
      checkLength(bytesRead, block.length, layout, file);
      yield { data: valuesOf(block, layout), shape: layout.shape };
    }
  } finally {
    await handle.close();
  }
}

type Rows = AsyncGenerator<NdArray, void>;

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
