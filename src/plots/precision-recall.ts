import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout, type MethodSeries, seriesStyles } from "./style.js";

/** One precision-recall curve, for example by Hamming radius 0..bits. */
export interface PrecisionRecallCurve extends MethodSeries {
  /** In ascending recall; precision and recall in 0..1. */
  points: readonly { precision: number; recall: number; radius?: number }[];
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
  const unit = { range: [0, 1.02], dtick: 0.2 };
  const layout = figureLayout(options, { xaxis: figureAxis("recall", unit), yaxis: figureAxis("precision", unit) });
  return { data, layout };
}
