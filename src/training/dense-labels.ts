import type { Labels } from "../core/labels.js";

/** Labels as a loss sees them. */
export interface DenseLabels {
  /** Class numbers 0 to classes − 1, −1 where no train row has the class; multi-hot labels as they were. */
  readonly labels: Labels;
  readonly classes: number;
  /** The labels that were numbered, ascending; absent for multi-hot labels, whose classes have their places. */
  readonly numbered?: readonly number[];
}

/**
 * Numbers the classes of the train rows from 0, in the order of their own numbers: a centre or a classifier's output for
 * each class that is learned, however the numbers lie.
 * @param train rows
 */
export function denseLabels(labels: Labels, train: Int32Array): DenseLabels {
  if (!(labels instanceof Int32Array)) return { labels, classes: labels.classes };
  const present = [...new Set(train.map(row => labels[row]))].filter(label => label >= 0).sort((a, b) => a - b);
  const numbers = new Map(present.map((label, number) => [label, number]));
  return { labels: labels.map(label => numbers.get(label) ?? -1), classes: present.length, numbered: present };
}

/** Multi-hot labels as a matrix of 0 and 1, (n, classes). */
export function multiHotMatrix(labels: Exclude<Labels, Int32Array>): { data: Float32Array; shape: [number, number] } {
  const { words, count, classes, wordsPerItem } = labels;
  const data = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < classes; c++) {
      data[row * classes + c] = (words[row * wordsPerItem + (c >>> 5)] >>> (c & 31)) & 1;
    }
  }
  return { data, shape: [count, classes] };
}
