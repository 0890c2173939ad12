import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers, type Numbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { bandReach, seedBand } from "./seed-band.js";
import { type SpanOptions, spanAxis } from "./span-axis.js";
import { legendKeys, type MethodSeries, seriesStyles } from "./style.js";

/** Something measured among the top N results, over N. */
export interface TopResultsCurve extends MethodSeries {
  /** Numbers of top results, ascending, from 1. */
  readonly n: Numbers;
  /** As many, 0..1. */
  readonly values: Numbers;
  /** Of the values, over seeds, drawn as a band. Default: none. */
  readonly deviation?: Numbers;
}

/** Settings of figures over N. */
export interface TopResultsOptions extends FigureOptions, SpanOptions {
  /** Draw N on a logarithmic axis. Default: when the largest N is at least 50 times the smallest. */
  logarithmic?: boolean;
}

/**
 * Something measured among the top N results, over N.
 * @param measure its name, in hovers as on the axis
 * @throws {InputError} when there is no curve
 */
export function topResultsFigure(
  curves: readonly TopResultsCurve[],
  measure: { readonly axis: string; readonly hover: string },
  options: TopResultsOptions = {},
): Figure {
  if (curves.length === 0) throw new InputError(`no curve of ${measure.hover} to draw`);
  const styles = seriesStyles(curves);
  const drawn = curves.map(({ n, values, deviation }) => ({
    x: Array.from(n as ArrayLike<number>),
    y: Array.from(values as ArrayLike<number>),
    deviation: Array.from(deviation === undefined ? values : deviation, d => (deviation === undefined ? 0 : d)),
  }));
  const lines = drawn.map(({ x, y }, i) => ({
    type: "scatter",
    mode: x.length > 20 ? "lines" : "lines+markers",
    ...styles[i],
    marker: { size: 5 },
    x: figureNumbers(x, 9),
    y: figureNumbers(y),
    hovertemplate: `top %{x}<br>${measure.hover} %{y:.3~g}`,
  }));
  const all = drawn.flatMap(({ x }) => x);
  const logarithmic = options.logarithmic ?? Math.max(...all) >= 50 * Math.min(...all);
  // With dtick "D2" plotly labels 2 and 5 too, in a smaller type; powers of ten alone leave too few marks.
  const xaxis = logarithmic ? { type: "log", dtick: "D2", exponentformat: "none" } : {};
  const bands = drawn.flatMap((curve, i) => seedBand(curve, styles[i]));
  const data = [...lines, ...legendKeys(curves)];
  const layout = figureLayout(data, options, {
    xaxis: figureAxis("N (number of top results)", xaxis),
    yaxis: spanAxis(measure.axis, drawn.flatMap(bandReach), options),
  });
  return { data: [...bands, ...data], layout };
}
