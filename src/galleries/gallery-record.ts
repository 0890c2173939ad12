import { MAX_BITS } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { parseJsonFile } from "../core/json-file.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import { version } from "../core/version.js";

/** How the labels of a gallery's rows are kept. */
export type LabelForm = "one" | "several";

/** What searches a gallery in an engine: all codes are compared, or those of some lists of an inverted file. */
export type StoreIndex = "flat" | "ivf";

/** What the codes of a gallery in an engine are: kept with them there, and what they are known by. */
export interface GalleryRecord {
  /** Rows of the codes, those that were left out among them: a row has the same number there and here. */
  readonly rows: number;
  /** Rows of pictures that could not be read, which were left out: how many, and SHA-256 of them. Absent: none. */
  readonly unread?: { readonly count: number; readonly sha256: string };
  readonly bits: number;
  /** SHA-256 of the packed codes, one after the other. */
  readonly codes: string;
  /** Names of the rows: SHA-256 of them, a line each, and the bytes of the longest. Absent: the rows have none. */
  readonly ids?: { readonly sha256: string; readonly longest: number };
  /** Absent: the rows have none. */
  readonly labels?: {
    readonly form: LabelForm;
    /** SHA-256 of them. */
    readonly sha256: string;
    /** One more than the greatest class; of sets, their columns. */
    readonly classes: number;
  };
  /** SHA-256 of the model that made the codes. Absent: nobody knows it. */
  readonly model?: string;
  /** Names of the classes. Absent: they have none, or these are too many to be kept there. */
  readonly classNames?: readonly string[];
  readonly index: StoreIndex;
  /** Of an inverted file: how many lists. */
  readonly lists?: number;
}

/** Bytes of class names that are kept in an engine at most. */
const MOST_NAME_BYTES = 16384;
const KIND = "hashbook gallery";
const FORMAT = 1;

const RECORD: JsonFileKind<GalleryRecord> = {
  what: "what `hashbook gallery push` says of a gallery",
  remedy: "push to another name, or drop it where it may be lost",
  schema: objectOf(
    {
      kind: { enum: [KIND] },
      rows: COUNT,
      bits: { type: "integer", minimum: 1, maximum: MAX_BITS },
      codes: TEXT,
      index: { enum: ["flat", "ivf"] },
    },
    {
      unread: objectOf({ count: COUNT, sha256: TEXT }),
      ids: objectOf({ sha256: TEXT, longest: COUNT }),
      labels: objectOf({ form: { enum: ["one", "several"] }, sha256: TEXT, classes: COUNT }),
      model: TEXT,
      classNames: listOf(TEXT),
      lists: COUNT,
    },
  ),
  format: { version: FORMAT, older: "what this version writes: push to another name" },
};

/** Rows that a whole gallery holds. */
export function rowsHeld({ rows, unread }: Pick<GalleryRecord, "rows" | "unread">): number {
  return rows - (unread?.count ?? 0);
}

/** The record as it is kept in the engine, beside the codes. */
export function recordText({ classNames, ...record }: GalleryRecord): string {
  const names = classNames !== undefined && Buffer.byteLength(classNames.join()) <= MOST_NAME_BYTES;
  return JSON.stringify({ kind: KIND, format: FORMAT, version, ...record, ...(names ? { classNames } : {}) });
}

/**
 * Reads {@link recordText}.
 * @param place the gallery's address, for messages
 * @throws {InputError} when something else is kept under this name
 */
export function parseRecord(text: string, place: string): GalleryRecord {
  if (text.includes(`"${KIND}"`)) return parseJsonFile(text, place, RECORD);
  throw new InputError("this was not made by `hashbook gallery push`", {
    file: place,
    expected: "a name that is free, or that of a gallery",
  });
}

/** What must be the same for rows to be added, and what it is called. */
const IDENTITY: readonly (readonly [what: string, of: (record: GalleryRecord) => unknown])[] = [
  ["codes", ({ codes }) => codes],
  ["bits", ({ bits }) => bits],
  ["number of rows", ({ rows }) => rows],
  ["pictures left out as unreadable", ({ unread }) => unread?.sha256],
  ["ids", ({ ids }) => ids?.sha256],
  ["labels", ({ labels }) => labels?.sha256],
  ["model", ({ model }) => model],
  ["index", ({ index }) => index],
  ["lists of the index", ({ lists }) => lists],
];

/**
 * Checks that a gallery that is there is the one to be pushed.
 * @throws {InputError} naming the first thing that differs
 */
export function checkSameGallery(stored: GalleryRecord, pushed: GalleryRecord, place: string): void {
  for (const [what, of] of IDENTITY) {
    if (of(stored) === of(pushed)) continue;
    throw new InputError(`another gallery is there, with other ${what}`, {
      file: place,
      expected: `${what} ${of(pushed) ?? "none"}; push to another name, or \`hashbook gallery drop\` what is there`,
      actual: `${of(stored) ?? "none"}`,
    });
  }
}
