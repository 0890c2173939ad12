import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { NdArray } from "./arrays.js";
import { sizeOf } from "./arrays.js";
import { InputError } from "./errors.js";
import type { NpyHeader } from "./npy.js";
import { checkLength, decodeNpy, encodeNpyHeader, NPY_HEADER_BYTES, parseNpyHeader } from "./npy.js";

/** An .npy file to be read some rows at a time, for files larger than one wants in memory. */
export interface NpyRows extends Pick<NpyHeader, "descr" | "shape"> {
  /** Arrays of whole rows, (some, …shape[1..]), in order. Can be called once. */
  rows(): AsyncGenerator<NdArray, void>;
}

/**
 * Opens an .npy file for reading by rows.
 * @param blockBytes bytes read at a time, about; at least one row
 * @throws {InputError} when it is missing, damaged, cut short, or of an unsupported type
 */
export async function openNpyRows(file: string, blockBytes: number): Promise<NpyRows> {
  return withOpenFile(file, async handle => {
    const start = Buffer.alloc(NPY_HEADER_BYTES);
    const { bytesRead } = await handle.read(start, 0, NPY_HEADER_BYTES, 0);
    const { descr, shape, offset } = parseNpyHeader(start.subarray(0, bytesRead), file);
    const itemBytes = Number(descr.slice(2));
    const rowBytes = sizeOf(shape.slice(1)) * itemBytes;
    const { size } = await handle.stat();
    checkLength(size, offset + sizeOf(shape) * itemBytes, { descr, shape }, file);
    const step = Math.max(1, Math.floor(blockBytes / Math.max(1, rowBytes)));
    return { descr, shape, rows: () => rowsOf(file, { descr, shape, offset }, rowBytes, step) };
  });
}

async function* rowsOf(file: string, { descr, shape, offset }: NpyHeader, rowBytes: number, step: number): Rows {
  const handle = await open(file);
  try {
    for (let from = 0; from < shape[0]; from += step) {
      const rows = Math.min(step, shape[0] - from);
      const header = encodeNpyHeader(descr, [rows, ...shape.slice(1)]);
      const block = Buffer.alloc(header.length + rows * rowBytes);
      header.copy(block);
      const { bytesRead } = await handle.read(block, header.length, rows * rowBytes, offset + from * rowBytes);
      yield decodeNpy(block.subarray(0, header.length + bytesRead), file);
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
