import type { NdArray } from "../core/arrays.js";
import type { PackedCodes } from "./packed-codes.js";
import { popcount } from "./popcount.js";

/** Share of codes with +1 in each bit, (bits): 0.5 tells most, 0 and 1 tell nothing. */
export function bitBalance(codes: PackedCodes): Float64Array {
  return balanceOf(bitColumns(codes));
}

/**
 * Pearson correlation of each pair of bits over the codes. Bits that say the same twice are correlated; a bit that
 * never changes is correlated with none (0), itself excepted (1).
 * @returns (bits, bits), in −1..1, symmetric
 */
export function bitCorrelation(codes: PackedCodes): NdArray<Float64Array> {
  return correlationOf(bitColumns(codes));
}

/** {@link bitBalance} and {@link bitCorrelation}, with the codes turned once. */
export function bitStatistics(codes: PackedCodes): {
  readonly balance: Float64Array;
  readonly correlation: NdArray<Float64Array>;
} {
  const columns = bitColumns(codes);
  return { balance: balanceOf(columns), correlation: correlationOf(columns) };
}

/** Codes by bits: what two bits share is then counted 32 codes at a time. */
interface BitColumns {
  readonly bits: number;
  /** Codes. */
  readonly count: number;
  /** ⌈count / 32⌉. */
  readonly wordsPerBit: number;
  /** (bits, wordsPerBit): code r is bit r mod 32 of word ⌊r / 32⌋, set for +1; unused bits are 0. */
  readonly words: Int32Array;
}

function bitColumns({ data, count, bits, bytesPerCode }: PackedCodes): BitColumns {
  const wordsPerBit = Math.ceil(count / 32);
  const words = new Int32Array(bits * wordsPerBit);
  for (let row = 0; row < count; row++) {
    const [word, mask] = [row >>> 5, 1 << (row & 31)];
    for (let bit = 0; bit < bits; bit++) {
      const isSet = (data[row * bytesPerCode + (bit >> 3)] & (0x80 >> (bit & 7))) !== 0;
      if (isSet) words[bit * wordsPerBit + word] |= mask;
    }
  }
  return { bits, count, wordsPerBit, words };
}

function balanceOf(columns: BitColumns): Float64Array {
  return columnSums(columns).map(sum => (1 + sum / columns.count) / 2);
}

function correlationOf(columns: BitColumns): NdArray<Float64Array> {
  const { bits, count } = columns;
  const means = columnSums(columns).map(sum => sum / count);
  const correlation = new Float64Array(bits * bits);
  for (let i = 0; i < bits; i++) {
    for (let j = i; j < bits; j++) {
      const covariance = productSum(columns, i, j) / count - means[i] * means[j];
      const deviation = Math.sqrt((1 - means[i] ** 2) * (1 - means[j] ** 2));
      const value = i === j ? 1 : deviation === 0 ? 0 : covariance / deviation;
      correlation[i * bits + j] = value;
      correlation[j * bits + i] = value;
    }
  }
  return { data: correlation, shape: [bits, bits] };
}

/** Sums of the ±1 of each bit, (bits). */
function columnSums({ bits, count, wordsPerBit, words }: BitColumns): Float64Array {
  return Float64Array.from({ length: bits }, (_, bit) => {
    let ones = 0;
    for (let w = bit * wordsPerBit; w < (bit + 1) * wordsPerBit; w++) ones += popcount(words[w]);
    return 2 * ones - count;
  });
}

/** The sum over the codes of the product of two bits, ±1 each: so many codes less twice those in which they differ. */
function productSum({ count, wordsPerBit, words }: BitColumns, i: number, j: number): number {
  const [a, b] = [i * wordsPerBit, j * wordsPerBit];
  let differing = 0;
  for (let w = 0; w < wordsPerBit; w++) differing += popcount(words[a + w] ^ words[b + w]);
  return count - 2 * differing;
}
