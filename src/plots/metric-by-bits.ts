import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { MARKER_SYMBOLS } from "./marker-symbols.js";
import { type SpanOptions, spanAxis } from "./span-axis.js";
import { type MethodSeries, methodLooks } from "./style.js";

/** One result; without `bits` (cosine on features) it holds for all. */
export interface MetricOfMethod extends MethodSeries {
  /** For example mAP, 0..1. */
  value: number;
  /** Standard deviation over seeds, drawn as an error bar. Default: none. */
  deviation?: number;
  /** Where the value may lie, drawn as the error bar in place of the deviation. Default: none. */
  interval?: { readonly low: number; readonly high: number };
}

export interface MetricByBitsOptions extends FigureOptions, SpanOptions {
  /** What `value` is. Default: "mAP". */
  metric?: string;
}

/**
 * A metric over code length, one line a method; a method without bits is a horizontal dashed line.
 * @throws {InputError} when there is no result
 */
export function metricByBitsFigure(results: readonly MetricOfMethod[], options: MetricByBitsOptions = {}): Figure {
  if (results.length === 0) throw new InputError("no result to draw");
  const metric = options.metric ?? "mAP";
  const bits = [...new Set(results.flatMap(r => (r.bits === undefined ? [] : [r.bits])))].sort((a, b) => a - b);
  const data = [...methodLooks(results)].map(([method, { colour: color }], i) => {
    const ofMethod = results.filter(r => r.method === method);
    const constant = ofMethod.find(r => r.bits === undefined);
    const points = constant
      ? bits.map(b => ({ ...constant, bits: b }))
      : [...ofMethod].sort((a, b) => (a.bits as number) - (b.bits as number));
    return {
      type: "scatter",
      mode: constant ? "lines" : "lines+markers",
      name: method,
      line: { color, width: 2, dash: constant ? "dash" : "solid" },
      marker: { size: 8, symbol: MARKER_SYMBOLS[i % MARKER_SYMBOLS.length] },
      x: points.map(p => p.bits),
      y: figureNumbers(points.map(p => p.value)),
      ...errorBars(points),
      hovertemplate: constant ? `${metric} %{y:.3~g}` : `%{x} bits<br>${metric} %{y:.3~g}`,
    };
  });
  const reach = results.flatMap(result => [result.value - below(result), result.value + above(result)]);
  const layout = figureLayout(data, options, {
    xaxis: figureAxis("bits of a code", { tickvals: bits }),
    yaxis: spanAxis(metric, reach, options),
  });
  return { data, layout };
}

function below({ value, deviation = 0, interval }: MetricOfMethod): number {
  return interval === undefined ? deviation : value - interval.low;
}

function above({ value, deviation = 0, interval }: MetricOfMethod): number {
  return interval === undefined ? deviation : interval.high - value;
}

/** Bars of points, as attributes of their trace; none where all are 0 high. */
function errorBars(points: readonly MetricOfMethod[]): object {
  if (points.every(point => below(point) === 0 && above(point) === 0)) return {};
  const array = figureNumbers(points.map(above));
  const arrayminus = figureNumbers(points.map(below));
  const isSymmetric = array.every((value, i) => value === arrayminus[i]);
  const sides = isSymmetric ? { array } : { symmetric: false, array, arrayminus };
  return { error_y: { type: "data", ...sides, thickness: 1.2 } };
}
