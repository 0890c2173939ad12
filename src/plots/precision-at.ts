import type { Figure, Numbers } from "./figure.js";
import type { MethodSeries } from "./style.js";
import { type TopResultsOptions, topResultsFigure } from "./top-results.js";

/** P@N of one method over several N. */
export interface PrecisionAtCurve extends MethodSeries {
  /** Numbers of top results, ascending, from 1. */
  n: Numbers;
  /** Share of relevant items among the top n, 0..1. */
  precision: Numbers;
  /** Of the precision, over seeds, drawn as a band. Default: none. */
  deviation?: Numbers;
}

/** Settings of {@link precisionAtFigure}. */
export interface PrecisionAtOptions extends TopResultsOptions {}

/**
 * Precision among the top N results over N.
 * @throws {InputError} when there is no curve
 */
export function precisionAtFigure(curves: readonly PrecisionAtCurve[], options: PrecisionAtOptions = {}): Figure {
  const values = curves.map(({ precision, ...curve }) => ({ ...curve, values: precision }));
  return topResultsFigure(values, { axis: "precision at N", hover: "precision" }, options);
}
