// The safetensors format: 8 bytes little-endian header length, a JSON header, the values. huggingface/safetensors,
// README "Format".
import { readFile } from "node:fs/promises";
import type { NdArray } from "./arrays.js";
import { sizeOf } from "./arrays.js";
import { InputError } from "./errors.js";
import { writeAtomically } from "./files.js";
import { isPlainObject, shownValue } from "./shown-value.js";

/** Named float32 arrays out of a safetensors file. */
export interface Safetensors {
  /** By name; row-major. F16 and BF16 were widened, which is exact. */
  readonly tensors: Readonly<Record<string, NdArray<Float32Array>>>;
  /** Names of integer tensors, which were passed over (batch norm counters). */
  readonly skipped: readonly string[];
  /** The file's free text entries. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Bytes a value of each element type that is known. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4 };
const SKIPPED_TYPES: readonly string[] = ["I64", "I32"];
/** The limit of the reference reader: a longer header is an attack or not this format. */
const LONGEST_HEADER = 100_000_000;

/**
 * Reads the tensors of a safetensors file held in memory.
 * @param bytes the whole file
 * @param file the name used in messages
 * @throws {InputError} when it is cut short, no safetensors file, or its tensors do not tile the data exactly
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { header, start } = parseHeader(bytes, file);
  const metadata = metadataOf(header.__metadata__, file);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => parseEntry(name, value, file));
  checkTiling(entries, bytes.length - start, file);
  const widen = halfTable();
  const tensors: Record<string, NdArray<Float32Array>> = {};
  for (const { name, dtype, shape, begin, end } of entries) {
    if (SKIPPED_TYPES.includes(dtype)) continue;
    // copied, because a Buffer's slice would share memory and lie on any byte
    const raw = new Uint8Array(bytes.subarray(start + begin, start + end)).buffer;
    tensors[name] = { data: toFloat32(raw, dtype, widen), shape };
  }
  const skipped = entries.filter(({ dtype }) => SKIPPED_TYPES.includes(dtype)).map(({ name }) => name);
  return { tensors, skipped, metadata };
}

function parseHeader(bytes: Uint8Array, file: string): { header: Record<string, unknown>; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? -1 : Number(view.getBigUint64(0, true));
  // The reference writer begins the header with "{": what does not is another format, not a damaged file.
  if (length < 2 || length > LONGEST_HEADER || (bytes.length > 8 && bytes[8] !== 0x7b)) {
    throw new InputError("not a safetensors file", {
      file,
      expected: "8 bytes of header length, then a JSON header",
      actual: bytes.length < 8 ? `${bytes.length} bytes` : "other bytes",
    });
  }
  if (bytes.length < 8 + length) {
    throw new InputError("the file is cut short", {
      file,
      expected: `a header of ${length} bytes`,
      actual: `${bytes.length - 8}`,
    });
  }
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
    return { header: header as Record<string, unknown>, start: 8 + length };
  } catch (cause) {
    throw new InputError("the safetensors header is damaged", { file, actual: (cause as Error).message, cause });
  }
}

/** @throws {InputError} when there is something else than texts by name */
function metadataOf(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  const texts = isPlainObject(value) && Object.values(value).every(one => typeof one === "string");
  if (texts) return value as Record<string, string>;
  throw new InputError("the safetensors metadata is damaged", {
    file,
    expected: "texts by name",
    actual: shownValue(value),
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseEntry(name: string, value: unknown, file: string): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const wellFormed =
    typeof dtype === "string" &&
    Array.isArray(shape) &&
    shape.every(isCount) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isCount);
  if (!wellFormed) {
    throw new InputError(`the header's entry of tensor "${name}" is damaged`, {
      file,
      expected: "dtype, shape and two data_offsets",
      actual: JSON.stringify(value)?.slice(0, 80),
    });
  }
  if (!Object.hasOwn(ELEMENT_BYTES, dtype)) {
    throw new InputError(`element type of tensor "${name}" not supported`, {
      file,
      expected: `one of ${Object.keys(ELEMENT_BYTES).join(" ")}`,
      actual: dtype,
    });
  }
  const [begin, end] = offsets;
  const byteLength = sizeOf(shape) * ELEMENT_BYTES[dtype];
  if (end - begin !== byteLength) {
    throw new InputError(`tensor "${name}" does not fill its shape`, {
      file,
      expected: `${byteLength} bytes for shape (${shape.join(", ")}) of ${dtype}`,
      actual: `${end - begin}`,
    });
  }
  return { name, dtype, shape, begin, end };
}

/** The format demands that tensors cover the data without gap or overlap; a file cut short fails here. */
function checkTiling(entries: readonly Entry[], byteLength: number, file: string): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      throw new InputError(`tensor "${name}" leaves a gap or overlaps another`, {
        file,
        expected: `to begin at byte ${position} of the data`,
        actual: `${begin}`,
      });
    }
    position = end;
  }
  if (position !== byteLength) {
    throw new InputError(position > byteLength ? "the file is cut short" : "bytes follow the last tensor", {
      file,
      expected: `${position} bytes of data`,
      actual: `${byteLength}`,
    });
  }
}

function toFloat32(raw: ArrayBufferLike, dtype: string, widen: Float32Array): Float32Array {
  if (dtype === "F32") return new Float32Array(raw);
  const halves = new Uint16Array(raw);
  // Loops, because TypedArray.from with a function takes ten times as long.
  if (dtype === "F16") {
    const values = new Float32Array(halves.length);
    for (let i = 0; i < values.length; i++) values[i] = widen[halves[i]];
    return values;
  }
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < words.length; i++) words[i] = halves[i] << 16; // a bfloat16 is the upper half of a float32
  return new Float32Array(words.buffer);
}

/** The value of each of the 65,536 half-precision numbers (IEEE 754 binary16). */
function halfTable(): Float32Array {
  return Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24; // zero and subnormal
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/**
 * The bytes of a safetensors file with every tensor as F32, in the order given, the data on a multiple of 8 bytes.
 * @throws {InputError} when values do not fill their shape or a tensor is named `__metadata__`
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, NdArray<Float32Array>>>,
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let position = 0;
  for (const [name, { data, shape }] of Object.entries(tensors)) {
    if (name === "__metadata__" || data.length !== sizeOf(shape)) {
      throw new InputError(`tensor "${name}" cannot be written`, {
        expected: `a free name and ${sizeOf(shape)} values for shape (${shape.join(", ")})`,
        actual: `${data.length} values`,
      });
    }
    header[name] = { dtype: "F32", shape, data_offsets: [position, position + data.byteLength] };
    position += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header), "utf8");
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, " ");
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const values = Object.values(tensors).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, padded, ...values]);
}

/**
 * Reads a safetensors file.
 * @throws {InputError} when it cannot be read, and as {@link decodeSafetensors}
 */
export async function readSafetensors(file: string): Promise<Safetensors> {
  return decodeSafetensors(await readWeightsFile(file), file);
}

/**
 * The bytes of a weights file.
 * @throws {InputError} when it cannot be read
 */
export async function readWeightsFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new InputError("cannot be read", {
      file,
      expected: "a safetensors file",
      actual: (cause as Error).message,
      cause,
    });
  }
}

/** Writes a safetensors file (F32) in one atomic step. */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, NdArray<Float32Array>>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeAtomically(file, encodeSafetensors(tensors, metadata));
}
