import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers, type Numbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { distinctNames } from "./legend.js";
import { type ColouredName, methodColours } from "./style.js";

/** Share of +1 in each bit of a method's codes. */
export interface BitBalance extends ColouredName {
  /** One number in 0..1 for each bit. */
  fractions: Numbers;
}

/**
 * Share of +1 in each bit as bars around the balanced 0.5: a bar that reaches 0 or 1 is a bit that says nothing.
 * @throws {InputError} when there is no method
 */
export function bitBalanceFigure(balances: readonly BitBalance[], options: FigureOptions = {}): Figure {
  if (balances.length === 0) throw new InputError("no bit balance to draw");
  const colours = methodColours(balances);
  const names = distinctNames(balances.map(({ method }) => method));
  const data = balances.map(({ method, fractions }, i) => ({
    type: "bar",
    name: names[i],
    marker: { color: colours.get(method) },
    base: 0.5,
    x: Array.from(fractions, (_, bit) => bit),
    y: figureNumbers(
      Array.from(fractions as ArrayLike<number>, fraction => fraction - 0.5),
      4,
    ),
    customdata: figureNumbers(fractions, 4),
    hovertemplate: "bit %{x}<br>%{customdata:.1%} are +1",
  }));
  const layout = figureLayout(
    data,
    { ...options, height: options.height ?? 320 },
    {
      barmode: "group",
      bargap: 0.25,
      showlegend: balances.length > 1,
      xaxis: figureAxis("bit", { showgrid: false }),
      yaxis: figureAxis("share of +1", { range: [0, 1], tickformat: ".0%" }),
      shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: 0.5, y1: 0.5, line: { color: "#222222", width: 1 } }],
    },
  );
  return { data, layout };
}
