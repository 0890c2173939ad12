import ts = require("typescript");

import { parseCell } from "./compile-syntax.js";
import type { Completeness } from "./thread-messages.js";

const INDENT = "  ";
/** A string and a regular expression without end: they end with their line, so no further line mends them. */
const ENDED_BY_LINE = [1002, 1161];

/** Whether a cell can be run as it stands, or waits for further lines. */
export function completenessOf(source: string): Completeness {
  const { faults } = parseCell(source);
  if (faults.length === 0) return { status: "complete" };
  // What is missing is missing at the end; a fault before it will not be mended by more lines.
  const end = source.trimEnd().length;
  const isMended = faults[0].start >= end && !faults.some(({ code }) => ENDED_BY_LINE.includes(code));
  return isMended ? { status: "incomplete", indent: INDENT.repeat(openBrackets(source)) } : { status: "invalid" };
}

/** How many brackets are open at the end of a text. */
function openBrackets(source: string): number {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, source);
  const open: ts.SyntaxKind[] = [];
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (OPENING.has(token)) open.push(token);
    else if (token === ts.SyntaxKind.CloseBraceToken && open.at(-1) === ts.SyntaxKind.TemplateHead) {
      // The brace ends a part of a template, whose text goes on.
      if (scanner.reScanTemplateToken(false) === ts.SyntaxKind.TemplateTail) open.pop();
    } else if (CLOSING.has(token)) open.pop();
  }
  return open.length;
}

const OPENING = new Set([
  ts.SyntaxKind.OpenBraceToken,
  ts.SyntaxKind.OpenBracketToken,
  ts.SyntaxKind.OpenParenToken,
  ts.SyntaxKind.TemplateHead,
]);
const CLOSING = new Set([
  ts.SyntaxKind.CloseBraceToken,
  ts.SyntaxKind.CloseBracketToken,
  ts.SyntaxKind.CloseParenToken,
]);
