import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount, labelsToArray } from "../core/labels.js";
import { encodeNpy, encodeNpyHeader } from "../core/npy.js";
import { takeLabels } from "../core/take-labels.js";
import type { Ids } from "../features/ids-file.js";
import { idsPieces } from "../features/ids-file.js";

/** Codes to be handed over, and what their rows are. */
export interface HandoverGallery {
  /** The file they are read from, for messages. */
  readonly file: string;
  readonly count: number;
  readonly bits: number;
  /** All of them in order, some at a time. Can be called once. */
  blocks(): AsyncGenerator<PackedCodes, void>;
  /** What the rows are called; can be read once. */
  readonly ids: Ids;
  /** Rows of pictures that could not be read: they are left out. */
  readonly unread: Int32Array;
  readonly labels?: Labels;
  /** Names of the classes, by label. */
  readonly classNames?: readonly string[];
  /** Name of the dataset, where it is known. */
  readonly dataset?: string;
}

/** Rows that are handed over. */
export function rowsOf({ count, unread }: Pick<HandoverGallery, "count" | "unread">): Int32Array {
  const gone = new Set(unread);
  return Int32Array.from({ length: count }, (_, row) => row).filter(row => !gone.has(row));
}

/** The bytes of codes.npy: (rows, ⌈bits/8⌉) uint8 as numpy.packbits makes them. */
export async function* codesPieces(gallery: HandoverGallery): AsyncGenerator<Uint8Array> {
  const { count, bits, unread } = gallery;
  const bytes = Math.ceil(bits / 8);
  yield encodeNpyHeader("|u1", [count - unread.length, bytes]);
  const gone = new Set(unread);
  let first = 0;
  for await (const { data, count: rows } of gallery.blocks()) {
    yield withoutRows(data, { bytes, isGone: row => gone.has(first + row) });
    first += rows;
  }
}

function withoutRows(
  data: Uint8Array,
  { bytes, isGone }: { readonly bytes: number; isGone(row: number): boolean },
): Uint8Array {
  const left = new Uint8Array(data.length);
  let to = 0;
  for (let row = 0; row < data.length / bytes; row++) {
    if (isGone(row)) continue;
    left.set(data.subarray(row * bytes, (row + 1) * bytes), to);
    to += bytes;
  }
  return left.subarray(0, to);
}

/**
 * The bytes of ids.txt, a line a row.
 * @throws {InputError} when there are more or fewer ids than codes
 */
export function idsLines(gallery: HandoverGallery): AsyncGenerator<Uint8Array> {
  return idsPieces(idsLeft(gallery));
}

async function* idsLeft({ file, ids, count, unread }: HandoverGallery): AsyncGenerator<readonly string[]> {
  const gone = new Set(unread);
  let row = 0;
  for await (const block of "length" in ids ? [ids] : ids) {
    const first = row;
    row += block.length;
    yield block.filter((_, i) => !gone.has(first + i));
  }
  if (row === count) return;
  throw new InputError("codes and ids differ in number", { file, expected: `${count} ids`, actual: `${row}` });
}

/** The bytes of labels.npy. @throws {InputError} when there are more or fewer labels than codes */
export function labelsBytes(gallery: HandoverGallery, labels: Labels): Uint8Array {
  const { file, count } = gallery;
  if (labelCount(labels) === count) return encodeNpy(labelsToArray(takeLabels(labels, rowsOf(gallery))));
  throw new InputError("codes and labels differ in number", {
    file,
    expected: `${count} labels`,
    actual: `${labelCount(labels)}`,
  });
}
