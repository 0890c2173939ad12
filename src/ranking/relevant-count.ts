import type { Labels, MultiHotLabels } from "./labels.js";

/** At least the number of database items relevant to any query: exact for single labels, a bound for multi-hot ones. */
export function mostRelevant(queryLabels: Labels, databaseLabels: Labels): number {
  if (queryLabels instanceof Int32Array || databaseLabels instanceof Int32Array) {
    return mostEqual(queryLabels as Int32Array, databaseLabels as Int32Array);
  }
  return mostSharing(queryLabels, databaseLabels);
}

function mostEqual(queryLabels: Int32Array, databaseLabels: Int32Array): number {
  const counts = new Map<number, number>();
  for (const label of queryLabels) counts.set(label, 0);
  let most = 0;
  // Runs of one label cost one look-up: databases are often sorted by class.
  for (let from = 0; from < databaseLabels.length; ) {
    const label = databaseLabels[from];
    let to = from + 1;
    while (to < databaseLabels.length && databaseLabels[to] === label) to++;
    const count = counts.get(label);
    if (count !== undefined) {
      counts.set(label, count + to - from);
      most = Math.max(most, count + to - from);
    }
    from = to;
  }
  return most;
}

/** The sum of the sizes of a query's classes, at most the whole database; an item of two of them counts twice. */
function mostSharing(queryLabels: MultiHotLabels, databaseLabels: MultiHotLabels): number {
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
