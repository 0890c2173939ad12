import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout, type MethodSeries, seriesStyles } from "./style.js";

/** One precision-recall curve, for example by Hamming radius 0..bits. */
export interface PrecisionRecallCurve extends MethodSeries {
  /** In ascending recall; precision and recall in 0..1. `deviation` of the precision over seeds is drawn as a band. */
  readonly points: readonly { precision: number; recall: number; radius?: number; deviation?: number }[];
}

/**
 * Precision over recall, many methods and bits in one figure.
 * @throws {InputError} when there is no curve
 */
export function precisionRecallFigure(curves: readonly PrecisionRecallCurve[], options: FigureOptions = {}): Figure {
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
  const unit = { range: [0, 1.02], dtick: 0.2 };
  const layout = figureLayout(options, { xaxis: figureAxis("recall", unit), yaxis: figureAxis("precision", unit) });
  return { data: [...bands, ...data], layout };
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
