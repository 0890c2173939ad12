import { InputError } from "./errors.js";
import type { Labels, MultiHotLabels } from "./labels.js";

/** The labels of the given rows, in their order, copied; of the kind that was given. */
export function takeLabels<L extends Labels>(labels: L, rows: Int32Array): L;
export function takeLabels(labels: Labels, rows: Int32Array): Labels {
  return labels instanceof Int32Array ? rows.map(row => labels[row]) : takeSets(labels, rows);
}

function takeSets({ words, classes, wordsPerItem }: MultiHotLabels, rows: Int32Array): MultiHotLabels {
  const taken = new Int32Array(rows.length * wordsPerItem); // (rows, wordsPerItem)
  rows.forEach((row, i) => {
    taken.set(words.subarray(row * wordsPerItem, (row + 1) * wordsPerItem), i * wordsPerItem);
  });
  return { words: taken, count: rows.length, classes, wordsPerItem };
}

/**
 * The labels of several parts, one after the other.
 * @param parts of one kind, multi-hot ones of the same classes; one at least
 * @throws {InputError} when they are of different kinds
 */
export function joinLabels(parts: readonly Labels[]): Labels {
  const numbers: Int32Array[] = [];
  const sets: MultiHotLabels[] = [];
  for (const part of parts) {
    if (part instanceof Int32Array) numbers.push(part);
    else sets.push(part);
  }
  if (sets.length === 0) return Int32Array.from(numbers.flatMap(part => Array.from(part)));
  const [{ classes, wordsPerItem }] = sets;
  if (numbers.length > 0 || sets.some(part => part.classes !== classes)) {
    throw new InputError("these labels cannot be joined", { expected: "labels of one kind and number of classes" });
  }
  const words = Int32Array.from(sets.flatMap(part => Array.from(part.words))); // (rows of all, wordsPerItem)
  return { words, count: words.length / wordsPerItem, classes, wordsPerItem };
}
