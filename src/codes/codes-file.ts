import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { readNpy } from "../core/npy.js";
import type { NpyLayout } from "../core/npy-elements.js";
import { conversionNote, elementName } from "../core/npy-elements.js";
import { openNpyRows } from "../core/npy-rows.js";
import type { CodesOrigin, PackedCodes } from "./packed-codes.js";
import { CodePacker, packCodes, packedCodes } from "./packed-codes.js";

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
  return checkedBits(packCodes(array, origin), bits, origin);
}

/** Whether bytes are bits, one each: only where the shape leaves no doubt. */
function isUnpacked(shape: readonly number[], bits: number | undefined): boolean {
  return bits !== undefined && bits > 1 && shape.length === 2 && shape[1] === bits;
}

function checkedBits(codes: PackedCodes, bits: number | undefined, origin: CodesOrigin): PackedCodes {
  if (bits === undefined || bits === codes.bits) return codes;
  throw new InputError("number of bits differs", { ...origin, expected: `${bits} bits`, actual: `${codes.bits}` });
}

function codesFromBytes(array: NdArray<Uint8Array>, bits: number | undefined, origin: CodesOrigin): PackedCodes {
  const { data, shape } = array;
  if (bits === undefined) {
    throw new InputError("packed codes need the number of bits", {
      ...origin,
      expected: "--bits K with uint8 codes, packed or 0/1",
      actual: `uint8 of shape (${shape.join(", ")})`,
    });
  }
  if (shape.length !== 2 || shape[1] !== Math.ceil(bits / 8)) {
    throw new InputError("packed codes of the wrong shape", {
      ...origin,
      expected: `(n, ${Math.ceil(bits / 8)}) for ${bits} bits packed eight a byte, or (n, ${bits}) of 0/1`,
      actual: `shape (${shape.join(", ")})`,
    });
  }
  return packedCodes(data, bits, origin);
}

/** Settings of {@link readCodes}. */
export interface ReadCodesOptions {
  /** Bits of a code; 1..1024. Needed for packed codes. Default: as the array. */
  bits?: number;
}

/**
 * Reads codes from an .npy file: −1 and +1 or 0 and 1 (n, bits), of any element type (uint8 with their bits in the
 * options), or uint8 (n, ⌈bits/8⌉) as `numpy.packbits` makes them, with their bits in the options. Codes that are not
 * packed are packed while they are read, so that memory holds the bytes of codes only.
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
  const { bits } = options;
  const { layout, rows } = await openNpyRows(file, BLOCK_BYTES);
  const { descr, shape } = layout;
  const bytes = elementName(descr) === "uint8";
  const converted = conversionNote(file, layout, codesForm(layout, bits));
  // What is no matrix of bits is small, packed already, or wrong.
  if (shape.length !== 2 || (bytes && !isUnpacked(shape, bits))) {
    return { codes: codesFromArray(await readNpy(file), { bits, file }), converted };
  }
  const packer = new CodePacker(shape[0], shape[1], { file });
  for await (const { data } of rows()) packer.add(data);
  return { codes: checkedBits(packer.codes(), bits, { file }), converted };
}

function codesForm({ shape }: NpyLayout, bits: number | undefined): Parameters<typeof conversionNote>[2] {
  const plain = ["int8", "float32", ...(isUnpacked(shape, bits) ? [] : ["uint8"])];
  return { as: "codes of a bit a value", plain };
}
