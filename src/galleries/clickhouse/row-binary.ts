// ClickHouse's RowBinary, as far as it is needed here: numbers little-endian, texts and lists behind their length as a
// variable-length integer of seven bits a byte, the lowest first.
import type { Labels } from "../../core/labels.js";
import { hasClass } from "../../core/labels.js";
import type { Neighbourhood } from "../../ranking/hamming-search.js";
import type { GalleryRows } from "../gallery-store.js";

/** Rows for `INSERT … (row, code, id, label) FORMAT RowBinary`, without the columns that there are not. */
export function encodeRows({ rows, codes, ids, labels }: GalleryRows): Buffer {
  const { count, bytesPerCode, data } = codes;
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const row = Buffer.allocUnsafe(4);
    row.writeUInt32LE(rows[i]);
    pieces.push(row, data.subarray(i * bytesPerCode, (i + 1) * bytesPerCode));
    if (ids !== undefined) pieces.push(...text(ids[i]));
    if (labels !== undefined) pieces.push(...classes(labels, i));
  }
  return Buffer.concat(pieces);
}

function text(value: string): Uint8Array[] {
  const bytes = Buffer.from(value);
  return [length(bytes.length), bytes];
}

/** Array(Int32): an unknown class is no class. */
function classes(labels: Labels, row: number): Uint8Array[] {
  const found =
    labels instanceof Int32Array
      ? labels.subarray(row, row + 1).filter(label => label >= 0)
      : Int32Array.from({ length: labels.classes }, (_, label) => label).filter(label => hasClass(labels, row, label));
  const bytes = Buffer.allocUnsafe(4 * found.length);
  for (const [i, label] of found.entries()) bytes.writeInt32LE(label, 4 * i);
  return [length(found.length), bytes];
}

function length(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Of UInt32 and UInt16: rows and their distances. */
export function decodeNeighbours(bytes: Buffer): Neighbourhood {
  const count = bytes.length / 6;
  const indices = new Int32Array(count);
  const distances = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    indices[i] = bytes.readUInt32LE(6 * i);
    distances[i] = bytes.readUInt16LE(6 * i + 4);
  }
  return { indices, distances };
}

/** Of UInt32 and String: rows and what they are called. */
export function decodeNames(bytes: Buffer): Map<number, string> {
  const names = new Map<number, string>();
  for (let at = 0; at < bytes.length; ) {
    const row = bytes.readUInt32LE(at);
    at += 4;
    let size = 0;
    for (let place = 1; ; place *= 128) {
      const byte = bytes[at++];
      size += (byte & 127) * place;
      if (byte < 128) break;
    }
    names.set(row, bytes.toString("utf8", at, at + size));
    at += size;
  }
  return names;
}
