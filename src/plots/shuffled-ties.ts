import type { Figure } from "./figure.js";
import { figureNumbers } from "./figure.js";
import type { FigureOptions } from "./figure-layout.js";
import { figureAxis, figureLayout } from "./figure-layout.js";
import { okabeIto } from "./style.js";

/** What the figure shows; `shuffledTies` gives it. */
export interface ShuffledTiesValues {
  readonly cutoff: number;
  readonly convention: string;
  readonly published: readonly number[];
  readonly tieAware: readonly number[];
}

/**
 * mAP of the same codes against the order of the database, each in thousandths from its mean over the orders (the two
 * definitions have different levels): a published code's wanders, the tie-aware one is a line.
 */
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
      y: figureNumbers(fromMean(published), 5),
    },
    {
      type: "scatter",
      mode: "lines",
      name: "tie-aware",
      line: { color: okabeIto.green, width: 2 },
      x,
      y: figureNumbers(fromMean(tieAware), 5),
    },
  ];
  const layout = figureLayout(
    data,
    { ...options, height: options.height ?? 320 },
    {
      showlegend: true,
      xaxis: figureAxis("order of the database (shuffle)", { showgrid: false, tick0: 0, dtick: 5 }),
      yaxis: figureAxis(`mAP@${cutoff}, thousandths from its mean`),
    },
  );
  return { data, layout };
}

/** In thousandths, rounded to what sums of doubles hold, so that equal values give 0. */
function fromMean(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map(value => Math.round((value - mean) * 1e12) / 1e9);
}
