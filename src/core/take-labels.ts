import type { Labels } from "./labels.js";

/** The labels of the given rows, in their order, copied. */
export function takeLabels(labels: Labels, rows: Int32Array): Labels {
  if (labels instanceof Int32Array) return rows.map(row => labels[row]);
  const { words, classes, wordsPerItem } = labels;
  const taken = new Int32Array(rows.length * wordsPerItem); // (rows, wordsPerItem)
  rows.forEach((row, i) => {
    taken.set(words.subarray(row * wordsPerItem, (row + 1) * wordsPerItem), i * wordsPerItem);
  });
  return { words: taken, count: rows.length, classes, wordsPerItem };
}
