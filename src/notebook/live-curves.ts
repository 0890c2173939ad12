import { randomUUID } from "node:crypto";
import { duration } from "../core/progress.js";
import { shownNumber } from "../core/shown-number.js";
import { trainingFigure } from "../plots/training-figure.js";
import type { EpochRecord, PlannedCourse, StepRecord } from "../training/history.js";
import { pastCourse } from "../training/history.js";
import { figureBundle, plotlyType } from "./figure-bundle.js";
import { sendToCell } from "./kernel-display.js";

/** Settings of {@link liveLearningCurves}. */
export interface LiveCurvesOptions {
  /** Title of the figure. Default: "training". */
  readonly title?: string;
  /** Least seconds between two updates; more, up to 5, where drawing takes more than a tenth of them. Default 0.5. */
  readonly interval?: number;
}

/** Curves of a training that grow in a cell. */
export interface LiveCurves {
  /** For `trainHead` and `runExperiment`: draws what there is so far, and the end of what was planned. */
  readonly onEpoch: (
    epochs: readonly EpochRecord[],
    steps: readonly StepRecord[],
    planned?: PlannedCourse,
  ) => Promise<void>;
  /** Draws the last state of a training that ended early, if it has not been drawn as such. */
  finish(): Promise<void>;
}

/** How far a training is. */
interface Course {
  readonly epochs: readonly EpochRecord[];
  readonly steps: readonly StepRecord[];
  readonly planned: PlannedCourse;
}

/** Updates leave nine tenths of the time to the training, */
const SHARE_OF_TIME = 0.1;
/** but come after at most so many seconds. */
const LONGEST_WAIT = 5;

/**
 * Loss, β, quantisation error and, with validation, mAP, bit balance and bit correlation of a training, in one display
 * of the cell that runs, replaced in place while the training goes on: on axes of the whole training, with the time that
 * is left in the title. Outside of a kernel nothing is drawn.
 */
export function liveLearningCurves({ title = "training", interval = 0.5 }: LiveCurvesOptions = {}): LiveCurves {
  const display_id = randomUUID();
  const clock = new EpochClock();
  let due = Number.NEGATIVE_INFINITY;
  let begun = false;
  let last: Course | undefined;
  let ended: Course | undefined;
  const draw = async ({ epochs, steps, planned }: Course, heading: string): Promise<void> => {
    const started = performance.now();
    const bundle = await figureBundle(trainingFigure(epochs, steps, { title: heading, planned }));
    // Only the last state is live: plotly's extension of JupyterLab (7.1) leaves a figure that stands there as it is, and
    // puts a new one only where a still picture stood.
    if (heading !== title) delete bundle[plotlyType];
    const data = { ...bundle, "text/plain": `[${title}: ${resultText(epochs)}]` };
    const now = performance.now();
    // The first drawing has loaded plotly: no later one takes so long.
    const cost = begun ? Math.min((now - started) / SHARE_OF_TIME, 1000 * LONGEST_WAIT) : 0;
    due = now + Math.max(1000 * interval, cost);
    begun = sendToCell({ data, metadata: {}, transient: { display_id } }, begun);
  };
  const drawEnd = async (): Promise<void> => {
    if (last === undefined || last === ended) return;
    ended = last;
    await draw(last, title);
  };
  return {
    async onEpoch(epochs, steps, planned) {
      last = { epochs: [...epochs], steps: [...steps], planned: planned ?? pastCourse(epochs, steps) };
      clock.tick(epochs.length);
      if (epochs.length === planned?.epochs) await drawEnd();
      else if (performance.now() >= due) await draw(last, `${title}: ${clock.placeText(planned?.epochs)}`);
    },
    finish: drawEnd,
  };
}

/** How it stands after the last epoch, in words. */
function resultText(epochs: readonly EpochRecord[]): string {
  const { loss, validationMAP } = epochs[epochs.length - 1];
  const mAP = validationMAP === undefined ? "" : `, validation mAP ${shownNumber(validationMAP)}`;
  return `${epochs.length} epochs, loss ${shownNumber(loss)}${mAP}`;
}

/** Measures how long epochs take; a training that was taken up again begins at a later one. */
class EpochClock {
  private first: { readonly epochs: number; readonly time: number } | undefined;
  private done = 0;

  tick(epochs: number): void {
    this.first ??= { epochs, time: performance.now() };
    this.done = epochs;
  }

  /** `epoch 12 of 30, 8.2 s left`. */
  placeText(planned: number | undefined): string {
    const { epochs = 0, time = 0 } = this.first ?? {};
    const measured = this.done - epochs;
    if (planned === undefined) return `epoch ${this.done}`;
    const place = `epoch ${this.done} of ${planned}`;
    if (measured === 0) return place;
    const left = ((performance.now() - time) / measured / 1000) * (planned - this.done);
    return `${place}, ${duration(left)} left`;
  }
}
