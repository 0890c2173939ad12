import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { MARKER_SYMBOLS } from "./marker-symbols.js";
import { type SpanOptions, spanAxis } from "./span-axis.js";
import { methodLooks } from "./style.js";

/** A value of a setting, and how it does. */
export interface MetricOfSetting {
  /** The line it is on, in the legend: the method and its other settings. */
  readonly method: string;
  /** `#RRGGBB`. Default: as for all figures. */
  readonly colour?: string;
  /** Of the setting. */
  readonly value: string;
  /** For example mAP, 0..1. */
  readonly mean: number;
  /** Standard deviation over seeds, drawn as an error bar; 0: none. */
  readonly deviation: number;
}

export interface MetricBySettingOptions extends FigureOptions, SpanOptions {
  /** Name of the setting, below the axis. */
  readonly setting: string;
  /** What `mean` is. */
  readonly metric: string;
}

/**
 * A metric over the values of a setting, at equal distances in the order given, one line for all else being equal.
 * @throws {InputError} when there is nothing to draw
 */
export function metricBySettingFigure(
  points: readonly MetricOfSetting[],
  { setting, metric, ...options }: MetricBySettingOptions,
): Figure {
  if (points.length === 0) throw new InputError("no result to draw");
  const values = [...new Set(points.map(({ value }) => value))];
  const data = [...methodLooks(points)].map(([method, { colour: color }], i) => {
    const own = points.filter(point => point.method === method);
    return {
      type: "scatter",
      mode: "lines+markers",
      name: method,
      line: { color, width: 2, dash: "solid" },
      marker: { size: 8, symbol: MARKER_SYMBOLS[i % MARKER_SYMBOLS.length] },
      x: own.map(({ value }) => value),
      y: figureNumbers(own.map(({ mean }) => mean)),
      ...(own.some(({ deviation }) => deviation > 0)
        ? { error_y: { type: "data", array: figureNumbers(own.map(({ deviation }) => deviation)), thickness: 1.2 } }
        : {}),
      hovertemplate: `${setting} %{x}<br>${metric} %{y:.3~g}`,
    };
  });
  const reach = points.flatMap(({ mean, deviation }) => [mean - deviation, mean + deviation]);
  const layout = figureLayout(data, options, {
    xaxis: figureAxis(setting, { type: "category", categoryorder: "array", categoryarray: values }),
    yaxis: spanAxis(metric, reach, options),
  });
  return { data, layout };
}
