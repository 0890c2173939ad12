import { FONT_FAMILY } from "../core/typeface.js";
import type { Figure } from "./figure.js";
import {
  FIGURE_WIDTH,
  FONT_SIZE,
  legendPlace,
  readersWidth,
  SIDES,
  type TextMeasure,
  wrappedNames,
  wrapText,
} from "./legend.js";

/** What every figure builder takes. */
export interface FigureOptions {
  /** Heading of the figure. Default: none. */
  title?: string;
  /** Height in px. Default: 400; the width is that of the page. */
  height?: number;
}

/** Colour of letters and axes. */
export const INK: string = "#222222";
const grid = "#E6E6E6";

/** An axis in the shared style. `name` carries the unit, for example "loss (nats a pair)". */
export function figureAxis(name: string, more: object = {}): object {
  return {
    title: { text: name, standoff: 8, font: { size: 14 } },
    showline: true,
    linecolor: INK,
    linewidth: 1,
    ticks: "outside",
    ticklen: 4,
    tickcolor: INK,
    gridcolor: grid,
    zeroline: false,
    ...more,
  };
}

/** px of the heading, and of the ticks and title of the axis below. */
const TITLE_SIZE = 15;
const AXIS_BELOW = 52;

/**
 * The layout all figures share: white, one font, every trace in the legend (the figure grows where it is long).
 * Margins are fixed: they must hold in a browser as in the window without one that draws the SVG.
 * @param data the traces
 */
export function figureLayout(data: readonly object[], options: FigureOptions, more: object = {}): object {
  const { showlegend, legend } = more as { showlegend?: boolean; legend?: object };
  const layout = {
    font: { family: FONT_FAMILY, size: FONT_SIZE, color: INK },
    paper_bgcolor: "#FFFFFF",
    plot_bgcolor: "#FFFFFF",
    hovermode: "closest",
    ...more,
    meta: { height: options.height ?? 400, ...(options.title === undefined ? {} : { title: options.title }) },
  };
  const placed = placedAround(showlegend === false ? [] : data, layout.meta, FIGURE_WIDTH, readersWidth);
  return { ...placed, ...layout, legend: { ...placed.legend, ...legend } };
}

/** What {@link figureLayout} keeps of a figure, to lay it out again at another width. */
interface OwnLayout {
  /** px without a legend below the axes. */
  readonly height: number;
  readonly title?: string;
}

/** Heading, height, margins and legend of a figure that is so many px wide. */
function placedAround(
  data: readonly object[],
  { height, title }: OwnLayout,
  width: number,
  measure: TextMeasure,
): { legend: object } {
  const { legend, below, beside } = legendPlace(data, width, measure);
  const heading = title === undefined ? undefined : wrapText(title, width - SIDES.l - SIDES.r, TITLE_SIZE, measure);
  const top = heading === undefined ? 16 : 24 + 20 * heading.split("<br>").length;
  return {
    ...(heading === undefined ? {} : { title: titleOf(heading) }),
    height: Math.max(height + below, top + AXIS_BELOW + beside),
    margin: { ...SIDES, t: top, b: AXIS_BELOW + below },
    legend: { ...legend, bgcolor: "rgba(255,255,255,0)", tracegroupgap: 4 },
  } as { legend: object };
}

/** A page that a figure is laid out for. */
export interface FigurePage {
  /** px. */
  readonly width: number;
  /** px without a legend below the axes; or, up to 1, a part of what the figure has of itself. */
  readonly height: number;
  /** Of its letters. */
  readonly measure: TextMeasure;
}

/**
 * A figure laid out again for a page: legend, heading and height for its width. One that is not of {@link figureLayout}
 * stays as it is.
 */
export function fittedFigure(figure: Figure, { width, height, measure }: FigurePage): Figure {
  const layout = figure.layout as { meta?: Partial<OwnLayout>; showlegend?: boolean };
  const own = layout.meta;
  if (own?.height === undefined) return figure;
  const data = wrappedNames(figure.data, width, measure);
  const around = { ...own, height: Math.round(height > 1 ? height : height * own.height) };
  const placed = placedAround(layout.showlegend === false ? [] : data, around, width, measure);
  return { data, layout: { ...layout, ...placed } };
}

function titleOf(text: string): object {
  const place = { x: 0, xref: "paper", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 12 } };
  return { text, ...place, font: { size: TITLE_SIZE } };
}
