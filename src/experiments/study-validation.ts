import { takeLabels } from "../core/take-labels.js";
import { keepsClassesNew } from "../datasets/query-classes.js";
import type { Labelled, Split } from "../datasets/split.js";
import { validationSplit } from "../datasets/split.js";
import { holdOut } from "../training/hold-out.js";

/** Part of the classes that is held out where the queries are of classes never trained on. */
const PART_OF_CLASSES = 0.25;

/**
 * What a study's training is watched with: 5 % of the train rows, as `validationSplit` holds them out. Where the queries
 * are of classes never trained on, so must be those that validate: a quarter of the train classes then, two at least, is
 * held out whole.
 * @throws {InputError} when nothing can be held out, of four classes on the second way
 */
export function studyValidation(dataset: Labelled, split: Split): Split {
  const { labels } = dataset;
  if (!(labels instanceof Int32Array) || !keepsClassesNew(labels, split)) return validationSplit(dataset, split);
  const { seed, train: rows, asPublished } = split;
  const held = holdOut(takeLabels(labels, rows), { fraction: PART_OF_CLASSES, by: "classes", seed });
  const [query, train, database] = [held.query, held.train, held.database].map(list => list.map(at => rows[at]));
  const protocol = `validation: a quarter of the train classes held out whole, of (${split.protocol}; seed ${seed})`;
  return { protocol, ...(asPublished === undefined ? {} : { asPublished }), seed, query, train, database };
}
