import type { Figure } from "./figure.js";
import { figureNumbers } from "./figure.js";
import type { FigureOptions } from "./style.js";
import { figureAxis, figureLayout, okabeIto } from "./style.js";

/** What the figure shows; `shuffledTies` gives it. */
export interface ShuffledTiesValues {
  readonly cutoff: number;
  readonly convention: string;
  readonly published: readonly number[];
  readonly tieAware: readonly number[];
}

/** mAP of the same codes against the order of the database: a published code's wanders, the tie-aware one is a line. */
export function shuffledTiesFigure(values: ShuffledTiesValues, options: FigureOptions = {}): Figure {
  const { cutoff, convention, published, tieAware } = values;
  const x = published.map((_, i) => i + 1);
  const data = [
    {
      type: "scatter",
      mode: "markers",
      name: `as ${convention} has it`,
      marker: { color: okabeIto.orange, size: 9, line: { color: "#222222", width: 0.5 } },
      x,
      y: figureNumbers([...published], 7),
    },
    {
      type: "scatter",
      mode: "lines",
      name: "tie-aware",
      line: { color: okabeIto.green, width: 2 },
      x,
      y: figureNumbers([...tieAware], 7),
    },
  ];
  const layout = figureLayout(
    { ...options, height: options.height ?? 320 },
    {
      showlegend: true,
      xaxis: figureAxis("order of the database (shuffle)", { showgrid: false, tick0: 0, dtick: 5 }),
      yaxis: figureAxis(`mAP@${cutoff}`),
    },
  );
  return { data, layout };
}
