// The .npy format, version 1.0 (and reading 2.0): numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { NdArray } from "./arrays.js";
import { ndarray, sizeOf } from "./arrays.js";
import { InputError } from "./errors.js";
import { writeAtomically } from "./files.js";
import type { NpyLayout } from "./npy-elements.js";
import { descrOf, ELEMENT_NAMES, elementBytes, elementName, valuesOf } from "./npy-elements.js";

const MAGIC = Buffer.from("\x93NUMPY", "latin1");
/** Data start on a multiple of this, so that any typed array can lie on them. */
const ALIGNMENT = 64;

/** The start of an .npy file: magic, description and shape, padded to a multiple of 64 bytes. */
export function encodeNpyHeader(descr: string, shape: readonly number[]): Buffer {
  const sides = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${sides}, }`;
  const prefix = MAGIC.length + 4;
  const padding = (ALIGNMENT - ((prefix + dictionary.length + 1) % ALIGNMENT)) % ALIGNMENT;
  const header = Buffer.from(`${dictionary}${" ".repeat(padding)}\n`, "latin1");
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([MAGIC, Buffer.from([1, 0]), length, header]);
}

/**
 * The bytes of an .npy file: header, then the values, little-endian.
 * @throws {InputError} when the values do not fill the shape
 */
export function encodeNpy(array: NdArray): Buffer {
  const descr = descrOf(array.data);
  if (descr === undefined) throw new InputError("this element type has no .npy form");
  const { data, shape } = ndarray(array.data, array.shape);
  return Buffer.concat([encodeNpyHeader(descr, shape), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

/** Where the values of an .npy file start and what they are. */
export interface NpyHeader extends NpyLayout {
  /** Byte offset of the first value. */
  readonly offset: number;
}

/**
 * Reads the header out of the first bytes of an .npy file.
 * @throws {InputError} when it is not one, or holds what are no real numbers
 */
export function parseNpyHeader(bytes: Buffer, file: string): NpyHeader {
  if (bytes.length < 10 || !bytes.subarray(0, 6).equals(MAGIC)) {
    throw new InputError("not an .npy file", {
      file,
      expected: "a file that starts with \\x93NUMPY, as numpy.save writes",
      actual: bytes.length === 0 ? "an empty file" : "other bytes",
    });
  }
  const wide = bytes[6] >= 2;
  const start = wide ? 12 : 10;
  const length = wide && bytes.length >= 12 ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const text = bytes.subarray(start, start + length).toString("latin1");
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  if (descr === undefined || shape === undefined) {
    throw new InputError("the .npy header is damaged", {
      file,
      expected: "{'descr': …, 'fortran_order': …, 'shape': …}, as numpy.save writes",
      actual: JSON.stringify(text.slice(0, 80)),
    });
  }
  if (elementName(descr) === undefined) {
    throw new InputError("element type not supported", {
      file,
      expected: `one of ${ELEMENT_NAMES.join(" ")}`,
      actual: descr,
    });
  }
  const sides = shape
    .split(",")
    .map(side => side.trim())
    .filter(side => side !== "")
    .map(Number);
  if (!sides.every(side => Number.isSafeInteger(side) && side >= 0)) {
    throw new InputError("the .npy header is damaged", { file, expected: "a shape", actual: `(${shape})` });
  }
  const columnMajor = /'fortran_order':\s*True/.test(text) && sides.filter(side => side > 1).length > 1;
  return { descr, shape: sides, columnMajor, offset: start + length };
}

/**
 * Parses a whole .npy file held in memory.
 * @param file the name used in messages
 * @throws {InputError} as {@link parseNpyHeader}, and when bytes are missing
 */
export function decodeNpy(bytes: Buffer, file: string): NdArray {
  const header = parseNpyHeader(bytes, file);
  const { shape, offset } = header;
  const byteLength = bytesOf(header);
  checkLength(bytes.length, offset + byteLength, header, file);
  return { data: valuesOf(bytes.subarray(offset, offset + byteLength), header), shape };
}

/** More than any header we know of; numpy writes 128 bytes for small ones. */
export const NPY_HEADER_BYTES: number = 65536;
/** Bytes a read call; the system takes less than 2 GiB at once. */
const PIECE = 2 ** 30;

/** An array in memory, and how the file has it. */
export interface StoredArray {
  /** Row-major. */
  readonly array: NdArray;
  readonly layout: NpyLayout;
}

/**
 * Reads an .npy file, of 2 GiB and more too: real numbers of any type, byte order and layout; float16 becomes float32,
 * bool uint8.
 * @throws {InputError} when it is missing, damaged, holds no real numbers, or is larger than an array can be
 */
export async function readNpy(file: string): Promise<NdArray> {
  return (await readStored(file)).array;
}

/** As {@link readNpy}, with what the file says of its values. */
export async function readStored(file: string): Promise<StoredArray> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const { size } = await handle.stat();
    const start = Buffer.alloc(Math.min(size, NPY_HEADER_BYTES));
    await fill(handle, start, 0);
    const header = parseNpyHeader(start, file);
    const { offset, ...layout } = header;
    const byteLength = bytesOf(layout);
    checkLength(size, offset + byteLength, header, file);
    const bytes = new Uint8Array(byteLength);
    await fill(handle, bytes, offset);
    return { array: { data: valuesOf(bytes, layout), shape: layout.shape }, layout };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError("cannot be read", { file, expected: "an .npy file", actual: (cause as Error).message, cause });
  } finally {
    await handle?.close();
  }
}

function bytesOf({ descr, shape }: NpyLayout): number {
  return sizeOf(shape) * elementBytes(descr);
}

/** Fills bytes from a place of a file on. @throws when it ends before */
export async function fill(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(PIECE, bytes.length - done), position + done);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    done += bytesRead;
  }
}

/** @throws {InputError} when bytes are missing */
export function checkLength(
  actual: number,
  expected: number,
  { descr, shape }: Pick<NpyHeader, "descr" | "shape">,
  file: string,
): void {
  if (actual >= expected) return;
  throw new InputError("the file is cut short", {
    file,
    expected: `${expected} bytes for shape (${shape.join(", ")}) of ${descr}`,
    actual: `${actual}`,
  });
}

/**
 * Writes an .npy file that `numpy.load` opens, in one atomic step; the folder is made when it is missing.
 * @param array C order, of any type that NumPy has
 * @throws {InputError} for a type that it has not
 */
export async function writeNpy(file: string, array: NdArray): Promise<void> {
  await writeAtomically(file, encodeNpy(array));
}
