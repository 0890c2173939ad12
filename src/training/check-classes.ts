import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { hasClass } from "../core/labels.js";
import type { TrainedMethod } from "../methods/method.js";

/** Rows that are learned from. */
interface LearnedRows {
  readonly labels: Labels;
  readonly train: Int32Array;
}

/** Class numbers of items that carry the same ones, and how many items these are. */
interface LabelSet {
  readonly words: Int32Array;
  count: number;
}

/**
 * Checks that the train rows hold what a method learns from: without it a training ends in codes that say nothing, and
 * does so without a fault.
 * @throws {InputError} saying what is lacking
 */
export function checkClasses(
  { labels, train }: LearnedRows,
  { name, learnsFrom = "classes" }: Pick<TrainedMethod<unknown>, "name" | "learnsFrom">,
): void {
  switch (learnsFrom) {
    case "features":
      return;
    case "classes":
      labelSets(labels, train, name);
      return;
    case "pairs":
      checkPairs(labelSets(labels, train, name), train, name);
  }
}

function checkPairs(sets: readonly LabelSet[], { length }: Int32Array, name: string): void {
  const { similar, dissimilar } = pairsOf(sets);
  if (!dissimilar) {
    throw new InputError(
      `${name} learns from pairs, and there are no dissimilar ones: every two train rows share a class`,
      {
        expected: "two train rows that share no class",
        actual: `${length} rows`,
      },
    );
  }
  if (!similar) {
    throw new InputError(`${name} learns from pairs, and there are no similar ones: no two train rows share a class`, {
      expected: "two train rows or more of a class",
      actual: `${length} rows of ${sets.length} classes`,
    });
  }
}

/** @throws {InputError} when all rows carry the same classes */
function labelSets(labels: Labels, train: Int32Array, name: string): LabelSet[] {
  const sets = new Map<string, LabelSet>();
  for (const row of train) {
    const words =
      labels instanceof Int32Array
        ? labels.subarray(row, row + 1)
        : labels.words.subarray(row * labels.wordsPerItem, (row + 1) * labels.wordsPerItem);
    const key = words.join();
    const known = sets.get(key);
    if (known === undefined) sets.set(key, { words, count: 1 });
    else known.count++;
  }
  if (sets.size < 2) {
    throw new InputError(`${name} has nothing to tell apart: all ${train.length} train rows are of the same class`, {
      expected: "train rows of two classes or more",
      actual: describeRow(labels, train[0]),
    });
  }
  // Single labels are sets of one: their numbers are no bits.
  if (!(labels instanceof Int32Array)) return [...sets.values()];
  const wordsPerItem = Math.ceil(sets.size / 32);
  return [...sets.values()].map(({ count }, at) => {
    const words = new Int32Array(wordsPerItem);
    words[at >> 5] = 1 << (at & 31);
    return { words, count };
  });
}

/** Which kinds of pairs two different rows can make. */
function pairsOf(sets: readonly LabelSet[]): { similar: boolean; dissimilar: boolean } {
  let similar = false;
  let dissimilar = false;
  for (const [at, { words, count }] of sets.entries()) {
    if (count > 1) {
      if (words.some(word => word !== 0)) similar = true;
      else dissimilar = true; // two rows without a class share none
    }
    for (let other = at + 1; other < sets.length && !(similar && dissimilar); other++) {
      if (sets[other].words.some((word, w) => (word & words[w]) !== 0)) similar = true;
      else dissimilar = true;
    }
    if (similar && dissimilar) break;
  }
  return { similar, dissimilar };
}

function describeRow(labels: Labels, row: number): string {
  const classes =
    labels instanceof Int32Array
      ? [labels[row]]
      : Array.from({ length: labels.classes }, (_, c) => c).filter(c => hasClass(labels, row, c));
  return classes.length === 0 ? "no class" : `class ${classes.join(" and ")}`;
}
