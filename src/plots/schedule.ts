import { type Figure, figureNumbers, type Numbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { okabeIto } from "./style.js";

/** Settings of {@link scheduleFigure}. */
export interface ScheduleOptions extends FigureOptions {
  /** What is scheduled. Default: "β", HashNet's continuation. */
  name?: string;
  /** The step each value belongs to. Default: 0, 1, 2, … */
  steps?: Numbers;
}

/**
 * A value that changes by a schedule during training, over steps; drawn as the stairs it is.
 * @param values one a step
 */
export function scheduleFigure(values: Numbers, options: ScheduleOptions = {}): Figure {
  const name = options.name ?? "β";
  const trace = {
    type: "scatter",
    mode: "lines",
    name,
    line: { color: okabeIto.blue, width: 2, shape: "hv" },
    x: options.steps === undefined ? Array.from(values, (_, step) => step) : figureNumbers(options.steps, 9),
    y: figureNumbers(values),
    hovertemplate: `step %{x}<br>${name} %{y:.3~g}<extra></extra>`,
  };
  const layout = figureLayout(
    [],
    { ...options, height: options.height ?? 320 },
    {
      showlegend: false,
      xaxis: figureAxis("step", { separatethousands: true, exponentformat: "none" }),
      yaxis: figureAxis(name, { rangemode: "tozero" }),
    },
  );
  return { data: [trace], layout };
}
