// The IDX format of the MNIST family: 00 00, element type, number of axes, each axis as uint32 big-endian, values.
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { InputError } from "../core/errors.js";

const unzip = promisify(gunzip);

/** Code of the only element type these files use: unsigned byte. */
const UNSIGNED_BYTE = 0x08;

/**
 * Reads a file whole, unpacking it when it is gzipped (told by its first bytes, not by its name).
 * @throws {InputError} when it is missing or the gzip stream is damaged or cut short
 */
export async function readUnzipped(file: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new InputError("cannot be read", { file, actual: (cause as Error).message, cause });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await unzip(bytes);
  } catch (cause) {
    throw new InputError("the gzip stream is damaged or cut short", {
      file,
      expected: "a whole .gz file",
      actual: (cause as Error).message,
      cause,
    });
  }
}

/**
 * Parses the bytes of an IDX file of unsigned bytes. The values are a view into `bytes`.
 * @param file the name used in messages
 * @param axes number of axes it must have: 1 for labels, 3 for images (count, height, width)
 * @throws {InputError} when magic, number of axes or length are wrong
 */
export function decodeIdx(bytes: Uint8Array, file: string, axes: number): NdArray<Uint8Array> {
  const magic = `00 00 08 0${axes}`;
  const start = Array.from(bytes.subarray(0, 4), byte => byte.toString(16).padStart(2, "0")).join(" ");
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== UNSIGNED_BYTE || bytes[3] !== axes) {
    throw new InputError("not an IDX file of unsigned bytes", {
      file,
      expected: `${magic} (${axes} axes) at the start`,
      actual: start === "" ? "an empty file" : start,
    });
  }
  const header = 4 + 4 * axes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = bytes.length < header ? [] : Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = header + sizeOf(shape);
  if (bytes.length < header || bytes.length !== expected) {
    throw new InputError("the number of bytes does not fit the header", {
      file,
      expected: bytes.length < header ? `a header of ${header} bytes` : `${expected} for shape (${shape.join(", ")})`,
      actual: `${bytes.length}`,
    });
  }
  return { data: bytes.subarray(header), shape };
}

/**
 * Reads an IDX file of unsigned bytes, gzipped or not.
 * @param axes as in {@link decodeIdx}
 * @throws {InputError} as {@link readUnzipped} and {@link decodeIdx}
 */
export async function readIdx(file: string, axes: number): Promise<NdArray<Uint8Array>> {
  return decodeIdx(await readUnzipped(file), file, axes);
}
