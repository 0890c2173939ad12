import type { PackedCodes } from "../codes/packed-codes.js";
import { sharedClasses } from "../core/classes-of-items.js";
import { hasClass } from "../core/labels.js";
import { findByCodes } from "./search-strips.js";
import type { Study } from "./study.js";

/** How well the queries of one class do. */
export type ClassPrecision = {
  readonly class: string;
  readonly queries: number;
  /** Mean relevant share of the first `k` results, 0..1. */
  readonly precision: number;
};

/**
 * Share of relevant ones among the first `k` results by Hamming distance, class by class, worst first. A query of several
 * classes counts for each of them, and any class it shares makes a result relevant.
 * @param study with the dataset's labels and split
 * @param codes of all rows of the dataset
 * @param options results a query, 1 or more
 * @returns precision 0..1, classes without queries left out
 */
export function classPrecision(study: Study, codes: PackedCodes, { k }: { k: number }): ClassPrecision[] {
  const { dataset, split } = study;
  const { labels } = dataset;
  const hits = findByCodes(codes, split, split.query, { k }).map((rows, i) => {
    const right = rows.filter(({ row }) => sharedClasses(labels, split.query[i], row).length > 0);
    return right.length / rows.length;
  });
  const classes = dataset.classNames.map((name, label) => {
    const mine = hits.filter((_, i) => hasClass(labels, split.query[i], label));
    const precision = mine.reduce((sum, value) => sum + value, 0) / Math.max(1, mine.length);
    return { class: name, queries: mine.length, precision };
  });
  return classes.filter(({ queries }) => queries > 0).sort((a, b) => a.precision - b.precision);
}
