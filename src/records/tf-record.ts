import { maskedCrc32c } from "./crc32c.js";

/** Bytes of a record beside its data: length (8), checksum of the length (4), checksum of the data (4). */
const HEAD = 12;
const TAIL = 4;

/** A record of a TFRecord file around some data. */
export function tfRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(HEAD + data.length + TAIL);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, HEAD);
  record.writeUInt32LE(maskedCrc32c(data), HEAD + data.length);
  return record;
}

/**
 * Where the whole records at the beginning of some bytes end, each in turn. What a kill has torn, or what is no record,
 * ends them.
 */
export function recordEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at + HEAD + TAIL <= bytes.length; at = ends[ends.length - 1]) {
    const length = Number(bytes.readBigUInt64LE(at));
    const end = at + HEAD + length + TAIL;
    if (end > bytes.length || bytes.readUInt32LE(at + 8) !== maskedCrc32c(bytes.subarray(at, at + 8))) break;
    const data = bytes.subarray(at + HEAD, at + HEAD + length);
    if (bytes.readUInt32LE(end - TAIL) !== maskedCrc32c(data)) break;
    ends.push(end);
  }
  return ends;
}
