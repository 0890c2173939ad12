import type { MultiHotLabels } from "../core/labels.js";

/**
 * At least the number of database items relevant to any query: the sum of the sizes of its classes, at most the whole
 * database; an item of two of them counts twice.
 */
export function mostRelevant(queryLabels: MultiHotLabels, databaseLabels: MultiHotLabels): number {
  const sizes = new Float64Array(databaseLabels.wordsPerItem * 32);
  eachClass(databaseLabels, (_, c) => sizes[c]++);
  const sums = new Float64Array(queryLabels.count);
  eachClass(queryLabels, (query, c) => {
    sums[query] += sizes[c];
  });
  const most = sums.reduce((a, b) => Math.max(a, b), 0);
  return Math.min(most, databaseLabels.count);
}

function eachClass(labels: MultiHotLabels, visit: (item: number, c: number) => void): void {
  const { words, wordsPerItem } = labels;
  for (let at = 0; at < words.length; at++) {
    const item = Math.floor(at / wordsPerItem);
    for (let rest = words[at]; rest !== 0; rest &= rest - 1) {
      visit(item, (at % wordsPerItem) * 32 + 31 - Math.clz32(rest & -rest));
    }
  }
}
