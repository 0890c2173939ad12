import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";

/**
 * How many items have how many classes: `[3, 20, 5]` are 3 without one, 20 of one class, 5 of two. Of labels that are one
 * class an item, two numbers at most. Empty without items.
 * @param rows of the items that count. Default: all
 */
export function labelsAnItem(labels: Labels, rows?: Int32Array): number[] {
  const items: number[] = [];
  for (let i = 0; i < (rows?.length ?? labelCount(labels)); i++) {
    const row = rows === undefined ? i : rows[i];
    const count =
      labels instanceof Int32Array ? Number(labels[row] >= 0) : bitsSet(labels.words, row, labels.wordsPerItem);
    while (items.length <= count) items.push(0);
    items[count]++;
  }
  return items;
}

function bitsSet(words: Int32Array, row: number, wordsPerItem: number): number {
  let count = 0;
  for (let at = row * wordsPerItem; at < (row + 1) * wordsPerItem; at++) {
    for (let word = words[at]; word !== 0; word &= word - 1) count++;
  }
  return count;
}

/** The mean number of classes an item; NaN without items. @param items as {@link labelsAnItem} counts them */
export function meanLabels(items: readonly number[]): number {
  return items.reduce((sum, count, labels) => sum + count * labels, 0) / items.reduce((sum, count) => sum + count, 0);
}
