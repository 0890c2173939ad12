import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers, type Numbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout, type MethodSeries, seriesStyles } from "./style.js";

/** P@N of one method over several N. */
export interface PrecisionAtCurve extends MethodSeries {
  /** Numbers of top results, ascending, from 1. */
  n: Numbers;
  /** Share of relevant items among the top n, 0..1. */
  precision: Numbers;
}

/** Settings of {@link precisionAtFigure}. */
export interface PrecisionAtOptions extends FigureOptions {
  /** Draw N on a logarithmic axis. Default: when the largest N is at least 50 times the smallest. */
  logarithmic?: boolean;
}

/**
 * Precision among the top N results over N.
 * @throws {InputError} when there is no curve
 */
export function precisionAtFigure(curves: readonly PrecisionAtCurve[], options: PrecisionAtOptions = {}): Figure {
  if (curves.length === 0) throw new InputError("no P@N curve to draw");
  const styles = seriesStyles(curves);
  const data = curves.map(({ n, precision }, i) => ({
    type: "scatter",
    mode: n.length > 20 ? "lines" : "lines+markers",
    ...styles[i],
    marker: { size: 5 },
    x: figureNumbers(n, 9),
    y: figureNumbers(precision),
    hovertemplate: "top %{x}<br>precision %{y:.3~g}",
  }));
  const all = curves.flatMap(curve => Array.from(curve.n as ArrayLike<number>));
  const logarithmic = options.logarithmic ?? Math.max(...all) >= 50 * Math.min(...all);
  // With dtick "D2" plotly labels 2 and 5 too, in a smaller type; powers of ten alone leave too few marks.
  const xaxis = logarithmic ? { type: "log", dtick: "D2", exponentformat: "none" } : {};
  const layout = figureLayout(data, options, {
    xaxis: figureAxis("N (number of top results)", xaxis),
    yaxis: figureAxis("precision among the top N"),
  });
  return { data, layout };
}
