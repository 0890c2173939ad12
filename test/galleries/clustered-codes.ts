import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { packedCodes } from "../../src/codes/packed-codes.js";

/**
 * Codes as learned ones are: around centres, each bit flipped with the chance 1/8, so that many tie.
 * @param bits a multiple of 8
 */
export function clusteredCodes(count: number, bits: number, centres: number, seed: number): PackedCodes {
  const bytes = bits / 8;
  const middle = randomBytes(centres * bytes, 1); // the same for every seed
  const [place, a, b, c] = [2, 3, 4, 5].map(part => randomWords(seed * 8 + part));
  const data = new Uint8Array(count * bytes);
  for (let row = 0, at = 0; row < count; row++) {
    const centre = (place() % centres) * bytes;
    for (let byte = 0; byte < bytes; byte++, at++) data[at] = middle[centre + byte] ^ (a() & b() & c() & 0xff);
  }
  return packedCodes(data, bits);
}

function randomBytes(count: number, seed: number): Uint8Array {
  const next = randomWords(seed);
  return Uint8Array.from({ length: count }, () => next() & 0xff);
}

/** Marsaglia's xorshift of 32 bits: tens of millions of numbers in a second. The low byte of its upper half. */
function randomWords(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 8;
  };
}
