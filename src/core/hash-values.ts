import type { Hash } from "node:crypto";
import type { TypedArray } from "./arrays.js";

/** Bytes at a time: a view of bytes holds less than 4 GiB, and a hash takes less than 2 of them in one call. */
const PIECE = 1 << 30;

/**
 * Adds the bytes of an array to a hash, of 4 GiB and more too: the same as of all bytes at once.
 * @param piece bytes at a time, 1 or more
 * @returns the hash
 */
export function hashValues(hash: Hash, { buffer, byteOffset, byteLength }: TypedArray, piece: number = PIECE): Hash {
  for (let from = 0; from < byteLength; from += piece) {
    hash.update(new Uint8Array(buffer, byteOffset + from, Math.min(piece, byteLength - from)));
  }
  return hash;
}
