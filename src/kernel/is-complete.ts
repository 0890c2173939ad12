import ts from "typescript";
import { parseCell } from "./compile-syntax.js";
import type { Completeness } from "./thread-messages.js";

const INDENT = "  ";
/** What TypeScript says of a template, a comment, a block or a list that has no end. */
const UNENDED = new Set([1160, 1010]);

/** Whether a cell can be run as it stands, or waits for further lines. */
export function completenessOf(source: string): Completeness {
  const { faults } = parseCell(source);
  if (faults.length === 0) return { status: "complete" };
  const end = source.trimEnd().length;
  const [first] = faults;
  // What is missing is missing at the end; a fault before it will not be mended by more lines.
  if (!UNENDED.has(first.code) && first.start + first.length < end) return { status: "invalid" };
  if (isEndedWrongly(source)) return { status: "invalid" };
  return { status: "incomplete", indent: indentAfter(source) };
}

/** Whether the text ends in something that no further line can continue: a string or an expression of another kind. */
function isEndedWrongly(source: string): boolean {
  const { faults } = parseCell(source);
  // 1002: an unterminated string ends with its line; 1161: so does a regular expression.
  return faults.some(({ code }) => code === 1002 || code === 1161);
}

/** The blanks with which the next line begins: one step further for each bracket that is open. */
function indentAfter(source: string): string {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, source);
  let depth = 0;
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (OPENING.has(token)) depth++;
    else if (CLOSING.has(token)) depth--;
  }
  return INDENT.repeat(Math.max(0, depth));
}

const OPENING = new Set([ts.SyntaxKind.OpenBraceToken, ts.SyntaxKind.OpenBracketToken, ts.SyntaxKind.OpenParenToken]);
const CLOSING = new Set([
  ts.SyntaxKind.CloseBraceToken,
  ts.SyntaxKind.CloseBracketToken,
  ts.SyntaxKind.CloseParenToken,
]);
