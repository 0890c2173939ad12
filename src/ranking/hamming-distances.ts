// The plain TypeScript reference kernel: 32-bit words, xor, popcount. Any faster kernel has to agree with it exactly.
import type { PackedCodes } from "../codes/packed-codes.js";
import { popcount } from "../codes/popcount.js";
import { InputError } from "../core/errors.js";

/** Distances between the codes of a query set and of a database, a query at a time. */
export interface HammingScan {
  readonly queries: number;
  readonly database: number;
  readonly bits: number;
  /**
   * Hamming distances from one query to every code of the database.
   * @param out (database,), overwritten; values 0..bits
   */
  distances(query: number, out: Uint16Array): void;
}

/**
 * Prepares codes for scanning with the reference kernel.
 * @throws {InputError} when queries and database differ in bits
 */
export function hammingScan(queries: PackedCodes, database: PackedCodes): HammingScan {
  checkBitsAgree(queries, database);
  const size = Math.ceil(queries.bytesPerCode / 4);
  const queryWords = codeWords(queries); // (queries, size)
  const databaseWords = codeWords(database); // (database, size)
  return {
    queries: queries.count,
    database: database.count,
    bits: queries.bits,
    distances(query, out) {
      const code = queryWords.subarray(query * size, (query + 1) * size);
      if (size === 1) scanOneWord(code[0], databaseWords, out);
      else if (size === 2) scanTwoWords(code[0], code[1], databaseWords, out);
      else scanWords(code, databaseWords, out);
    },
  };
}

/** @throws {InputError} when queries and database differ in bits */
export function checkBitsAgree(queries: PackedCodes, database: PackedCodes): void {
  if (queries.bits === database.bits) return;
  throw new InputError("codes of queries and database differ in bits", {
    expected: `${queries.bits} bits as for the queries`,
    actual: `${database.bits} for the database`,
  });
}

/** The Hamming distance of two codes of equal length, as bytes. */
export function hammingDistance(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let i = 0; i < a.length; i++) distance += popcount(a[i] ^ b[i]);
  return distance;
}

/** Codes in 32-bit words, copied, (count, ⌈bytesPerCode/4⌉), the last word filled up with zero bits. */
export function codeWords(codes: PackedCodes): Int32Array {
  const size = Math.ceil(codes.bytesPerCode / 4);
  const bytes = new Uint8Array(codes.count * size * 4);
  if (size * 4 === codes.bytesPerCode) bytes.set(codes.data);
  else {
    for (let row = 0; row < codes.count; row++) {
      const start = row * codes.bytesPerCode;
      bytes.set(codes.data.subarray(start, start + codes.bytesPerCode), row * size * 4);
    }
  }
  return new Int32Array(bytes.buffer);
}

function scanOneWord(code: number, database: Int32Array, out: Uint16Array): void {
  for (let i = 0; i < out.length; i++) out[i] = popcount(code ^ database[i]);
}

function scanTwoWords(low: number, high: number, database: Int32Array, out: Uint16Array): void {
  for (let i = 0, at = 0; i < out.length; i++, at += 2) {
    out[i] = popcount(low ^ database[at]) + popcount(high ^ database[at + 1]);
  }
}

function scanWords(code: Int32Array, database: Int32Array, out: Uint16Array): void {
  const size = code.length;
  for (let i = 0, at = 0; i < out.length; i++, at += size) {
    let distance = 0;
    for (let w = 0; w < size; w++) distance += popcount(code[w] ^ database[at + w]);
    out[i] = distance;
  }
}
