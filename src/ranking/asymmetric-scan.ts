import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";

/**
 * Asymmetric similarities: inner products of a real-valued query with hash codes, ⟨h, b⟩ (Gordo, Perronnin, Gong,
 * Lazebnik, "Asymmetric distances for binary embeddings", PAMI 2014). The database stays packed: for each byte of a
 * code the sums of its 256 values are tabulated once a query, so that an item costs a look-up a byte. Equal codes get
 * equal scores, to the bit.
 * @param query (bits,), for example a relaxed code
 * @param out (codes,), overwritten; larger is nearer
 * @throws {InputError} when query and codes differ in bits
 */
export function asymmetricScores(query: Float32Array, codes: PackedCodes, out: Float32Array): void {
  const { data, count, bits, bytesPerCode } = codes;
  if (query.length !== bits) {
    throw new InputError("query and codes differ in bits", { expected: `${bits} bits`, actual: `${query.length}` });
  }
  const tables = byteTables(query, bytesPerCode);
  for (let item = 0, at = 0; item < count; item++) {
    let sum = 0;
    for (let table = 0; table < tables.length; table += 256, at++) sum += tables[table + data[at]];
    out[item] = sum;
  }
}

/** (bytesPerCode, 256): what each value of each byte adds to the inner product. */
function byteTables(query: Float32Array, bytesPerCode: number): Float64Array {
  const tables = new Float64Array(bytesPerCode * 256);
  for (let byte = 0; byte < bytesPerCode; byte++) {
    for (let value = 0; value < 256; value++) {
      let sum = 0;
      for (let bit = 0; bit < 8 && byte * 8 + bit < query.length; bit++) {
        sum += (value & (0x80 >> bit)) === 0 ? -query[byte * 8 + bit] : query[byte * 8 + bit];
      }
      tables[byte * 256 + value] = sum;
    }
  }
  return tables;
}
