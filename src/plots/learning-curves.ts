import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers, type Numbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { type MethodSeries, seriesStyles } from "./style.js";

/** What a training run left behind. */
export interface LearningCurve extends MethodSeries {
  /** Mean training loss of each epoch, from epoch 1 on. */
  loss: Numbers;
  /** Validation mAP, 0..1, after the epochs named. */
  validation?: { epoch: Numbers; mAP: Numbers };
}

/**
 * Loss over epochs and, when a run has it, validation mAP in a second panel below.
 * @throws {InputError} when there is no run
 */
export function learningCurvesFigure(runs: readonly LearningCurve[], options: FigureOptions = {}): Figure {
  if (runs.length === 0) throw new InputError("no training run to draw");
  const styles = seriesStyles(runs);
  const losses = runs.map(({ loss }, i) => ({
    type: "scatter",
    mode: "lines",
    ...styles[i],
    x: Array.from(loss, (_, epoch) => epoch + 1),
    y: figureNumbers(loss),
    hovertemplate: "epoch %{x}<br>loss %{y:.4g}",
  }));
  const validations = runs.flatMap(({ validation }, i) =>
    validation === undefined
      ? []
      : {
          type: "scatter",
          mode: "lines+markers",
          ...styles[i],
          marker: { size: 5 },
          showlegend: false,
          xaxis: "x",
          yaxis: "y2",
          x: figureNumbers(validation.epoch, 9),
          y: figureNumbers(validation.mAP),
          hovertemplate: "epoch %{x}<br>validation mAP %{y:.3~g}",
        },
  );
  const epochs = Math.max(...runs.map(run => run.loss.length));
  const two = validations.length > 0;
  const data = [...losses, ...validations];
  const layout = figureLayout(
    runs.length > 1 ? data : [],
    { ...options, height: options.height ?? (two ? 480 : 360) },
    {
      showlegend: runs.length > 1,
      // Left to itself plotly marks half epochs in short trainings.
      xaxis: figureAxis("epoch", { anchor: two ? "y2" : "y", ...(epochs <= 10 ? { dtick: 1 } : {}) }),
      yaxis: figureAxis("training loss", { domain: two ? [0.54, 1] : [0, 1], rangemode: "tozero" }),
      ...(two ? { yaxis2: figureAxis("validation mAP", { domain: [0, 0.46], anchor: "x" }) } : {}),
    },
  );
  return { data, layout };
}
