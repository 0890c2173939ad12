import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers, type Numbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { okabeIto } from "./style.js";

/** Numbers of pairs at each Hamming distance 0..bits. */
export interface DistanceCounts {
  /** Pairs with a label in common, bits + 1 counts. */
  same: Numbers;
  /** Pairs without, bits + 1 counts. */
  different: Numbers;
}

/** Counts as shares of their sum; all 0 when there are none. */
function shares(counts: Numbers): number[] {
  const plain = Array.from(counts as ArrayLike<number>);
  const sum = plain.reduce((total, count) => total + count, 0);
  return plain.map(count => (sum === 0 ? 0 : count / sum));
}

/**
 * Hamming distances of pairs of the same class against those of different classes: codes are good
 * when the two hills lie apart. Each hill is a share of its own pairs, as there are far more pairs of different classes.
 * @throws {InputError} when the two have different lengths
 */
export function distanceHistogramFigure(counts: DistanceCounts, options: FigureOptions = {}): Figure {
  if (counts.same.length !== counts.different.length) {
    throw new InputError("distance histograms have different lengths", {
      expected: `${counts.same.length} counts (bits + 1)`,
      actual: `${counts.different.length}`,
    });
  }
  const trace = (name: string, color: string, values: Numbers): object => ({
    type: "bar",
    name,
    marker: { color, opacity: 0.65 },
    x: Array.from(values, (_, distance) => distance),
    y: figureNumbers(shares(values), 4),
    hovertemplate: "distance %{x}<br>%{y:.2%} of the pairs",
  });
  const data = [
    trace("same class", okabeIto.green, counts.same),
    trace("different classes", okabeIto.purple, counts.different),
  ];
  const layout = figureLayout(
    data,
    { ...options, height: options.height ?? 340 },
    {
      barmode: "overlay",
      bargap: 0.05,
      xaxis: figureAxis("Hamming distance (bits)", { showgrid: false }),
      yaxis: figureAxis("share of the pairs", { tickformat: ".0%", rangemode: "tozero" }),
    },
  );
  return { data, layout };
}
