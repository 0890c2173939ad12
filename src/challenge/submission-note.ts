import { readFile } from "node:fs/promises";
import { UsageError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { checkedDocument, readJsonFileIfAny } from "../core/json-file.js";
import { listOf, objectOf, TEXT } from "../core/json-schema.js";
import { version } from "../core/version.js";
import type { SeenPart } from "../features/seen-parts.js";
import { SEEN_PARTS_SCHEMA } from "../features/seen-parts.js";
import type { RankingMethod } from "./gallery-ranker.js";

/** The format of the JSON file beside a submission. Raised when a reader of the version before would misread it. */
const FORMAT = 1;

/** How a submission was made: stored beside `submission.csv`, which has no place for it, as `submission.csv.json`. */
export interface SubmissionNote {
  /** The challenge's images, for people: `digix, fold 1 of 5`. */
  readonly dataset: string;
  readonly synthetic: boolean;
  readonly method: RankingMethod;
  /** Queries and gallery images that the model has seen. */
  readonly seen: readonly SeenPart[];
  /** What could not be checked, a sentence each. */
  readonly unchecked: readonly string[];
}

/** `submission.csv.json` for `submission.csv`; `submission.json` would be that of codes of this name. */
export function noteFile(submission: string): string {
  return `${submission}.json`;
}

interface Stored extends SubmissionNote {
  readonly format: number;
  /** SHA-256 of the submission. */
  readonly submission: string;
}

/** Tells the note from another program's JSON of the same name. */
const KIND = "submission";

const WORDS = {
  what: "how the submission beside it was made, as `hashbook submit` writes it",
  remedy: "remove it if the submission comes from elsewhere",
};

/** Any JSON object: what it is of is seen by its `kind`. */
const ANY_JSON: JsonFileKind<{ readonly kind?: unknown }> = {
  ...WORDS,
  schema: objectOf({}),
};

const NOTE_JSON: JsonFileKind<Pick<Stored, "submission" | "seen" | "unchecked">> = {
  ...WORDS,
  schema: objectOf({ submission: TEXT, seen: SEEN_PARTS_SCHEMA, unchecked: listOf(TEXT) }),
  format: { version: FORMAT, older: "what `hashbook submit` writes: submit again" },
};

/**
 * Checks that a note may be written: that no other JSON file has its name.
 * @throws {UsageError} when one has
 */
export async function checkNotePlace(submission: string): Promise<void> {
  const file = noteFile(submission);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined || isNote(text)) return;
  throw new UsageError(`${file} is another file, and how the submission was made would be written there`, {
    expected: "another name for the submission",
    actual: submission,
  });
}

/** Writes the note of a submission that is there. */
export async function writeSubmissionNote(submission: string, note: SubmissionNote): Promise<void> {
  const hash = await hashOfFiles([submission]);
  const document = { kind: KIND, format: FORMAT, version, submission: hash, ...note };
  await writeAtomically(noteFile(submission), `${JSON.stringify(document, null, 2)}\n`);
}

/**
 * What is known of how a submission was made.
 * @returns what its model has seen, and what could not be checked, a sentence each
 * @throws {InputError} for a note that is damaged, or of another format
 */
export async function readSubmissionNote(submission: string): Promise<Pick<SubmissionNote, "seen" | "unchecked">> {
  const file = noteFile(submission);
  const document = await readJsonFileIfAny(file, ANY_JSON);
  const unknown = (why: string) => ({ seen: [], unchecked: [`whether the images are new to the model: ${why}`] });
  if (document?.kind !== KIND) return unknown(`nothing beside ${submission} says how it was made`);
  const note = checkedDocument(document, file, NOTE_JSON);
  if (note.submission !== (await hashOfFiles([submission]))) return unknown(`${file} is of another file`);
  return { seen: note.seen, unchecked: note.unchecked };
}

/** Whether a text is a note, and not another program's JSON. */
function isNote(text: string): boolean {
  try {
    return JSON.parse(text)?.kind === KIND;
  } catch {
    return false;
  }
}
