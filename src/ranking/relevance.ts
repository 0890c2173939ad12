import { popcount } from "../codes/popcount.js";
import { InputError } from "../core/errors.js";
import type { MultiHotLabels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import type { Side, Sides, SideWith } from "./side.js";
import { neededOf } from "./side.js";

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
  /**
   * Counts the labels that items share with one query.
   * @param shared (database,), overwritten; 0 for items that are not relevant
   * @returns how many are relevant
   */
  grade(query: number, shared: Uint16Array): number;
}

/**
 * Relevance by shared labels. Takes time and memory linear in the database for a query; no matrix is made.
 * @throws {InputError} when one side has single labels and the other multi-hot ones, or their classes differ in number,
 * name or order
 */
export function relevanceByLabels({ queries, database }: Sides<SideWith<"labels">>): Relevance {
  const [queryLabels, databaseLabels] = [
    neededOf("labels", queries, "queries"),
    neededOf("labels", database, "database"),
  ];
  checkClassNames(queries, database);
  const sizes = { queries: labelCount(queryLabels), database: labelCount(databaseLabels) };
  if (queryLabels instanceof Int32Array && databaseLabels instanceof Int32Array) {
    const mark = (query: number, mask: Uint8Array | Uint16Array): number =>
      markEqual(queryLabels[query], databaseLabels, mask);
    return { ...sizes, mark, grade: mark };
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
  return {
    ...sizes,
    mark: (query, mask) => markSharing(queryLabels, query, databaseLabels, mask),
    grade: (query, shared) => countShared(queryLabels, query, databaseLabels, shared),
  };
}

/** Numbers say nothing across two lists of names: class 3 of one may be class 4 of the other. */
function checkClassNames({ classNames: ours }: Side, { classNames: theirs }: Side): void {
  if (ours === undefined || theirs === undefined || ours === theirs) return;
  const at = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, c) => c).find(c => ours[c] !== theirs[c]);
  if (at === undefined) return;
  throw new InputError("queries and database number their classes differently", {
    expected: `the same names in the same order; class ${at} of the queries is ${ours[at] ?? "none"}`,
    actual: `${theirs[at] ?? "none"} in the database`,
  });
}

function markEqual(label: number, labels: Int32Array, mask: Uint8Array | Uint16Array): number {
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

function countShared(queries: MultiHotLabels, query: number, database: MultiHotLabels, shared: Uint16Array): number {
  const { words, wordsPerItem } = database;
  const wanted = queries.words.subarray(query * wordsPerItem, (query + 1) * wordsPerItem);
  let relevant = 0;
  for (let i = 0, at = 0; i < database.count; i++, at += wordsPerItem) {
    let count = 0;
    for (let w = 0; w < wordsPerItem; w++) {
      const both = words[at + w] & wanted[w];
      if (both !== 0) count += popcount(both);
    }
    shared[i] = count;
    if (count > 0) relevant++;
  }
  return relevant;
}
