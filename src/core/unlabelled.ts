import type { Labels } from "./labels.js";
import { isLabelled } from "./labels.js";

/**
 * What is done with items of unknown class: a label below 0, or a row of zeros where there are several classes. "drop":
 * they are left out. "keep": they are items that are relevant, or similar, to none.
 */
export type Unlabelled = "drop" | "keep";

/** Both ways. */
export const UNLABELLED: readonly Unlabelled[] = ["drop", "keep"];

/** Whether the class of every item is known; a pass over the labels that makes nothing. */
export function allLabelled(labels: Labels): boolean {
  if (!(labels instanceof Int32Array)) {
    for (let row = 0; row < labels.count; row++) if (!isLabelled(labels, row)) return false;
    return true;
  }
  for (let row = 0; row < labels.length; row++) if (labels[row] < 0) return false;
  return true;
}

/** The rows among these whose class is known, in their order; the same array when all are. */
export function labelledRows(labels: Labels, rows: Int32Array): Int32Array {
  const known = rows.filter(row => isLabelled(labels, row));
  return known.length === rows.length ? rows : known;
}
