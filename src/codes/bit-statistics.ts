import type { NdArray } from "../core/arrays.js";
import type { PackedCodes } from "./packed-codes.js";
import { unpackCodes } from "./packed-codes.js";

/** Share of codes with +1 in each bit, (bits): 0.5 tells most, 0 and 1 tell nothing. */
export function bitBalance(codes: PackedCodes): Float64Array {
  const sums = columnSums(codes); // of ±1
  return sums.map(sum => (1 + sum / codes.count) / 2);
}

/**
 * Pearson correlation of each pair of bits over the codes. Bits that say the same twice are correlated; a bit that
 * never changes is correlated with none (0), itself excepted (1).
 * @returns (bits, bits), in −1..1, symmetric
 */
export function bitCorrelation(codes: PackedCodes): NdArray<Float64Array> {
  const { bits, count } = codes;
  const means = columnSums(codes).map(sum => sum / count);
  const { data } = unpackCodes(codes); // (count, bits)
  const products = new Float64Array(bits * bits);
  for (let row = 0; row < count; row++) {
    const start = row * bits;
    for (let i = 0; i < bits; i++) {
      const value = data[start + i];
      for (let j = i; j < bits; j++) products[i * bits + j] += value * data[start + j];
    }
  }
  const correlation = new Float64Array(bits * bits);
  for (let i = 0; i < bits; i++) {
    for (let j = i; j < bits; j++) {
      const covariance = products[i * bits + j] / count - means[i] * means[j];
      const deviation = Math.sqrt((1 - means[i] ** 2) * (1 - means[j] ** 2));
      const value = i === j ? 1 : deviation === 0 ? 0 : covariance / deviation;
      correlation[i * bits + j] = value;
      correlation[j * bits + i] = value;
    }
  }
  return { data: correlation, shape: [bits, bits] };
}

function columnSums(codes: PackedCodes): Float64Array {
  const { data } = unpackCodes(codes); // (count, bits)
  const sums = new Float64Array(codes.bits);
  for (let at = 0; at < data.length; at++) sums[at % codes.bits] += data[at];
  return sums;
}
