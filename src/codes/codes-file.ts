import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { readNpy } from "../core/npy.js";
import type { NpyLayout } from "../core/npy-elements.js";
import { conversionNote, elementName } from "../core/npy-elements.js";
import { openNpyRows } from "../core/npy-rows.js";
import { bitsBeside } from "./bits-beside.js";
import type { CodesOrigin, PackedCodes } from "./packed-codes.js";
import { packCodes, packedCodes, RowPacker } from "./packed-codes.js";

/** Bytes of a file read at a time. */
const BLOCK_BYTES = 4 << 20;

export interface CodesFromArrayOptions extends CodesOrigin {
  /** Bits of a code; 1..1024. Needed for packed codes; where the array tells it, it must agree. Default: as the array. */
  bits?: number;
}

/**
 * Codes out of an array: −1/+1 or 0/1 of shape (n, bits), of any type but uint8; or uint8 of shape (n, ⌈bits/8⌉), packed
 * as {@link PackedCodes}, or 0/1 of shape (n, bits), with `bits` given.
 * @throws {InputError} for another rank or width, values that are no code, set padding bits
 */
export function codesFromArray(array: NdArray, options: CodesFromArrayOptions = {}): PackedCodes {
  const { bits, ...origin } = options;
  const { data, shape } = array;
  if (data instanceof Uint8Array && !isUnpacked(shape, bits)) return codesFromBytes({ data, shape }, bits, origin);
  const codes = packCodes(array, origin);
  checkBitsAre(bits, codes.bits, origin);
  return codes;
}

/** Whether bytes are bits, one each: only where the shape leaves no doubt. */
function isUnpacked(shape: readonly number[], bits: number | undefined): boolean {
  return bits !== undefined && bits > 1 && shape.length === 2 && shape[1] === bits;
}

function checkBitsAre(expected: number | undefined, bits: number, origin: CodesOrigin): void {
  if (expected === undefined || expected === bits) return;
  throw new InputError("number of bits differs", { ...origin, expected: `${expected} bits`, actual: `${bits}` });
}

function codesFromBytes(array: NdArray<Uint8Array>, bits: number | undefined, origin: CodesOrigin): PackedCodes {
  const { data, shape } = array;
  if (bits === undefined) {
    throw new InputError("packed codes need the number of bits", {
      ...origin,
      expected: "--bits K, or { bits: K } in a cell, with uint8 codes, packed or 0/1",
      actual: `uint8 of shape (${shape.join(", ")})`,
    });
  }
  if (!isPacked(shape, bits)) {
    throw new InputError("packed codes of the wrong shape", {
      ...origin,
      expected: `(n, ${Math.ceil(bits / 8)}) for ${bits} bits packed eight a byte, or (n, ${bits}) of 0/1`,
      actual: `shape (${shape.join(", ")})`,
    });
  }
  return packedCodes(data, bits, origin);
}

/** Whether the shape of an array of bytes is that of packed codes. */
function isPacked(shape: readonly number[], bits: number): boolean {
  return shape.length === 2 && shape[1] === Math.ceil(bits / 8);
}

/** Settings of {@link readCodes}. */
export interface ReadCodesOptions {
  /** Bits of a code; 1..1024. Needed for packed codes without codes.json beside them. Default: as the array, or that says. */
  bits?: number;
}

/**
 * Reads codes from an .npy file: −1 and +1 or 0 and 1 (n, bits), of any element type (uint8 with their bits in the
 * options), or uint8 (n, ⌈bits/8⌉) as `numpy.packbits` makes them, with their bits in the options or in the codes.json that
 * `hashbook encode` and `extract --model` write beside them. Codes that are not packed are packed while they are read, so that memory holds the bytes of codes only.
 * @throws {InputError} when the file is missing, damaged or holds no codes
 */
export async function readCodes(file: string, options: ReadCodesOptions = {}): Promise<PackedCodes> {
  return (await readStoredCodes(file, options)).codes;
}

/** Codes of a file, and what was converted. */
export interface StoredCodes {
  readonly codes: PackedCodes;
  /** A sentence where the file holds something else than int8, float32 or packed uint8 row by row. */
  readonly converted: readonly string[];
}

/** As {@link readCodes}, and says what was converted. */
export async function readStoredCodes(file: string, options: ReadCodesOptions = {}): Promise<StoredCodes> {
  const { count, bits, converted, blocks } = await openCodeBlocks(file, options);
  const bytesPerCode = Math.ceil(bits / 8);
  const data = new Uint8Array(count * bytesPerCode); // (count, bytesPerCode)
  let at = 0;
  for await (const block of blocks()) {
    data.set(block.data, at);
    at += block.data.length;
  }
  return { codes: { data, count, bits, bytesPerCode }, converted };
}

/** Codes of a file to be read some at a time, packed. */
export interface CodeBlocks {
  readonly count: number;
  readonly bits: number;
  /** As {@link StoredCodes.converted}. */
  readonly converted: readonly string[];
  /** In order. Can be called once. @throws {InputError} at the first value that is none of a code */
  blocks(): AsyncGenerator<PackedCodes, void>;
}

/**
 * Opens a file of codes, as {@link readCodes} takes them, for reading by blocks of some MiB.
 * @throws {InputError} when the file is missing, damaged or holds no codes, as far as its header tells
 */
export async function openCodeBlocks(file: string, options: ReadCodesOptions = {}): Promise<CodeBlocks> {
  const { layout, rows } = await openNpyRows(file, BLOCK_BYTES);
  const { descr, shape } = layout;
  const bits = options.bits ?? (elementName(descr) === "uint8" ? await bitsBeside(file) : undefined);
  const converted = conversionNote(file, layout, codesForm(layout, bits));
  const packed = elementName(descr) === "uint8" && !isUnpacked(shape, bits);
  if (shape.length !== 2 || (packed && (bits === undefined || !isPacked(shape, bits)))) {
    // What is neither is small, or wrong, and then the array's own complaint is best.
    const codes = codesFromArray(await readNpy(file), { bits, file });
    return { ...codes, converted, blocks: () => only(codes) };
  }
  const [count, width] = shape;
  if (packed) return { count, bits: bits!, converted, blocks: () => packedBlocks(rows(), bits!, file) };
  checkBitsAre(bits, width, { file });
  return { count, bits: width, converted, blocks: () => packingBlocks(rows(), width, file) };
}

async function* only(codes: PackedCodes): AsyncGenerator<PackedCodes, void> {
  yield codes;
}

async function* packedBlocks(
  rows: AsyncGenerator<NdArray, void>,
  bits: number,
  file: string,
): AsyncGenerator<PackedCodes, void> {
  let firstRow = 0;
  for await (const { data } of rows) {
    const codes = packedCodes(data as Uint8Array, bits, { file, firstRow });
    firstRow += codes.count;
    yield codes;
  }
}

async function* packingBlocks(
  rows: AsyncGenerator<NdArray, void>,
  bits: number,
  file: string,
): AsyncGenerator<PackedCodes, void> {
  const packer = new RowPacker(bits, { file });
  for await (const { data } of rows) yield packer.next(data);
}

function codesForm({ shape }: NpyLayout, bits: number | undefined): Parameters<typeof conversionNote>[2] {
  const plain = ["int8", "float32", ...(isUnpacked(shape, bits) ? [] : ["uint8"])];
  return { as: "codes of a bit a value", plain };
}
