import type { Figure, Numbers } from "./figure.js";
import type { MethodSeries } from "./style.js";
import { type TopResultsOptions, topResultsFigure } from "./top-results.js";

/** R@N of one method over several N. */
export interface RecallAtCurve extends MethodSeries {
  /** Numbers of top results, ascending, from 1. */
  readonly n: Numbers;
  /** Share of the relevant items of the database that are among the top n, 0..1. */
  readonly recall: Numbers;
  /** Of the recall, over seeds, drawn as a band. Default: none. */
  readonly deviation?: Numbers;
}

/**
 * Recall among the top N results over N.
 * @throws {InputError} when there is no curve
 */
export function recallAtFigure(curves: readonly RecallAtCurve[], options: TopResultsOptions = {}): Figure {
  const values = curves.map(({ recall, ...curve }) => ({ ...curve, values: recall }));
  return topResultsFigure(values, { axis: "recall at N", hover: "recall" }, options);
}
