import type { Labels } from "./labels.js";

/** Classes of an item in ascending order; none where they are not known. */
export function classesOf(labels: Labels, row: number): number[] {
  if (labels instanceof Int32Array) return labels[row] >= 0 ? [labels[row]] : [];
  const classes: number[] = [];
  for (let word = 0; word < labels.wordsPerItem; word++) {
    let rest = labels.words[row * labels.wordsPerItem + word];
    while (rest !== 0) {
      const bit = 31 - Math.clz32(rest & -rest);
      classes.push(word * 32 + bit);
      rest &= rest - 1;
    }
  }
  return classes;
}

/** Classes that two items have in common, ascending: they are relevant to each other where there is one. */
export function sharedClasses(labels: Labels, row: number, other: number): number[] {
  const others = new Set(classesOf(labels, other));
  return classesOf(labels, row).filter(label => others.has(label));
}

/** Labels of as many items, those of some rows unknown. */
export function withUnknown(labels: Labels, unknown: readonly number[] | Int32Array): Labels {
  const rows = new Set(unknown);
  if (labels instanceof Int32Array) return labels.map((label, row) => (rows.has(row) ? -1 : label));
  const { wordsPerItem } = labels;
  return { ...labels, words: labels.words.map((word, at) => (rows.has(Math.floor(at / wordsPerItem)) ? 0 : word)) };
}
