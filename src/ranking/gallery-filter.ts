import { popcount } from "../codes/popcount.js";
import { InputError } from "../core/errors.js";
import type { Labels, MultiHotLabels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import type { GallerySegment } from "./gallery-segment.js";

/** Which rows of a gallery may be found: marks in its segments, made anew when other classes are asked for. */
export class FilterMarks {
  private marked: { readonly key: string; readonly count: number } | undefined;

  constructor(
    private readonly segments: readonly GallerySegment[],
    private readonly labels: Labels | undefined,
  ) {}

  /**
   * Marks the rows with one of these classes.
   * @returns how many those are
   * @throws {InputError} when the gallery knows no labels, for what is no class, and for classes that none of its items has
   */
  mark(classes: readonly number[]): number {
    const wrong = classes.find(label => !Number.isInteger(label) || label < 0);
    if (wrong !== undefined) {
      throw new InputError("no class to filter by", { expected: "integers of 0 or more", actual: `${wrong}` });
    }
    const { labels } = this;
    if (labels === undefined) {
      throw new InputError("this gallery cannot be filtered by class", { expected: "labels when it is opened" });
    }
    const wanted = [...new Set(classes)].sort((a, b) => a - b);
    const key = wanted.join();
    if (this.marked?.key === key) return this.marked.count;
    const unknown = labelCount(labels) === 0 ? undefined : wanted.find(label => !hasItem(labels, label));
    if (unknown !== undefined) {
      throw new InputError("no item of this gallery has such a class", {
        expected: `classes that its labels have, of 0 to ${classCount(labels) - 1}`,
        actual: `${unknown}`,
      });
    }
    this.marked = undefined;
    let count = 0;
    for (const segment of this.segments) count += markSegment(segment, labels, wanted);
    this.marked = { key, count };
    return count;
  }
}

/** One more than the greatest class of a label; of multi-hot labels, their columns. */
function classCount(labels: Labels): number {
  if (!(labels instanceof Int32Array)) return labels.classes;
  let greatest = -1;
  for (let row = 0; row < labels.length; row++) if (labels[row] > greatest) greatest = labels[row];
  return greatest + 1;
}

/** Whether an item has a class; looks at all of them only where none has. */
function hasItem(labels: Labels, label: number): boolean {
  if (labels instanceof Int32Array) return labels.includes(label);
  const { words, wordsPerItem, classes } = labels;
  if (label >= classes) return false;
  const mask = 1 << (label & 31);
  for (let at = label >> 5; at < words.length; at += wordsPerItem) if ((words[at] & mask) !== 0) return true;
  return false;
}

function markSegment({ shape, allowed }: GallerySegment, labels: Labels, classes: readonly number[]): number {
  const { first, count } = shape;
  allowed.fill(0);
  if (labels instanceof Int32Array) markSingle(labels.subarray(first, first + count), classes, allowed);
  else {
    const { words, wordsPerItem } = labels;
    const some = words.subarray(first * wordsPerItem, (first + count) * wordsPerItem);
    markMulti(some, wordsPerItem, wantedWords(labels, classes), allowed);
  }
  let marked = 0;
  for (let byte = 0; byte < allowed.length; byte++) marked += popcount(allowed[byte]);
  return marked;
}

// Loops over all rows, without a call or a branch a row: 10^8 rows are marked anew whenever other classes are asked for.

function markSingle(labels: Int32Array, classes: readonly number[], allowed: Uint8Array): void {
  for (const wanted of classes) {
    for (let row = 0; row < labels.length; row++) allowed[row >>> 3] |= Number(labels[row] === wanted) << (row & 7);
  }
}

function markMulti(words: Int32Array, wordsPerItem: number, wanted: Int32Array, allowed: Uint8Array): void {
  for (const [w, mask] of wanted.entries()) {
    if (mask === 0) continue;
    for (let row = 0, at = w; at < words.length; row++, at += wordsPerItem) {
      allowed[row >>> 3] |= Number((words[at] & mask) !== 0) << (row & 7);
    }
  }
}

/** A bit for each class that is wanted, (wordsPerItem). */
function wantedWords({ wordsPerItem, classes: known }: MultiHotLabels, classes: readonly number[]): Int32Array {
  const wanted = new Int32Array(wordsPerItem);
  for (const label of classes) if (label < known) wanted[label >> 5] |= 1 << (label & 31);
  return wanted;
}
