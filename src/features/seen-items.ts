import { InputError } from "../core/errors.js";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import { schemaFault } from "../core/schema-fault.js";
import type { RowsOrigin } from "./items-identity.js";
import { ORIGIN_SCHEMA } from "./items-identity.js";

/** How a model came to know items: by their labels, by their features alone, or because its epoch was chosen by them. */
export type SeenAs = "trained" | "fitted" | "validated";

/** All of them. */
export const SEEN_AS: readonly SeenAs[] = ["trained", "fitted", "validated"];

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

/** {@link SeenItems} in files. A damaged one is refused: a leak would pass in silence. */
export const SEEN_SCHEMA: JsonSchema = listOf({
  ...objectOf({ as: { enum: SEEN_AS }, count: COUNT }, { origin: ORIGIN_SCHEMA, rows: TEXT }),
  description: "items as `hashbook train` notes them, with origin and rows or with neither",
  dependencies: { origin: ["rows"], rows: ["origin"] },
});

/** Notes of seen items out of a text. @param file for messages @throws {InputError} when they are damaged */
export function parseSeen(text: string, file: string): SeenItems[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // what is no JSON is no list either
  }
  if (schemaFault(value, SEEN_SCHEMA) === undefined) return value as SeenItems[];
  throw new InputError("what the model has seen is damaged", {
    file,
    expected: 'a list "seen" as `hashbook train` writes it',
    actual: (JSON.stringify(value) ?? "none").slice(0, 80),
  });
}
