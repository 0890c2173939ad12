import ts from "typescript";
import { cleanPaths } from "./compile-errors.js";
import type { CellProgram } from "./compile-program.js";
import type { CompletionEntry, Completions } from "./thread-messages.js";

/** Of longer lists no signatures are told: each costs about as much as the list. */
const MOST_SIGNATURES = 200;

/**
 * What can stand at a place of a cell.
 * @param offset where the cell begins in its draft
 */
export function completionsAt(cells: CellProgram, offset: number, source: string, position: number): Completions {
  const typed = /[\p{ID_Continue}$]*$/u.exec(source.slice(0, position))?.[0] ?? "";
  const start = position - typed.length;
  const found = cells.service.getCompletionsAtPosition(cells.draftFile, offset + position, {
    includeCompletionsWithInsertText: false,
    includeCompletionsForModuleExports: false,
  });
  const wanted = (found?.entries ?? [])
    .filter(({ name, kind }) => startsAlike(name, typed) && kind !== ts.ScriptElementKind.warning)
    .sort((a, b) => compare(a.sortText, b.sortText) || compare(a.name, b.name));
  const program = cells.service.getProgram() as ts.Program;
  const entries = wanted.map(entry => completionEntry(cells, program, offset + position, entry, wanted.length));
  return { start, end: position, entries };
}

function startsAlike(name: string, typed: string): boolean {
  return name.toLowerCase().startsWith(typed.toLowerCase());
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function completionEntry(
  cells: CellProgram,
  program: ts.Program,
  place: number,
  { name, kind, source, data }: ts.CompletionEntry,
  among: number,
): CompletionEntry {
  void program;
  if (among > MOST_SIGNATURES || kind === ts.ScriptElementKind.keyword) return { text: name, type: kind };
  const details = cells.service.getCompletionEntryDetails(cells.draftFile, place, name, {}, source, {}, data);
  const signature = cleanPaths(ts.displayPartsToString(details?.displayParts));
  return signature === "" ? { text: name, type: kind } : { text: name, type: kind, signature };
}
