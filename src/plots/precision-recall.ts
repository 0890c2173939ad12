import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout, type MethodSeries, seriesStyles } from "./style.js";

/** One precision-recall curve, for example by Hamming radius 0..bits. */
export interface PrecisionRecallCurve extends MethodSeries {
  /** In ascending recall; precision and recall in 0..1. `deviation` of the precision over seeds is drawn as a band. */
  readonly points: readonly { precision: number; recall: number; radius?: number; deviation?: number }[];
}

/** Settings of {@link precisionRecallFigure}. */
export interface PrecisionRecallOptions extends FigureOptions {
  /**
   * What the axes span: "data": what the curves do, to the next tenth or, where that is little, twentieth, and an axis
   * that does not start at 0 says so; "unit": 0 to 1. Default: data.
   */
  range?: "data" | "unit";
}

/**
 * Precision over recall, many methods and bits in one figure.
 * @throws {InputError} when there is no curve
 */
export function precisionRecallFigure(
  curves: readonly PrecisionRecallCurve[],
  options: PrecisionRecallOptions = {},
): Figure {
  if (curves.length === 0) throw new InputError("no precision-recall curve to draw");
  const styles = seriesStyles(curves);
  const data = curves.map(({ points }, i) => {
    const radii = points.every(p => p.radius !== undefined);
    return {
      type: "scatter",
      mode: "lines",
      ...styles[i],
      x: figureNumbers(points.map(p => p.recall)),
      y: figureNumbers(points.map(p => p.precision)),
      ...(radii ? { customdata: points.map(p => p.radius) } : {}),
      hovertemplate: `recall %{x:.3f}<br>precision %{y:.3f}${radii ? "<br>radius %{customdata}" : ""}`,
    };
  });
  const bands = curves.flatMap(({ points }, i) =>
    points.some(p => (p.deviation ?? 0) > 0) ? [band(points, styles[i])] : [],
  );
  const drawn = curves.flatMap(({ points }) => points);
  const axis = (name: string, values: readonly number[]): object =>
    (options.range ?? "data") === "unit" ? spanAxis(name, 0, 1) : spanAxis(name, ...spanOf(values));
  const layout = figureLayout(data, options, {
    xaxis: axis(
      "recall",
      drawn.map(p => p.recall),
    ),
    yaxis: axis(
      "precision",
      drawn.flatMap(p => [p.precision - (p.deviation ?? 0), p.precision + (p.deviation ?? 0)]),
    ),
  });
  return { data: [...bands, ...data], layout };
}

/** The part of 0..1 that holds all values, to the next tenth; twentieths where that leaves three tenths or less. */
function spanOf(values: readonly number[]): [number, number] {
  const low = values.reduce((least, value) => Math.min(least, value), 1);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const step = high - low <= 0.25 ? 20 : 10;
  // 0.3 · 10 is 3.0000000000000004 in floating point
  const [from, to] = [Math.floor(low * step + 1e-9) / step, Math.ceil(high * step - 1e-9) / step];
  return [Math.max(0, Math.min(from, 1 - 1 / step)), Math.min(1, Math.max(to, from + 1 / step))];
}

function spanAxis(name: string, low: number, high: number): object {
  const title = low === 0 ? name : `${name} (axis starts at ${low})`;
  const room = 0.02 * (high - low);
  const dtick = high - low <= 0.3 ? 0.05 : high - low <= 0.6 ? 0.1 : 0.2;
  // where it starts at 0, at 0; elsewhere a little before, so that no curve lies on the edge
  return figureAxis(title, { range: [low === 0 ? 0 : low - room, high + room], dtick });
}

/** Precision ± its deviation, a shaded area behind the curve. */
function band(
  points: PrecisionRecallCurve["points"],
  { legendgroup, line }: { legendgroup: string; line: object },
): object {
  const edge = (sign: number): number[] =>
    points.map(({ precision, deviation = 0 }) => Math.min(1, Math.max(0, precision + sign * deviation)));
  const recall = points.map(p => p.recall);
  return {
    type: "scatter",
    mode: "lines",
    fill: "toself",
    legendgroup,
    showlegend: false,
    hoverinfo: "skip",
    opacity: 0.25,
    line: { ...line, width: 0 },
    fillcolor: (line as { color: string }).color,
    x: figureNumbers([...recall, ...recall.slice().reverse()]),
    y: figureNumbers([...edge(1), ...edge(-1).reverse()]),
  };
}
