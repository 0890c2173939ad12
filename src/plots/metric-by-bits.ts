import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { type SpanOptions, spanAxis } from "./span-axis.js";
import { type MethodSeries, methodLooks } from "./style.js";

/** One result; without `bits` (cosine on features) it holds for all. */
export interface MetricOfMethod extends MethodSeries {
  /** For example mAP, 0..1. */
  value: number;
  /** Standard deviation over seeds, drawn as an error bar. Default: none. */
  deviation?: number;
}

export interface MetricByBitsOptions extends FigureOptions, SpanOptions {
  /** What `value` is. Default: "mAP". */
  metric?: string;
}

/** Methods can be told apart without colours too. */
const SYMBOLS: readonly string[] = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "x",
  "triangle-down",
  "cross",
  "star",
];

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
    const deviations = points.map(p => p.deviation ?? 0);
    return {
      type: "scatter",
      mode: constant ? "lines" : "lines+markers",
      name: method,
      line: { color, width: 2, dash: constant ? "dash" : "solid" },
      marker: { size: 8, symbol: SYMBOLS[i % SYMBOLS.length] },
      x: points.map(p => p.bits),
      y: figureNumbers(points.map(p => p.value)),
      ...(deviations.some(d => d > 0)
        ? { error_y: { type: "data", array: figureNumbers(deviations), thickness: 1.2 } }
        : {}),
      hovertemplate: constant ? `${metric} %{y:.3~g}` : `%{x} bits<br>${metric} %{y:.3~g}`,
    };
  });
  const reach = results.flatMap(({ value, deviation = 0 }) => [value - deviation, value + deviation]);
  const layout = figureLayout(data, options, {
    xaxis: figureAxis("bits of a code", { tickvals: bits }),
    yaxis: spanAxis(metric, reach, options),
  });
  return { data, layout };
}
