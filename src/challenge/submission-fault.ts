import type { NameFault } from "./known-names.js";

/** What can be wrong with a submission. */
export type FaultKind =
  | NameFault
  | "encoding"
  | "byte-order-mark"
  | "line-end"
  | "empty-file"
  | "empty-line"
  | "header"
  | "quotes"
  | "braces"
  | "separator"
  | "trailing-text"
  | "cut-short"
  | "empty-name"
  | "count"
  | "duplicate"
  | "repeated-query"
  | "missing-query";

/** One thing that is wrong. */
export interface SubmissionFault {
  /** Line number from 1; null for what is missing from the file as a whole. */
  readonly line: number | null;
  readonly kind: FaultKind;
  /** For people: what is there and what is expected. */
  readonly message: string;
}

/**
 * Faults for people, a line each: at most five of a kind, then how many more there are.
 * @param file the name that starts each line
 */
export function faultsText(faults: readonly SubmissionFault[], file: string): string {
  const perKind = 5;
  const counts = new Map<FaultKind, number>();
  const lines: string[] = [];
  for (const { line, kind, message } of faults) {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count <= perKind) lines.push(`${file}${line === null ? "" : `:${line}`}: ${message}`);
  }
  for (const [kind, count] of counts) {
    if (count > perKind) lines.push(`${file}: and ${count - perKind} more of this kind: ${kind}`);
  }
  return lines.join("\n");
}
