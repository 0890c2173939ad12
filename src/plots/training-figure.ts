import { InputError } from "../core/errors.js";
import type { EpochRecord, PlannedCourse, StepRecord } from "../training/history.js";
import { pastCourse } from "../training/history.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { okabeIto } from "./style.js";

/** One panel: a value over the epochs. */
interface Panel {
  readonly name: string;
  readonly colour: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Known after some epochs only: these are marked. */
  readonly sparse?: boolean;
  /** The values that are possible, where that is known beforehand. Default: as far as the values go. */
  readonly range?: readonly [number, number];
}

/** Settings of {@link trainingFigure}. */
export interface TrainingFigureOptions extends FigureOptions {
  /** What the training is going to be: its axes stand from the first epoch on. Default: what there is of it. */
  readonly planned?: PlannedCourse;
}

const COLUMNS = 2;
const PANEL_HEIGHT = 190;
/** Room between panels for the axis titles, as a part of the width and in px. */
const GAP = { x: 0.16, y: 62 };
/** Steps that are drawn, about: more than there are px, and few enough to be sent anew with every epoch. */
const DRAWN_STEPS = 1500;

/**
 * How a training went, in small panels over the epochs: loss, β and quantisation error of the steps and, where there was
 * validation, mAP, imbalance of the bits and their correlation; where only some epochs were validated, these are marked.
 * Of long trainings some of the steps are drawn.
 * @throws {InputError} when no epoch is finished
 */
export function trainingFigure(
  epochs: readonly EpochRecord[],
  steps: readonly StepRecord[],
  { planned = pastCourse(epochs, steps), ...options }: TrainingFigureOptions = {},
): Figure {
  if (epochs.length === 0) throw new InputError("no epoch of the training to draw");
  const panels = panelsOf(epochs, steps, planned);
  const rows = Math.ceil(panels.length / COLUMNS);
  const inner = rows * PANEL_HEIGHT + (rows - 1) * GAP.y;
  const axes = panels.flatMap((panel, i) => panelAxes(panel, i, planned.epochs, inner));
  const height = options.height ?? inner + 68 + (options.title === undefined ? 0 : 28);
  return {
    data: panels.map(({ name, colour, x, y, sparse }, i) => ({
      type: "scatter",
      mode: x.length === 1 ? "markers" : sparse ? "lines+markers" : "lines",
      name,
      line: { color: colour, width: 1.5 },
      ...(sparse ? { marker: { size: 5 } } : {}),
      xaxis: axisName("x", i),
      yaxis: axisName("y", i),
      x: figureNumbers(x),
      y: figureNumbers(y),
      hovertemplate: `epoch %{x:.1f}<br>${name} %{y:.4g}<extra></extra>`,
    })),
    layout: figureLayout([], { ...options, height }, { showlegend: false, ...Object.fromEntries(axes) }),
  };
}

function panelsOf(epochs: readonly EpochRecord[], steps: readonly StepRecord[], planned: PlannedCourse): Panel[] {
  const perEpoch = Math.max(1, steps.length / epochs.length);
  const every = Math.ceil(steps.length / DRAWN_STEPS);
  const drawn = steps.filter((_, i) => i % every === 0 || i === steps.length - 1);
  type OfSteps = Omit<Panel, "x" | "y"> & { value(step: StepRecord): number };
  type OfEpochs = Omit<Panel, "x" | "y"> & { value(epoch: EpochRecord): number | undefined };
  const ofSteps = ({ value, ...panel }: OfSteps): Panel => {
    return { ...panel, x: drawn.map(({ step }) => (step + 1) / perEpoch), y: drawn.map(value) };
  };
  const ofEpochs = ({ value, ...panel }: OfEpochs): Panel => {
    const known = epochs.filter(epoch => value(epoch) !== undefined);
    const sparse = known.length < epochs.length;
    return { ...panel, sparse, x: known.map(({ epoch }) => epoch), y: known.map(epoch => value(epoch) as number) };
  };
  const { blue, black, vermillion, green, purple, orange } = okabeIto;
  return [
    ofSteps({ name: "loss", colour: blue, value: step => step.loss }),
    ofSteps({ name: "β", colour: black, range: [0, 1.05 * planned.largestBeta], value: step => step.beta }),
    ofSteps({ name: "quantisation error", colour: vermillion, range: [0, 1], value: step => step.quantisation }),
    ofEpochs({ name: "validation mAP", colour: green, range: [0, 1], value: epoch => epoch.validationMAP }),
    ofEpochs({ name: "bit imbalance", colour: purple, range: [0, 0.5], value: epoch => epoch.bitImbalance }),
    ofEpochs({ name: "bit correlation", colour: orange, range: [0, 1], value: epoch => epoch.bitCorrelation }),
  ].filter(({ x, sparse }) => x.length > 0 || (sparse && planned.validated)); // a place for values to come
}

/** The two axes of a panel, counted row by row from the top. */
function panelAxes({ name, range }: Panel, i: number, epochs: number, inner: number): [string, object][] {
  const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
  const width = (1 - GAP.x * (COLUMNS - 1)) / COLUMNS;
  const left = column * (width + GAP.x);
  const top = 1 - (row * (PANEL_HEIGHT + GAP.y)) / inner;
  const bottom = Math.max(0, top - PANEL_HEIGHT / inner);
  const whole = epochs <= 10 ? { dtick: 1 } : {};
  const across = { domain: [left, left + width], anchor: axisName("y", i), range: [0, epochs], ...whole };
  const along = { domain: [bottom, top], anchor: axisName("x", i), nticks: 5 };
  return [
    [layoutName("x", i), figureAxis("epoch", across)],
    [
      layoutName("y", i),
      figureAxis(name, { ...along, ...(range === undefined ? { rangemode: "tozero" } : { range }) }),
    ],
  ];
}

function axisName(axis: "x" | "y", i: number): string {
  return i === 0 ? axis : `${axis}${i + 1}`;
}

function layoutName(axis: "x" | "y", i: number): string {
  return `${axis}axis${i === 0 ? "" : i + 1}`;
}
