import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureLayout } from "./figure-layout.js";
import { bandReach, seedBand } from "./seed-band.js";
import { type SpanOptions, spanAxis } from "./span-axis.js";
import { legendKeys, type MethodSeries, seriesStyles } from "./style.js";

/** One precision-recall curve, for example by Hamming radius 0..bits. */
export interface PrecisionRecallCurve extends MethodSeries {
  /** In ascending recall; precision and recall in 0..1. `deviation` of the precision over seeds is drawn as a band. */
  readonly points: readonly { precision: number; recall: number; radius?: number; deviation?: number }[];
}

/** Settings of {@link precisionRecallFigure}. */
export interface PrecisionRecallOptions extends FigureOptions, SpanOptions {}

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
  const drawn = curves.map(({ points }) => ({
    x: points.map(p => p.recall),
    y: points.map(p => p.precision),
    deviation: points.map(p => p.deviation ?? 0),
  }));
  const lines = curves.map(({ points }, i) => {
    const radii = points.every(p => p.radius !== undefined);
    return {
      type: "scatter",
      mode: "lines",
      ...styles[i],
      x: figureNumbers(drawn[i].x),
      y: figureNumbers(drawn[i].y),
      ...(radii ? { customdata: points.map(p => p.radius) } : {}),
      hovertemplate: `recall %{x:.3f}<br>precision %{y:.3f}${radii ? "<br>radius %{customdata}" : ""}`,
    };
  });
  const bands = drawn.flatMap((curve, i) => seedBand(curve, styles[i]));
  const data = [...lines, ...legendKeys(curves)];
  const layout = figureLayout(data, options, {
    xaxis: spanAxis(
      "recall",
      drawn.flatMap(({ x }) => x),
      options,
    ),
    yaxis: spanAxis("precision", drawn.flatMap(bandReach), options),
  });
  return { data: [...bands, ...data], layout };
}
