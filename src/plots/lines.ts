import { InputError } from "../core/errors.js";
import type { Figure, Numbers } from "./figure.js";
import { figureNumbers } from "./figure.js";
import type { FigureOptions } from "./figure-layout.js";
import { figureAxis, figureLayout } from "./figure-layout.js";
import { distinctNames } from "./legend.js";
import type { LineDash } from "./style.js";
import { methodColours } from "./style.js";

/** One line of a figure. */
export interface Line {
  /** Its name in the legend; a method's name gets the method's colour. */
  name: string;
  x: Numbers;
  y: Numbers;
  /** `#RRGGBB`. Default: that of the method the name begins with, else the palette's next. */
  colour?: string;
  /** Default: solid. */
  dash?: LineDash;
}

/** Settings of {@link linesFigure}. */
export interface LinesOptions extends FigureOptions {
  /** Name of the horizontal axis, with its unit. */
  xAxis: string;
  /** Name of the vertical axis, with its unit. */
  yAxis: string;
  /** Bounds of the vertical axis. Default: from 0 to what is needed. */
  yRange?: readonly [number, number];
}

/**
 * Lines over one axis: functions, schedules, errors during training.
 * @throws {InputError} when there is no line, or one has not as many y as x
 */
export function linesFigure(lines: readonly Line[], options: LinesOptions): Figure {
  if (lines.length === 0) throw new InputError("no line to draw");
  const colours = methodColours(
    lines.map(({ name, colour }) => (colour === undefined ? { method: name } : { method: name, colour })),
  );
  const names = distinctNames(lines.map(({ name }) => name));
  const data = lines.map(({ name, x, y, dash }, i) => {
    if (x.length !== y.length) {
      throw new InputError(`the line "${name}" is uneven`, { expected: `${x.length} values`, actual: `${y.length}` });
    }
    return {
      type: "scatter",
      mode: "lines",
      name: names[i],
      line: { color: colours.get(name), width: 2, dash: dash ?? "solid" },
      x: figureNumbers(x, 9),
      y: figureNumbers(y),
    };
  });
  const yaxis = options.yRange === undefined ? { rangemode: "tozero" } : { range: [...options.yRange] };
  const layout = figureLayout(
    data,
    { ...options, height: options.height ?? 340 },
    { showlegend: true, xaxis: figureAxis(options.xAxis), yaxis: figureAxis(options.yAxis, yaxis) },
  );
  return { data, layout };
}
