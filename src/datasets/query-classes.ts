import { classesOf } from "../core/classes-of-items.js";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, objectOf } from "../core/json-schema.js";
import type { Labels } from "../core/labels.js";
import type { Split } from "./roles.js";

/** How many of the classes of the queries a model has learned: where all, a classifier's answer is a code as well. */
export interface QueryClasses {
  /** Classes that queries have. */
  readonly count: number;
  /** Of them, classes that rows had whose labels were learned. */
  readonly learned: number;
}

/** {@link QueryClasses} in files. */
export const QUERY_CLASSES_SCHEMA: JsonSchema = objectOf({ count: COUNT, learned: COUNT });

/**
 * Counts the classes of queries, and those among them that were learned.
 * @param learned rows whose labels a model learned; empty for one that learns from features alone
 */
export function queryClasses(labels: Labels, query: Int32Array, learned: Int32Array): QueryClasses {
  const known = classesOfRows(labels, learned);
  const asked = [...classesOfRows(labels, query)];
  return { count: asked.length, learned: asked.filter(label => known.has(label)).length };
}

/** Whether the roles keep the classes of the queries from training, as an unseen-class split does. */
export function keepsClassesNew(labels: Labels, { query, train }: Pick<Split, "query" | "train">): boolean {
  const { count, learned } = queryClasses(labels, query, train);
  return count > 0 && train.length > 0 && learned === 0;
}

/** All classes that these rows have. */
export function classesOfRows(labels: Labels, rows: Int32Array): Set<number> {
  const classes = new Set<number>();
  for (const row of rows) for (const label of classesOf(labels, row)) classes.add(label);
  return classes;
}

/** Names of all classes that these rows have, by class number. */
export function learnedNames(
  { labels, classNames }: { readonly labels: Labels; readonly classNames: readonly string[] },
  rows: Int32Array = new Int32Array(),
): string[] {
  return [...classesOfRows(labels, rows)].sort((a, b) => a - b).map(label => classNames[label]);
}

/** A sentence for every output: whether a result says something of classes that were not shown. */
export function queryClassesText({ count, learned }: QueryClasses): string {
  if (learned === 0) return `classes of the queries: never trained on (${count})`;
  const how = learned === count ? `all ${count} trained on` : `${learned} of ${count} trained on`;
  return `classes of the queries: ${how}, so what a classifier predicts is the baseline to beat`;
}

/** The same in a word, for a column. */
export function queryClassesWord({ count, learned }: QueryClasses): string {
  if (learned === 0) return "new";
  return learned === count ? "seen" : `${learned} of ${count} seen`;
}
