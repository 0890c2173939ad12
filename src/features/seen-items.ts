import { InputError } from "../core/errors.js";
import type { RowsOrigin } from "./items-identity.js";

/** How a model came to know items: by their labels, by their features alone, or because its epoch was chosen by them. */
export const SEEN_AS = ["trained", "fitted", "validated"] as const;

/** One of {@link SEEN_AS}. */
export type SeenAs = (typeof SEEN_AS)[number];

/** Items that a model has seen. It goes with the model, with weights tuned for it, and with its codes. */
export interface SeenItems {
  readonly as: SeenAs;
  /** How many. */
  readonly count: number;
  /** Which, with `rows`: a bit a row from `from` on, laid out as `numpy.packbits`, in base64. Absent: nobody knows. */
  readonly origin?: RowsOrigin;
  readonly rows?: string;
}

/**
 * Items that were seen, to be noted.
 * @param rows of the file that they were read from
 * @param origin of that file; absent for arrays from elsewhere
 */
export function seenItems(as: SeenAs, rows: Int32Array, origin: RowsOrigin | undefined): SeenItems {
  if (origin === undefined) return { as, count: rows.length };
  const bytes = new Uint8Array(Math.ceil(origin.items.rows / 8));
  for (const row of rows) bytes[row >> 3] |= 0x80 >> (row & 7);
  return { as, count: rows.length, origin, rows: Buffer.from(bytes).toString("base64") };
}

/**
 * Tells which rows were seen; undefined when the note is of other items, or does not say of which.
 * @param file whose rows are asked for
 */
export function seenRows(
  { origin, rows }: SeenItems,
  { items, from }: RowsOrigin,
): ((row: number) => boolean) | undefined {
  if (origin?.items.contentHash !== items.contentHash || rows === undefined) return undefined;
  const bytes = Buffer.from(rows, "base64");
  return row => {
    const at = row + from - origin.from;
    return at >= 0 && ((bytes[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0;
  };
}

/** Notes without those that stand there twice. */
export function distinctSeen(notes: readonly SeenItems[]): SeenItems[] {
  return [...new Map(notes.map(note => [JSON.stringify(note), note])).values()];
}

/** Notes of seen items out of a text. @param file for messages @throws {InputError} when they are damaged */
export function parseSeen(text: string, file: string): SeenItems[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // what is no JSON is no list either
  }
  return checkSeen(value, file);
}

/**
 * Notes of seen items out of a file.
 * @param value what stands there
 * @throws {InputError} when they are damaged: a leak would pass in silence
 */
export function checkSeen(value: unknown, file: string): SeenItems[] {
  const fine = (one: Partial<SeenItems> | null): boolean => {
    const { as, count, origin, rows } = one ?? {};
    const named = typeof origin?.items?.contentHash === "string" && Number.isSafeInteger(origin.from);
    const known = origin === undefined ? rows === undefined : named && typeof rows === "string";
    return SEEN_AS.includes(as!) && Number.isSafeInteger(count) && known;
  };
  if (Array.isArray(value) && value.every(fine)) return value as SeenItems[];
  throw new InputError("what the model has seen is damaged", {
    file,
    expected: 'a list "seen" as `hashbook train` writes it',
    actual: (JSON.stringify(value) ?? "none").slice(0, 80),
  });
}
