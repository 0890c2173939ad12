import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";

/** Gallery images a query may name. */
export const SUBMISSION_PLACES = 10;

/** One line of a submission. */
export interface SubmissionLine {
  /** File name of the query, without folders. */
  readonly query: string;
  /** File names of gallery images, best first. */
  readonly gallery: readonly string[];
}

/**
 * How many gallery images a line holds: ten. A gallery of fewer images (there is none in the challenge, but in small
 * folds) gives lines that hold all of it.
 */
export function placesOf(gallery: number): number {
  return Math.min(SUBMISSION_PLACES, gallery);
}

/**
 * The lines of ranked lists.
 * @param ranked (queries, k) rows of the gallery, best first; the first ten of each count
 * @throws {InputError} when there are fewer places than a submission needs, or queries and lists differ in number
 */
export function submissionLines(
  ranked: NdArray<Int32Array>,
  queryNames: readonly string[],
  galleryNames: readonly string[],
): SubmissionLine[] {
  const [queries, k] = ranked.shape;
  const places = placesOf(galleryNames.length);
  if (queries !== queryNames.length || k < places) {
    throw new InputError("ranked lists do not make a submission", {
      expected: `${queryNames.length} lists of ${places} places or more`,
      actual: `${queries} of ${k}`,
    });
  }
  return queryNames.map((query, q) => ({
    query,
    gallery: Array.from(ranked.data.subarray(q * k, q * k + places), row => galleryNames[row]),
  }));
}

/**
 * The text of a submission: `query.jpg,{g1.jpg,…,g10.jpg}` a line, no header, lines ended by a line feed.
 * @throws {InputError} for a name that the format cannot hold
 */
export function submissionText(lines: readonly SubmissionLine[]): string {
  return lines
    .map(({ query, gallery }) => `${writable(query)},{${gallery.map(name => writable(name)).join(",")}}\n`)
    .join("");
}

/** Writes a submission in one atomic step. @throws {InputError} for a name that the format cannot hold */
export async function writeSubmission(file: string, lines: readonly SubmissionLine[]): Promise<void> {
  await writeAtomically(file, submissionText(lines));
}

/** @throws {InputError} for a name that a reader would cut in pieces or change: the format has no way to quote */
function writable(name: string): string {
  const bad = /[,{}"]|\p{Cc}|^\s|\s$|^$|^'.*'$/u.exec(name);
  if (bad === null && Buffer.from(name).toString() === name) return name; // else: lone surrogates
  throw new InputError("a file name cannot be written in a submission", {
    expected: "names without comma, brace, quotes, control character, or blank at either end; rename the file",
    actual: JSON.stringify(name),
  });
}
