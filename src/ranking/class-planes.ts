import type { MultiHotLabels } from "../core/labels.js";

/** The items of several classes, a bit an item for each class that a query has. */
export interface ClassPlanes {
  /** (classes of the queries, words) bits of the items, item i in bit i mod 32 of word ⌊i/32⌋; an even number of words. */
  readonly planes: Int32Array;
  /**
   * (queries, 2) where the list of a query's classes starts, and where it ends, in bytes from here on; then these lists:
   * the byte of `planes` where the row of a class starts.
   */
  readonly perQuery: Int32Array;
  /**
   * At least the number of items relevant to any query: the sum of the sizes of its classes, at most the whole database;
   * an item of two of them counts twice.
   */
  readonly most: number;
}

/** Turns label sets about: from the classes of each item to the items of each class. The bits stay as many. */
export function classPlanes(queryLabels: MultiHotLabels, databaseLabels: MultiHotLabels): ClassPlanes {
  const rowOf = new Int32Array(queryLabels.wordsPerItem * 32).fill(-1);
  let [rows, listed] = [0, 0];
  eachClass(queryLabels, (_, c) => {
    if (rowOf[c] < 0) rowOf[c] = rows++;
    listed++;
  });
  const words = 2 * Math.ceil(databaseLabels.count / 64);
  const planes = new Int32Array(rows * words);
  const sizes = new Float64Array(rows);
  eachClass(databaseLabels, (item, c) => {
    const row = rowOf[c];
    if (row < 0) return;
    planes[row * words + (item >>> 5)] |= 1 << (item & 31);
    sizes[row]++;
  });
  const { count } = queryLabels;
  const perQuery = new Int32Array(2 * count + listed);
  const relevant = new Float64Array(count);
  let end = 2 * count;
  eachClass(queryLabels, (query, c) => {
    perQuery[end++] = 4 * words * rowOf[c];
    perQuery[2 * query + 1]++;
    relevant[query] += sizes[rowOf[c]];
  });
  for (let query = 0, at = 2 * count; query < count; query++) {
    perQuery[2 * query] = 4 * at;
    at += perQuery[2 * query + 1];
    perQuery[2 * query + 1] = 4 * at;
  }
  const most = relevant.reduce((a, b) => Math.max(a, b), 0);
  return { planes, perQuery, most: Math.min(most, databaseLabels.count) };
}

/** Visits the classes of the items, by ascending item. */
function eachClass({ words, wordsPerItem, count }: MultiHotLabels, visit: (item: number, c: number) => void): void {
  for (let item = 0, at = 0; item < count; item++) {
    for (let first = 0; first < wordsPerItem * 32; first += 32, at++) {
      for (let rest = words[at]; rest !== 0; rest &= rest - 1) visit(item, first + 31 - Math.clz32(rest & -rest));
    }
  }
}
