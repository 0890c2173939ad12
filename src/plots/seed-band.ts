import { figureNumbers } from "./figure.js";
import type { SeriesStyle } from "./style.js";

/** A curve with the deviation of its values over seeds. */
export interface BandedCurve {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** As many as values; 0 where there is none. */
  readonly deviation: readonly number[];
}

/** What the values and their deviations reach. */
export function bandReach({ y, deviation }: BandedCurve): number[] {
  return y.flatMap((value, i) => [Math.max(0, value - deviation[i]), Math.min(1, value + deviation[i])]);
}

/** Shares ± their deviation, a shaded area behind the curve; nothing where there is no deviation. */
export function seedBand(curve: BandedCurve, { legendgroup, line }: SeriesStyle): object[] {
  if (!curve.deviation.some(deviation => deviation > 0)) return [];
  const reach = bandReach(curve);
  const edge = (end: 0 | 1): number[] => curve.y.map((_, i) => reach[2 * i + end]);
  return [
    {
      type: "scatter",
      mode: "lines",
      fill: "toself",
      legendgroup,
      showlegend: false,
      hoverinfo: "skip",
      opacity: 0.25,
      line: { ...line, width: 0 },
      fillcolor: line.color,
      x: figureNumbers([...curve.x, ...[...curve.x].reverse()], 9),
      y: figureNumbers([...edge(1), ...edge(0).reverse()]),
    },
  ];
}
