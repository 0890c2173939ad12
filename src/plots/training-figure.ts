import { InputError } from "../core/errors.js";
import type { EpochRecord, StepRecord } from "../training/history.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout, okabeIto } from "./style.js";

/** One panel: a value over the epochs. */
interface Panel {
  readonly name: string;
  readonly colour: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const COLUMNS = 2;
const PANEL_HEIGHT = 190;
/** Room between panels for the axis titles, as a part of the width and in px. */
const GAP = { x: 0.16, y: 62 };

/**
 * How a training went, in small panels over the epochs: loss, β and quantisation error of the steps and, where there was
 * validation, mAP, imbalance of the bits and their correlation.
 * @throws {InputError} when no epoch is finished
 */
export function trainingFigure(
  epochs: readonly EpochRecord[],
  steps: readonly StepRecord[],
  options: FigureOptions = {},
): Figure {
  if (epochs.length === 0) throw new InputError("no epoch of the training to draw");
  const panels = panelsOf(epochs, steps);
  const rows = Math.ceil(panels.length / COLUMNS);
  const inner = rows * PANEL_HEIGHT + (rows - 1) * GAP.y;
  const axes = panels.flatMap((panel, i) => panelAxes(panel, i, epochs.length, inner));
  const height = options.height ?? inner + 68 + (options.title === undefined ? 0 : 28);
  return {
    data: panels.map(({ name, colour, x, y }, i) => ({
      type: "scatter",
      mode: x.length === 1 ? "markers" : "lines",
      name,
      line: { color: colour, width: 1.5 },
      xaxis: axisName("x", i),
      yaxis: axisName("y", i),
      x: figureNumbers(x),
      y: figureNumbers(y),
      hovertemplate: `epoch %{x:.1f}<br>${name} %{y:.4g}<extra></extra>`,
    })),
    layout: figureLayout([], { ...options, height }, { showlegend: false, ...Object.fromEntries(axes) }),
  };
}

function panelsOf(epochs: readonly EpochRecord[], steps: readonly StepRecord[]): Panel[] {
  const perEpoch = Math.max(1, steps.length / epochs.length);
  const ofSteps = (name: string, colour: string, value: (step: StepRecord) => number): Panel => {
    return { name, colour, x: steps.map(({ step }) => (step + 1) / perEpoch), y: steps.map(value) };
  };
  const ofEpochs = (name: string, colour: string, value: (epoch: EpochRecord) => number | undefined): Panel => {
    const known = epochs.filter(epoch => value(epoch) !== undefined);
    return { name, colour, x: known.map(({ epoch }) => epoch), y: known.map(epoch => value(epoch) as number) };
  };
  return [
    ofSteps("loss", okabeIto.blue, step => step.loss),
    ofSteps("β", okabeIto.black, step => step.beta),
    ofSteps("quantisation error", okabeIto.vermillion, step => step.quantisation),
    ofEpochs("validation mAP", okabeIto.green, epoch => epoch.validationMAP),
    ofEpochs("bit imbalance", okabeIto.purple, epoch => epoch.bitImbalance),
    ofEpochs("bit correlation", okabeIto.orange, epoch => epoch.bitCorrelation),
  ].filter(({ x }) => x.length > 0);
}

/** The two axes of a panel, counted row by row from the top. */
function panelAxes({ name }: Panel, i: number, epochs: number, inner: number): [string, object][] {
  const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
  const width = (1 - GAP.x * (COLUMNS - 1)) / COLUMNS;
  const left = column * (width + GAP.x);
  const top = 1 - (row * (PANEL_HEIGHT + GAP.y)) / inner;
  const bottom = Math.max(0, top - PANEL_HEIGHT / inner);
  const whole = epochs <= 10 ? { dtick: 1 } : {};
  return [
    [
      layoutName("x", i),
      figureAxis("epoch", { domain: [left, left + width], anchor: axisName("y", i), rangemode: "tozero", ...whole }),
    ],
    [
      layoutName("y", i),
      figureAxis(name, { domain: [bottom, top], anchor: axisName("x", i), rangemode: "tozero", nticks: 5 }),
    ],
  ];
}

function axisName(axis: "x" | "y", i: number): string {
  return i === 0 ? axis : `${axis}${i + 1}`;
}

function layoutName(axis: "x" | "y", i: number): string {
  return `${axis}axis${i === 0 ? "" : i + 1}`;
}
