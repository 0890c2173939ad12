import ts = require("typescript");

import { CELL_FILE_PREFIX } from "./compile-program.js";
import type { CellError } from "./thread-messages.js";

/** The text of a cell and what it is called in messages: "cell 3". */
export interface NamedCell {
  source: string;
  title: string;
}

/** What makes a cell impossible to run, whatever its types: 1000 to 1999 are TypeScript's numbers for grammar. */
const DECLARED_TWICE = [2300, 2451];
/** Parameters and variables whose type nobody wrote are allowed to be anything, modules without types as well. */
const IMPLICIT_ANY = new Set([
  7005, 7006, 7008, 7010, 7011, 7013, 7015, 7016, 7017, 7018, 7019, 7020, 7022, 7023, 7024, 7031, 7032, 7033, 7034,
  7052, 7053,
]);

/** What may be undefined says so when it runs: `rows.find(…).name` is how cells are written. */
const POSSIBLY_UNDEFINED = [2531, 2532, 2533, 18047, 18048, 18049];
/** `import fs = require("node:fs")`, which TypeScript refuses in modules, is what cells were told to write elsewhere. */
const ALLOWED = new Set([...IMPLICIT_ANY, ...POSSIBLY_UNDEFINED, 1202]);

/** Of a file's faults, those the user should hear of, split by whether they can be overlooked. */
export function sortFaults(faults: readonly ts.Diagnostic[]): { grammar: ts.Diagnostic[]; types: ts.Diagnostic[] } {
  const errors = faults.filter(fault => fault.category === ts.DiagnosticCategory.Error && !ALLOWED.has(fault.code));
  const isGrammar = ({ code }: ts.Diagnostic): boolean => code < 2000 || DECLARED_TWICE.includes(code);
  return { grammar: errors.filter(isGrammar), types: errors.filter(fault => !isGrammar(fault)) };
}

/** @returns the faults as the error of a cell: the first one as its message, up to five in its trace */
export function faultsError(
  ename: "SyntaxError" | "TypeScriptError",
  faults: ts.Diagnostic[],
  cell: NamedCell,
): CellError {
  const shown = faults.slice(0, 5).flatMap(fault => faultLines(fault, cell));
  const more = faults.length > 5 ? [`… and ${faults.length - 5} more`] : [];
  return {
    ename,
    evalue: `${placeOf(faults[0], cell)}: ${messageOf(faults[0])}`,
    traceback: [...shown.map((line, i) => (i === 0 ? `${RED}${ename}${PLAIN}: ${line}` : line)), ...more],
  };
}

/** A fault as lines without colours, for a warning. */
export function faultText(fault: ts.Diagnostic, cell: NamedCell): string {
  return faultLines(fault, cell).join("\n");
}

const RED = "\u001b[1;31m";
const PLAIN = "\u001b[0m";

/** Message, line, and a caret below what is meant. */
function faultLines(fault: ts.Diagnostic, cell: NamedCell): string[] {
  const { line, column, text, length } = spotOf(fault, cell);
  const number = String(line).padStart(5);
  const caret = `${" ".repeat(number.length)} | ${text.slice(0, column).replaceAll(/[^\t]/g, " ")}${"^".repeat(length)}`;
  return [`${placeOf(fault, cell)}: ${messageOf(fault)}`, `${number} | ${text}`, caret];
}

function placeOf(fault: ts.Diagnostic, cell: NamedCell): string {
  return `${cell.title}, line ${spotOf(fault, cell).line}`;
}

/** Where a fault is: what lies behind the cell's end is shown at its end. `line` counts from 1, `column` from 0. */
function spotOf(fault: ts.Diagnostic, cell: NamedCell): { line: number; column: number; text: string; length: number } {
  const start = Math.min(fault.start ?? 0, cell.source.trimEnd().length);
  const before = cell.source.slice(0, start).split("\n");
  const text = cell.source.split("\n")[before.length - 1] ?? "";
  const column = before[before.length - 1].length;
  const length = Math.max(1, Math.min(fault.length ?? 1, text.length - column));
  return { line: before.length, column, text: text.replace(/\r$/, ""), length };
}

function messageOf(fault: ts.Diagnostic): string {
  const told = RETOLD[fault.code]?.(ts.flattenDiagnosticMessageText(fault.messageText, "\n"));
  const text = told ?? ts.flattenDiagnosticMessageText(fault.messageText, "\n");
  return `${cleanPaths(text)}${told === undefined ? ` (TS${fault.code})` : ""}`;
}

/** Takes the files of cells, which nobody has written, out of types. */
export function cleanPaths(text: string): string {
  return text.replaceAll(new RegExp(`import\\("[^"]*${CELL_FILE_PREFIX.replaceAll(".", "\\.")}[^"]*"\\)\\.`, "g"), "");
}

/** What TypeScript says of files, said of cells. */
const RETOLD: Record<number, (message: string) => string> = {
  1108: () => "`return` has no meaning in a cell: the value of a cell is that of its last expression",
  2632: message =>
    `${message.replace(/ because it is an import\.$/, "")}: an earlier cell declares it, and not with \`let\``,
};
