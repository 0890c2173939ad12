import { randomUUID } from "node:crypto";
import type { Figure } from "../plots/figure.js";
import { renderSvg } from "../plots/render-svg.js";
import { trainingFigure } from "../plots/training-figure.js";
import type { EpochRecord, StepRecord } from "../training/history.js";
import { plotlyType } from "./display.js";
import { sendToCell } from "./kernel-display.js";

/** Settings of {@link liveLearningCurves}. */
export interface LiveCurvesOptions {
  /** Title of the figure. Default: none. */
  readonly title?: string;
  /** Least seconds between two updates; the last epoch is always drawn by `finish`. Default 0.5. */
  readonly interval?: number;
}

/** Curves of a training that grow in a cell. */
export interface LiveCurves {
  /** For `trainHead` and `runExperiment`: draws what there is so far. */
  readonly onEpoch: (epochs: readonly EpochRecord[], steps: readonly StepRecord[]) => Promise<void>;
  /** Draws the last state, if it has not been drawn. */
  finish(): Promise<void>;
}

/**
 * Loss, β, quantisation error and, with validation, mAP, bit balance and bit correlation of a training, in one display
 * of the cell that runs, replaced in place while the training goes on. Outside of a kernel nothing is drawn.
 */
export function liveLearningCurves({ title, interval = 0.5 }: LiveCurvesOptions = {}): LiveCurves {
  const display_id = randomUUID();
  let shown = Number.NEGATIVE_INFINITY;
  let begun = false;
  let pending: Figure | undefined;
  const draw = async (): Promise<void> => {
    const figure = pending;
    if (figure === undefined) return;
    pending = undefined;
    const data = {
      [plotlyType]: { ...JSON.parse(JSON.stringify(figure)), config: { displaylogo: false, responsive: true } },
      "image/svg+xml": await renderSvg(figure),
      "text/plain": `[${title ?? "training"}]`,
    };
    begun = sendToCell({ data, metadata: {}, transient: { display_id } }, begun);
    shown = performance.now();
  };
  return {
    async onEpoch(epochs, steps) {
      pending = trainingFigure(epochs, steps, title === undefined ? {} : { title });
      if (performance.now() - shown >= 1000 * interval) await draw();
    },
    finish: draw,
  };
}
