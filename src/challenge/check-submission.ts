import { readFile } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import type { ChallengeNames, NameFault, NameLookup } from "./known-names.js";
import { nameLookup } from "./known-names.js";
import type { SubmissionLine } from "./submission.js";
import { placesOf } from "./submission.js";
import type { FaultKind, SubmissionFault } from "./submission-fault.js";
import type { TextLine } from "./submission-lines.js";
import { linesOf, piecesOf, splitLine } from "./submission-lines.js";

/** A submission as far as it could be read, with all its faults; it is valid when there are none. */
export interface CheckedSubmission {
  /** Of the lines whose query is known and comes first there; names as meant. */
  readonly lines: readonly SubmissionLine[];
  /** All of them, by line; those of the whole file last. */
  readonly faults: readonly SubmissionFault[];
}

/**
 * Checks a submission against the names it may hold: each query once, each with exactly ten different gallery images
 * (all of a gallery that has fewer), `query.jpg,{g1.jpg,…,g10.jpg}` a line, UTF-8, no header. Goes on after a fault, so
 * that all are found at once.
 * @param content the bytes of the file
 * @throws {InputError} only when the known names themselves are not unique
 */
export function checkSubmission(content: Uint8Array, names: ChallengeNames): CheckedSubmission {
  const lookups = {
    query: nameLookup("query", names.queries, names.gallery),
    gallery: nameLookup("gallery", names.gallery, names.queries),
  };
  const faults: SubmissionFault[] = [];
  const lines: SubmissionLine[] = [];
  const firstLine = new Map<string, number>();
  for (const line of linesOf(content, faults)) {
    const read = checkLine(line, lookups, placesOf(names.gallery.length), faults);
    if (read === undefined) continue;
    const before = firstLine.get(read.query);
    if (before === undefined) {
      firstLine.set(read.query, line.number);
      lines.push(read);
    } else faults.push(fault(line, "repeated-query", `query ${quoteName(read.query)} is already in line ${before}`));
  }
  for (const query of names.queries) {
    if (firstLine.has(query)) continue;
    faults.push({ line: null, kind: "missing-query", message: `no line for query ${quoteName(query)}` });
  }
  return { lines, faults };
}

/**
 * Reads and checks a submission, see {@link checkSubmission}.
 * @throws {InputError} when the file cannot be read
 */
export async function readSubmission(file: string, names: ChallengeNames): Promise<CheckedSubmission> {
  let content: Uint8Array;
  try {
    content = await readFile(file);
  } catch (cause) {
    throw new InputError("cannot be read", { file, expected: "a submission", actual: (cause as Error).message, cause });
  }
  return checkSubmission(content, names);
}

interface Lookups {
  readonly query: NameLookup;
  readonly gallery: NameLookup;
}

function fault(line: TextLine, kind: FaultKind, message: string): SubmissionFault {
  return { line: line.number, kind, message };
}

const quoteName = (name: string): string => JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}…` : name);

/** One line; undefined when it is no answer to a known query. */
function checkLine(line: TextLine, known: Lookups, places: number, faults: SubmissionFault[]): Read {
  const report: Report = (kind, message) => faults.push(fault(line, kind, message));
  if (line.text.trim() === "") {
    report("empty-line", "the line is empty");
    return undefined;
  }
  const ofForm: SubmissionFault[] = [];
  const reportForm: Report = (kind, message) => ofForm.push(fault(line, kind, message));
  const parts = splitLine(line, reportForm);
  const written = piecesOf(parts.list, name => known.gallery.resolve(name).faults.includes("unknown"), reportForm);
  if (line.number === 1 && isHeader([parts.query, ...written], known)) {
    report("header", `this looks like a header, ${quoteName(line.text)}; there must be none`);
    return undefined;
  }
  faults.push(...ofForm); // of a header the form does not matter
  if (parts.cutShort) return known.query.places.has(parts.query) ? { query: parts.query, gallery: [] } : undefined;
  const query = resolveName(parts.query, "query", known.query, report);
  const gallery = checkList(written, known.gallery, places, report);
  return query === undefined ? undefined : { query, gallery };
}

type Read = SubmissionLine | undefined;
type Report = (kind: FaultKind, message: string) => unknown;

/** Nothing in the line is a known name, nor ends as the name of an image does. */
function isHeader(names: readonly string[], known: Lookups): boolean {
  return names.every(name => {
    const unknown = [known.query, known.gallery].every(side => side.resolve(name).faults.includes("unknown"));
    return unknown && !/\.[a-z0-9]{2,5}$/i.test(name.trim());
  });
}

/** The names of a list, those that are known. */
function checkList(written: readonly string[], known: NameLookup, places: number, report: Report): string[] {
  const names = written.filter(name => name.trim() !== "");
  if (names.length < written.length && names.length > 0) report("empty-name", "a name in the list is empty");
  if (names.length !== places) report("count", `${names.length} gallery images; exactly ${places} are expected`);
  const firstPlace = new Map<string, number>();
  const list: string[] = [];
  for (const [place, name] of names.entries()) {
    const meant = resolveName(name, "gallery", known, report);
    if (meant === undefined) continue;
    const before = firstPlace.get(meant);
    if (before === undefined) {
      firstPlace.set(meant, place + 1);
      list.push(meant);
    } else report("duplicate", `${quoteName(meant)} in places ${before} and ${place + 1}; images must differ`);
  }
  return list;
}

/** The known name that is meant. */
function resolveName(
  written: string,
  side: "query" | "gallery",
  known: NameLookup,
  report: Report,
): string | undefined {
  const { name, faults } = known.resolve(written);
  const other = side === "query" ? "gallery" : "query";
  const messages: Readonly<Record<NameFault, string>> = {
    spaces: `blanks around the ${side} name ${quoteName(written)}`,
    path: `a folder before the ${side} name ${quoteName(written)}; file names alone are expected`,
    case: `${side} name ${quoteName(written)} differs in case from ${quoteName(name)}`,
    extension: `${side} name ${quoteName(written)} differs in its extension from ${quoteName(name)}`,
    "wrong-side": `${quoteName(written)} is a ${other} image, not a ${side} image`,
    unknown: written.trim() === "" ? `the ${side} name is empty` : `${side} image ${quoteName(written)} is not known`,
  };
  for (const kind of faults) report(kind === "unknown" && written.trim() === "" ? "empty-name" : kind, messages[kind]);
  return known.places.has(name) ? name : undefined;
}
