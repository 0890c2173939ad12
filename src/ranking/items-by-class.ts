/** The items of each class that a query has. */
export interface ItemsByClass {
  /** Items by class, ascending in each; as long as the database, filled as far as items are listed. */
  readonly items: Int32Array;
  /** (queries, 2) where the list of the query's class starts, and where it ends; 0 both where the class is not known. */
  readonly perQuery: Int32Array;
  /** The length of the longest list. */
  readonly most: number;
}

/** Lists the items that are relevant to some query, by class: a counting sort over the classes of the queries. */
export function itemsByClass(queryLabels: Int32Array, databaseLabels: Int32Array): ItemsByClass {
  const { classes, classOf } = classesOf(queryLabels, databaseLabels);
  const starts = new Int32Array(classes + 1);
  for (let item = 0; item < classOf.length; item++) if (classOf[item] >= 0) starts[classOf[item] + 1]++;
  const most = starts.reduce((a, b) => Math.max(a, b), 0);
  for (let c = 0; c < classes; c++) starts[c + 1] += starts[c];
  const next = starts.slice();
  const items = new Int32Array(databaseLabels.length);
  for (let item = 0; item < items.length; item++) if (classOf[item] >= 0) items[next[classOf[item]]++] = item;
  const perQuery = new Int32Array(2 * queryLabels.length);
  const classOfQuery = classesOf(queryLabels, queryLabels).classOf;
  for (let query = 0; query < queryLabels.length; query++) {
    if (classOfQuery[query] < 0) continue;
    perQuery[2 * query] = starts[classOfQuery[query]];
    perQuery[2 * query + 1] = starts[classOfQuery[query] + 1];
  }
  return { items, perQuery, most };
}

/** Entries of a table of classes at most, about; higher labels go through a map. */
const TABLE = 1 << 20;

/** Numbers the classes of the queries from 0; gives the number of each item's class, −1 where no query has it or none is known. */
function classesOf(queryLabels: Int32Array, labels: Int32Array): { classes: number; classOf: Int32Array } {
  const highest = queryLabels.reduce((a, b) => Math.max(a, b), 0);
  const classOf = new Int32Array(labels.length);
  if (highest < TABLE) {
    // A table: looking labels up in a map takes longer than all else that is prepared for a scan.
    const table = new Int32Array(highest + 1).fill(-1);
    let classes = 0;
    for (const label of queryLabels) if (label >= 0 && table[label] < 0) table[label] = classes++;
    for (let i = 0; i < labels.length; i++) classOf[i] = labels[i] >= 0 && labels[i] <= highest ? table[labels[i]] : -1;
    return { classes, classOf };
  }
  const numbers = new Map<number, number>();
  for (const label of queryLabels) if (label >= 0 && !numbers.has(label)) numbers.set(label, numbers.size);
  for (let i = 0; i < labels.length; i++) classOf[i] = numbers.get(labels[i]) ?? -1;
  return { classes: numbers.size, classOf };
}
