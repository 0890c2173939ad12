import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { readNpy } from "../core/npy.js";
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
 * Codes out of an array as the files hold them: int8 or float32 of shape (n, bits), −1/+1 or 0/1; or uint8 of shape
 * (n, ⌈bits/8⌉), packed as {@link PackedCodes}, with `bits` given.
 * @throws {InputError} for another element type, rank or width, values that are no code, set padding bits
 */
export function codesFromArray(array: NdArray, options: CodesFromArrayOptions = {}): PackedCodes {
  const { bits, ...origin } = options;
  const { data, shape } = array;
  if (data instanceof Uint8Array) return codesFromBytes({ data, shape }, bits, origin);
  if (!(data instanceof Int8Array || data instanceof Float32Array)) {
    throw new InputError("element type is not one of codes", {
      ...origin,
      expected: "int8 or float32 (n, bits), or packed uint8 (n, ⌈bits/8⌉)",
      actual: `${elementType(array)} of shape (${shape.join(", ")})`,
    });
  }
  return checkedBits(packCodes(array, origin), bits, origin);
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
      expected: "--bits K with uint8 codes (0/1 values that are not packed have to be int8)",
      actual: `uint8 of shape (${shape.join(", ")})`,
    });
  }
  if (shape.length !== 2 || shape[1] !== Math.ceil(bits / 8)) {
    throw new InputError("packed codes of the wrong shape", {
      ...origin,
      expected: `(n, ${Math.ceil(bits / 8)}) for ${bits} bits packed eight a byte`,
      actual: `shape (${shape.join(", ")})${shape[1] === bits ? "; 0/1 values that are not packed have to be int8" : ""}`,
    });
  }
  return packedCodes(data, bits, origin);
}

/** NumPy's name of the element type: `float64`. */
function elementType(array: NdArray): string {
  return array.data.constructor.name.replace("Array", "").replace("Big", "").toLowerCase();
}

/** Settings of {@link readCodes}. */
export interface ReadCodesOptions {
  /** Bits of a code; 1..1024. Needed for packed codes. Default: as the array. */
  bits?: number;
}

/**
 * Reads codes from an .npy file: int8 or float32 (n, bits) of −1 and +1 or of 0 and 1, or uint8 (n, ⌈bits/8⌉) as
 * `numpy.packbits` makes them, with their bits in the options. Codes that are not packed are packed while they are
 * read, so that memory holds the bytes of codes only.
 * @throws {InputError} when the file is missing, damaged or holds no codes
 */
export async function readCodes(file: string, options: ReadCodesOptions = {}): Promise<PackedCodes> {
  const blocks = await openNpyRows(file, BLOCK_BYTES);
  const { descr, shape } = blocks;
  // What is no matrix of bits is small, packed already, or wrong.
  if (shape.length !== 2 || !(descr === "|i1" || descr === "<f4")) {
    return codesFromArray(await readNpy(file), { ...options, file });
  }
  const packer = new CodePacker(shape[0], shape[1], { file });
  for await (const { data } of blocks.rows()) packer.add(data);
  return checkedBits(packer.codes(), options.bits, { file });
}
