import { classesOf } from "../core/classes-of-items.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import { nameKey } from "../core/named-labels.js";
import type { QueryClasses } from "../datasets/query-classes.js";
import type { CodesModel } from "../features/codes-sidecar.js";

/** What is known of the classes that queries have and a model has learned. */
export interface LearnedClasses {
  /** Absent: not known. */
  readonly queryClasses?: QueryClasses;
  /** What could not be checked, a sentence each. */
  readonly unchecked: readonly string[];
}

/**
 * How many classes of the queries a model has learned, by their names.
 * @param model what its codes say of it; undefined: they say nothing, which is said elsewhere
 * @param queries labels, and names by class number where there are any
 */
export function learnedClassesOf(
  model: CodesModel | undefined,
  queries: { readonly labels: Labels; readonly classNames?: readonly string[] },
): LearnedClasses {
  if (model === undefined) return { unchecked: [] };
  const { labels, classNames } = queries;
  const doubt = (why: string): LearnedClasses => ({
    unchecked: [`whether the classes of the queries were trained on: ${why}`],
  });
  if (model.learnedClasses === undefined) return doubt("the model does not say which classes it has learned");
  if (classNames === undefined) return doubt("the labels of the queries came without names");
  const learned = new Set(model.learnedClasses.map(nameKey));
  const asked = new Set<number>();
  for (let row = 0; row < labelCount(labels); row++) for (const label of classesOf(labels, row)) asked.add(label);
  const known = [...asked].filter(label => learned.has(nameKey(classNames[label])));
  return { queryClasses: { count: asked.size, learned: known.length }, unchecked: [] };
}
