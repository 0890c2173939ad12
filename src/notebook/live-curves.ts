import { AsyncResource } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { onAbort } from "../core/abort.js";
import { duration } from "../core/progress.js";
import { shownNumber } from "../core/shown-number.js";
import { trainingFigure } from "../plots/training-figure.js";
import type { EpochRecord, PlannedCourse, StepRecord } from "../training/history.js";
import { pastCourse } from "../training/history.js";
import { figureBundle, plotlyType } from "./figure-bundle.js";
import { runningCell, sendToCell } from "./kernel-display.js";

/** Settings of {@link liveLearningCurves}. */
export interface LiveCurvesOptions {
  /** Title of the figure. Default: "training". */
  readonly title?: string;
  /** Least seconds between two updates; more, up to 5, where drawing takes more than a third of them. Default 0.5. */
  readonly interval?: number;
}

/** Curves of a training that grow in a cell. */
export interface LiveCurves {
  /** For `trainHead` and `runExperiment`: has drawn what there is so far, and waits for the end of what was planned. */
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

/** The thread that draws leaves two thirds of its core's time to the training, */
const SHARE_OF_TIME = 1 / 3;
/** but come after at most so many seconds. */
const LONGEST_WAIT = 5;

/**
 * Loss, β, quantisation error and, with validation, mAP, bit balance and bit correlation of a training, in one display
 * of the cell that trains, replaced in place while the training goes on: on axes of the whole training, with the time that
 * is left in the title. An interrupted one ends with what there is of it. Outside of a kernel nothing is drawn.
 */
export function liveLearningCurves({ title = "training", interval = 0.5 }: LiveCurvesOptions = {}): LiveCurves {
  let cell: unknown;
  let figure: GrowingFigure | undefined;
  return {
    async onEpoch(epochs, steps, planned) {
      const running = runningCell();
      if (figure === undefined || figure.isOver || running !== cell) {
        cell = running; // another training has its own figure, under the cell that it belongs to
        figure = new GrowingFigure(title, interval);
      }
      await figure.grow(epochs, steps, planned);
    },
    async finish() {
      await figure?.end();
    },
  };
}

/** The figure of one training in one cell. */
class GrowingFigure {
  private readonly displayId = randomUUID();
  private readonly clock = new EpochClock();
  private due = Number.NEGATIVE_INFINITY;
  private begun = false;
  private last: Course | undefined;
  private ended: Course | undefined;
  /** Whether a state before the last is being drawn, which nobody waits for. */
  private isDrawing = false;
  private drawingEnd: Promise<void> = Promise.resolve();
  private interrupted = false;
  private readonly forget: () => void;

  constructor(
    private readonly title: string,
    private readonly interval: number,
  ) {
    // Bound: who aborts the signal is not the cell, and the figure is the cell's.
    const interrupt = AsyncResource.bind(() => {
      this.interrupted = true;
      this.end().catch(() => {}); // the cell has an error already
    });
    this.forget = onAbort(undefined, interrupt);
  }

  /** Whether its training has ended by itself. */
  get isOver(): boolean {
    return this.ended !== undefined && !this.interrupted;
  }

  /**
   * Takes the state after an epoch; draws it where it is time to, and the last of those planned in any case. Only that is
   * waited for: the training goes on while a thread draws.
   */
  async grow(epochs: readonly EpochRecord[], steps: readonly StepRecord[], planned?: PlannedCourse): Promise<void> {
    if (this.interrupted) return;
    const course = { epochs: [...epochs], steps: [...steps], planned: planned ?? pastCourse(epochs, steps) };
    this.last = course;
    this.clock.tick(epochs.length);
    if (epochs.length === planned?.epochs) await this.end();
    else if (performance.now() >= this.due && !this.isDrawing) this.drawMeanwhile(course, planned?.epochs);
    // Steps on onnxruntime follow each other without a turn of the event loop, in which the thread that draws is heard.
    if (this.isDrawing) await new Promise(resolve => setImmediate(resolve));
  }

  private drawMeanwhile(course: Course, planned: number | undefined): void {
    this.isDrawing = true;
    const isOver = (): void => {
      this.isDrawing = false;
    };
    this.draw(course, this.clock.placeText(planned), false).then(isOver, isOver); // what fails, fails at the end too
  }

  /** Draws the last state as such, if that has not been done, and waits until it is. */
  end(): Promise<void> {
    const { last } = this;
    if (last === undefined || last === this.ended) return this.drawingEnd;
    this.ended = last;
    this.forget();
    const place = this.interrupted ? `interrupted after epoch ${last.epochs.length}` : "";
    this.drawingEnd = this.draw(last, place, true);
    return this.drawingEnd;
  }

  /** @param place how far it is; empty where it has ended by itself */
  private async draw({ epochs, steps, planned }: Course, place: string, isEnd: boolean): Promise<void> {
    const title = place === "" ? this.title : `${this.title}: ${place}`;
    const started = performance.now();
    const bundle = await figureBundle(trainingFigure(epochs, steps, { title, planned }));
    if (this.ended !== undefined && !isEnd) return; // it ended meanwhile, and the end is drawn
    // Only the last state is live: plotly's extension of JupyterLab (7.1) leaves a figure that stands there as it is, and
    // puts a new one only where a still picture stood.
    if (!isEnd) delete bundle[plotlyType];
    const data = { ...bundle, "text/plain": `[${isEnd ? title : this.title}: ${resultText(epochs)}]` };
    const now = performance.now();
    // The first drawing has loaded plotly: no later one takes so long.
    const cost = this.begun ? Math.min((now - started) / SHARE_OF_TIME, 1000 * LONGEST_WAIT) : 0;
    this.due = now + Math.max(1000 * this.interval, cost);
    this.begun = sendToCell({ data, metadata: {}, transient: { display_id: this.displayId } }, this.begun);
  }
}

/** How it stands after the last epoch, in words. */
function resultText(epochs: readonly EpochRecord[]): string {
  const { loss, validationMAP } = epochs[epochs.length - 1];
  const mAP = validationMAP === undefined ? "" : `, validation mAP ${shownNumber(validationMAP)}`;
  return `${epochs.length} ${epochs.length === 1 ? "epoch" : "epochs"}, loss ${shownNumber(loss)}${mAP}`;
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
