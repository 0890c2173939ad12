import { InputError } from "../core/errors.js";
import type { Labels, MultiHotLabels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";

/** The ground truth between queries and database: relevant are items that share a label; those of unknown label are relevant to none. */
export interface Relevance {
  /** Number of queries. */
  readonly queries: number;
  /** Number of items in the database. */
  readonly database: number;
  /**
   * Marks the items relevant to one query.
   * @param mask (database,), overwritten with 1 for relevant and 0 for the others
   * @returns how many are relevant
   */
  mark(query: number, mask: Uint8Array): number;
}

/**
 * Relevance by shared labels. Takes time and memory linear in the database for a query; no matrix is made.
 * @throws {InputError} when one side has single labels and the other multi-hot ones, or their classes differ in number
 */
export function relevanceByLabels(queryLabels: Labels, databaseLabels: Labels): Relevance {
  const sizes = { queries: labelCount(queryLabels), database: labelCount(databaseLabels) };
  if (queryLabels instanceof Int32Array && databaseLabels instanceof Int32Array) {
    return { ...sizes, mark: (query, mask) => markEqual(queryLabels[query], databaseLabels, mask) };
  }
  if (queryLabels instanceof Int32Array || databaseLabels instanceof Int32Array) {
    throw new InputError("labels of queries and database are of different kinds", {
      expected: "both single labels (n,) or both multi-hot (n, classes)",
      actual: "one of each",
    });
  }
  if (queryLabels.classes !== databaseLabels.classes) {
    throw new InputError("labels of queries and database differ in classes", {
      expected: `${queryLabels.classes} classes as for the queries`,
      actual: `${databaseLabels.classes} for the database`,
    });
  }
  return { ...sizes, mark: (query, mask) => markSharing(queryLabels, query, databaseLabels, mask) };
}

function markEqual(label: number, labels: Int32Array, mask: Uint8Array): number {
  // Two unknown labels are no shared one.
  if (label < 0) {
    mask.fill(0);
    return 0;
  }
  let relevant = 0;
  for (let i = 0; i < labels.length; i++) {
    const equal = labels[i] === label ? 1 : 0;
    mask[i] = equal;
    relevant += equal;
  }
  return relevant;
}

function markSharing(queries: MultiHotLabels, query: number, database: MultiHotLabels, mask: Uint8Array): number {
  const { words, wordsPerItem } = database;
  const wanted = queries.words.subarray(query * wordsPerItem, (query + 1) * wordsPerItem);
  let relevant = 0;
  for (let i = 0, at = 0; i < database.count; i++, at += wordsPerItem) {
    let shared = 0;
    for (let w = 0; w < wordsPerItem; w++) shared |= words[at + w] & wanted[w];
    mask[i] = shared !== 0 ? 1 : 0;
    relevant += mask[i];
  }
  return relevant;
}
