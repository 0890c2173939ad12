/** The items of each class that a query has. */
export interface ItemsByClass {
  /** Items by class, ascending in each; as long as the database, filled as far as items are listed. */
  readonly items: Int32Array;
  /** (queries, 2) where the list of the query's class starts, and where it ends. */
  readonly perQuery: Int32Array;
}

/** Lists the items that are relevant to some query, by class: a counting sort over the classes of the queries. */
export function itemsByClass(queryLabels: Int32Array, databaseLabels: Int32Array): ItemsByClass {
  const classes = new Map<number, number>();
  for (const label of queryLabels) if (!classes.has(label)) classes.set(label, classes.size);
  const classOf = new Int32Array(databaseLabels.length); // −1 where no query is of that class
  const starts = new Int32Array(classes.size + 1);
  for (let item = 0, before = 0, known = -1; item < databaseLabels.length; item++) {
    // Neighbours often have the same label: databases are often sorted by class.
    if (item === 0 || databaseLabels[item] !== before) {
      before = databaseLabels[item];
      known = classes.get(before) ?? -1;
    }
    classOf[item] = known;
    if (known >= 0) starts[known + 1]++;
  }
  for (let c = 0; c < classes.size; c++) starts[c + 1] += starts[c];
  const next = starts.slice();
  const items = new Int32Array(databaseLabels.length);
  for (let item = 0; item < items.length; item++) if (classOf[item] >= 0) items[next[classOf[item]]++] = item;
  const perQuery = new Int32Array(2 * queryLabels.length);
  for (let query = 0; query < queryLabels.length; query++) {
    const c = classes.get(queryLabels[query])!;
    perQuery[2 * query] = starts[c];
    perQuery[2 * query + 1] = starts[c + 1];
  }
  return { items, perQuery };
}
