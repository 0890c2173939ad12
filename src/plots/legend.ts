import { textWidth } from "../core/typeface.js";

/** An SVG is read in the fonts of its reader; those of Linux browsers (DejaVu) are up to a fifth wider than ours. */
export const FALLBACK_WIDTH: number = 1.2;

/** Names wider than this, in px, take too much of the width beside the axes: the legend then stands below them. */
const WIDEST_BESIDE = 100;
/** px of a line of the legend, between groups, of an entry beside its name, and of the figure's width that there is. */
const LINE = 20;
const GROUP_GAP = 4;
const MARK = 45;
const ROOM = 560;

/** What of a plotly trace a legend shows. */
interface LegendTrace {
  readonly name?: string;
  readonly legendgroup?: string;
  readonly showlegend?: boolean;
}

/** A legend in which every trace is seen. */
export interface LegendPlace {
  readonly legend: object;
  /** px it needs below the axis title. */
  readonly below: number;
  /** px it needs beside the axes. */
  readonly beside: number;
}

/**
 * Where the legend of these traces goes: right of the axes, or below them when its names are long. Plotly itself would
 * hide what does not fit behind a scroll bar, which a static picture does not have.
 */
export function legendPlace(data: readonly object[], fontSize: number): LegendPlace {
  const shown = (data as readonly LegendTrace[]).filter(({ name, showlegend }) => name && showlegend !== false);
  const widths = shown.map(({ name = "" }) => textWidth(name, fontSize));
  const groups = new Map<string, number[]>();
  shown.forEach(({ legendgroup }, i) => {
    const key = legendgroup ?? `alone ${i}`;
    groups.set(key, [...(groups.get(key) ?? []), widths[i]]);
  });
  if (Math.max(0, ...widths) > WIDEST_BESIDE) {
    const legend = { orientation: "h", x: 0, xanchor: "left", y: 0, yref: "container", yanchor: "bottom" };
    return { legend, below: linesBelow([...groups.values()]) * LINE + 12, beside: 0 };
  }
  const legend = { x: 1.02, xanchor: "left", y: 1, yanchor: "top" };
  return { legend, below: 0, beside: shown.length * LINE + groups.size * GROUP_GAP + 12 };
}

/** Lines of a legend whose groups stand beside each other, as many as there is room for, each a column of its entries. */
function linesBelow(groups: readonly (readonly number[])[]): number {
  let [lines, highest, taken] = [0, 0, 0];
  for (const widths of groups) {
    const width = FALLBACK_WIDTH * Math.max(...widths) + MARK;
    if (taken > 0 && taken + width > ROOM) {
      lines += highest;
      highest = taken = 0;
    }
    taken += width;
    highest = Math.max(highest, widths.length);
  }
  return lines + highest;
}

/** Names of which each is there once: those that repeat get a number, `DCH (2)`. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map(name => {
    let own = name;
    for (let i = 2; seen.has(own) || (own !== name && taken.has(own)); i++) own = `${name} (${i})`;
    seen.add(own);
    return own;
  });
}
