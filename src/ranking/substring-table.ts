import type { PackedCodes } from "../codes/packed-codes.js";

/** Items by one substring of their code: a hash table whose buckets are all there, one after the other. */
export interface SubstringTable {
  /** First bit of the substring. */
  readonly offset: number;
  /** Bits of the substring, at most {@link MAX_SUBSTRING}. */
  readonly width: number;
  /** (2^width + 1) where each bucket starts in `items`. */
  readonly starts: Uint32Array;
  /** (count) items, by bucket, ascending in each. */
  readonly items: Uint32Array;
}

/** Widest substring: a table of 2^22 buckets takes 16 MiB. */
export const MAX_SUBSTRING = 22;

/** Bits offset .. offset + width − 1 of a code as a number, the first bit highest. */
export function substringKey(codes: PackedCodes, row: number, offset: number, width: number): number {
  const { data, bytesPerCode } = codes;
  const start = row * bytesPerCode;
  let key = 0;
  for (let bit = offset; bit < offset + width; ) {
    // As many bits of this byte as the substring has: from `bit` to the byte's end or the substring's.
    const taken = Math.min(8 - (bit & 7), offset + width - bit);
    const byte = data[start + (bit >> 3)] >> (8 - (bit & 7) - taken);
    key = (key << taken) | (byte & ((1 << taken) - 1));
    bit += taken;
  }
  return key;
}

/** Sorts the items into buckets, by counting. */
export function substringTable(codes: PackedCodes, offset: number, width: number): SubstringTable {
  const { count } = codes;
  const keys = new Uint32Array(count);
  const starts = new Uint32Array(2 ** width + 1);
  for (let row = 0; row < count; row++) {
    keys[row] = substringKey(codes, row, offset, width);
    starts[keys[row] + 1]++;
  }
  for (let key = 0; key < 2 ** width; key++) starts[key + 1] += starts[key];
  const next = starts.slice();
  const items = new Uint32Array(count);
  for (let row = 0; row < count; row++) items[next[keys[row]]++] = row;
  return { offset, width, starts, items };
}

/** All numbers of `width` bits of which `ones` are set, ascending (Gosper's hack). */
export function masksOf(width: number, ones: number): Uint32Array {
  if (ones > width) return new Uint32Array(0);
  if (ones === 0) return new Uint32Array(1);
  const masks = new Uint32Array(choose(width, ones));
  for (let i = 0, mask = 2 ** ones - 1; i < masks.length; i++) {
    masks[i] = mask;
    const low = mask & -mask;
    const carried = mask + low;
    mask = (((mask ^ carried) / low) >>> 2) | carried;
  }
  return masks;
}

/** Binomial coefficient. */
export function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return Math.round(ways);
}
