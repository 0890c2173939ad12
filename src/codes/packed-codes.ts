import type { NdArray, TypedArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";

/** The longest code supported, in bits. */
export const MAX_BITS = 1024;

/**
 * Hash codes as bytes, laid out as `numpy.packbits(codes > 0, axis=1)` does it: bit i of a code is in byte ⌊i/8⌋ at
 * position 7−(i mod 8) (the highest bit comes first); a 1 stands for +1, a 0 for −1; bits past the code's end are 0.
 */
export interface PackedCodes {
  /** (count, bytesPerCode), row-major. */
  readonly data: Uint8Array;
  /** Number of codes. */
  readonly count: number;
  /** Bits of a code, 1..1024. */
  readonly bits: number;
  /** ⌈bits/8⌉. */
  readonly bytesPerCode: number;
}

/** Where codes come from, for messages. */
export interface CodesOrigin {
  /** The file the codes were read from. Default: none is named. */
  file?: string;
}

/** Codes that are a part of others. */
interface PartOrigin extends CodesOrigin {
  /** What row of all the first one is. Default 0. */
  firstRow?: number;
}

/** @throws {InputError} unless `bits` is an integer in 1..1024 */
function checkBits(bits: number, origin: CodesOrigin): void {
  if (Number.isInteger(bits) && bits >= 1 && bits <= MAX_BITS) return;
  throw new InputError("number of bits out of range", {
    ...origin,
    expected: `1..${MAX_BITS} bits`,
    actual: `${bits}`,
  });
}

/**
 * Takes bytes that are packed already.
 * @param data (count, ⌈bits/8⌉) bytes, row-major; kept, not copied
 * @throws {InputError} when the bytes do not divide into codes of that many bits, or padding bits are set
 */
export function packedCodes(data: Uint8Array, bits: number, part: PartOrigin = {}): PackedCodes {
  const { firstRow = 0, ...origin } = part;
  checkBits(bits, origin);
  const bytesPerCode = Math.ceil(bits / 8);
  if (data.length % bytesPerCode !== 0) {
    throw new InputError("bytes do not divide into codes", {
      ...origin,
      expected: `a multiple of ${bytesPerCode} bytes for codes of ${bits} bits`,
      actual: `${data.length}`,
    });
  }
  const count = data.length / bytesPerCode;
  const padding = (1 << (bytesPerCode * 8 - bits)) - 1;
  for (let row = 0; row < count && padding !== 0; row++) {
    if ((data[(row + 1) * bytesPerCode - 1] & padding) === 0) continue;
    throw new InputError("bits are set past the end of a code", {
      ...origin,
      expected: `codes of ${bits} bits, the last ${bytesPerCode * 8 - bits} bits of each row 0`,
      actual: `a last byte of ${data[(row + 1) * bytesPerCode - 1]} in row ${firstRow + row}`,
    });
  }
  return { data, count, bits, bytesPerCode };
}

/**
 * Packs hash codes.
 * @param codes (count, bits): −1 and +1, or 0 and 1; not both −1 and 0
 * @throws {InputError} for another rank, or a value that is neither, naming its row
 */
export function packCodes(codes: NdArray, origin: CodesOrigin = {}): PackedCodes {
  if (codes.shape.length !== 2) {
    throw new InputError("codes of the wrong shape", {
      ...origin,
      expected: "two axes, (n, bits)",
      actual: `shape (${codes.shape.join(", ")})`,
    });
  }
  return new RowPacker(codes.shape[1], origin).next(codes.data);
}

/** Packs hash codes that come some rows at a time, and keeps none of them; {@link packCodes} for what is all there. */
export class RowPacker {
  /** Rows packed so far. */
  private row: number = 0;
  private readonly bytesPerCode: number;
  /** Places of the first 0 and the first −1, among all values. */
  private zero: number = -1;
  private minus: number = -1;

  /** @throws {InputError} for a number of bits out of range */
  constructor(
    private readonly bits: number,
    private readonly origin: CodesOrigin = {},
  ) {
    checkBits(bits, origin);
    this.bytesPerCode = Math.ceil(bits / 8);
  }

  /**
   * @param values the next whole rows, (rows, bits), as {@link packCodes} takes them
   * @throws {InputError} for a value that is none of a code, naming its row
   */
  next(values: TypedArray): PackedCodes {
    this.check(values);
    const { bits, bytesPerCode } = this;
    const count = values.length / bits;
    const data = new Uint8Array(count * bytesPerCode); // (count, bytesPerCode)
    for (let row = 0, at = 0; row < count; row++) {
      for (let bit = 0; bit < bits; bit++, at++) {
        if (values[at] > 0) data[row * bytesPerCode + (bit >> 3)] |= 0x80 >> (bit & 7);
      }
    }
    this.row += count;
    return { data, count, bits, bytesPerCode };
  }

  /** Fails on the first value that is not −1, 0 or 1, and when −1 and 0 both have occurred. */
  private check(values: TypedArray): void {
    const { bits, origin } = this;
    const before = this.row * bits;
    for (let at = 0; at < values.length; at++) {
      // Number(): 64-bit integers come as bigint.
      const value = Number(values[at]);
      if (value === 1) continue;
      if (value === 0) this.zero = this.zero < 0 ? before + at : this.zero;
      else if (value === -1) this.minus = this.minus < 0 ? before + at : this.minus;
      else {
        throw new InputError("these are not hash codes", {
          ...origin,
          expected: "only −1 and +1, or only 0 and 1 (relaxed codes have to be binarized: +1 where x ≥ 0, else −1)",
          actual: `${value} in row ${Math.floor((before + at) / bits)}, bit ${at % bits}`,
        });
      }
    }
    if (this.zero < 0 || this.minus < 0) return;
    throw new InputError("these are not hash codes", {
      ...origin,
      expected: "either −1 and +1 or 0 and 1 (numpy.sign(0) is 0: take +1 where x ≥ 0, else −1)",
      actual: `both −1 (row ${Math.floor(this.minus / bits)}) and 0 (row ${Math.floor(this.zero / bits)})`,
    });
  }
}

/** The codes as −1 and +1, (count, bits). The inverse of {@link packCodes}. */
export function unpackCodes(codes: PackedCodes): NdArray<Int8Array> {
  const { count, bits, bytesPerCode } = codes;
  const data = new Int8Array(count * bits); // (count, bits)
  for (let row = 0, at = 0; row < count; row++) {
    for (let bit = 0; bit < bits; bit++, at++) {
      const byte = codes.data[row * bytesPerCode + (bit >> 3)];
      data[at] = (byte & (0x80 >> (bit & 7))) !== 0 ? 1 : -1;
    }
  }
  return { data, shape: [count, bits] };
}

/** Codes of chosen rows, in the order of `rows`, copied. */
export function takeCodes(codes: PackedCodes, rows: ArrayLike<number>): PackedCodes {
  const { bytesPerCode } = codes;
  const data = new Uint8Array(rows.length * bytesPerCode); // (rows, bytesPerCode)
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i] * bytesPerCode;
    data.set(codes.data.subarray(start, start + bytesPerCode), i * bytesPerCode);
  }
  return { data, count: rows.length, bits: codes.bits, bytesPerCode };
}
