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
    title: { text: name, standoff: 8, font: { size: AXIS_TITLE_SIZE } },
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

/** px of the names of axes, and the least where one is longer than its axis. */
const AXIS_TITLE_SIZE = 14;
const LEAST_TITLE_SIZE = 9;
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
): { readonly legend: object; readonly height: number; readonly margin: { readonly t: number; readonly b: number } } {
  const { legend, below, beside } = legendPlace(data, width, measure);
  const heading = title === undefined ? undefined : wrapText(title, width - SIDES.l - SIDES.r, TITLE_SIZE, measure);
  const top = heading === undefined ? 16 : 24 + 20 * heading.split("<br>").length;
  const axes = Math.max(height - top - AXIS_BELOW, beside);
  const y = below === 0 ? {} : { y: -AXIS_BELOW / axes }; // under the title of the axis, however wide a cell is
  return {
    ...(heading === undefined ? {} : { title: titleOf(heading) }),
    height: top + axes + AXIS_BELOW + below,
    margin: { ...SIDES, t: top, b: AXIS_BELOW + below },
    legend: { ...legend, ...y, bgcolor: "rgba(255,255,255,0)", tracegroupgap: 4 },
  };
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
  const layout = figure.layout as FittedLayout;
  const own = layout.meta;
  if (own?.height === undefined) return figure;
  const data = wrappedNames(figure.data, width, measure);
  const around = { ...own, height: Math.round(height > 1 ? height : height * own.height) };
  const placed = placedAround(layout.showlegend === false ? [] : data, around, width, measure);
  const { height: whole, margin } = placed;
  const yaxis = fittedAxis(layout.yaxis, whole - margin.t - margin.b, measure);
  const { itemsizing } = layout.legend ?? {}; // the rest of a legend is of its place
  const legend = itemsizing === undefined ? placed.legend : { ...placed.legend, itemsizing };
  return { data, layout: { ...layout, ...placed, legend, ...(yaxis === undefined ? {} : { yaxis }) } };
}

/** An axis whose name is not longer than it. */
function fittedAxis(axis: AxisLayout | undefined, height: number, measure: TextMeasure): AxisLayout | undefined {
  const { domain: [from, to] = [0, 1], title } = axis ?? {};
  if (title?.text === undefined) return axis;
  const fit = Math.floor((AXIS_TITLE_SIZE * (to - from) * height) / measure(title.text, AXIS_TITLE_SIZE));
  const size = Math.max(LEAST_TITLE_SIZE, Math.min(AXIS_TITLE_SIZE, fit));
  return { ...axis, title: { ...title, font: { ...title.font, size } } };
}

/** What of a layout a page changes. */
interface FittedLayout {
  readonly meta?: Partial<OwnLayout>;
  readonly showlegend?: boolean;
  readonly legend?: { readonly itemsizing?: string };
  readonly yaxis?: AxisLayout;
}

/** What of an axis it changes. */
interface AxisLayout {
  readonly domain?: readonly [number, number];
  readonly title?: { readonly text?: string; readonly font?: object };
}

function titleOf(text: string): object {
  const place = { x: 0, xref: "paper", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 12 } };
  return { text, ...place, font: { size: TITLE_SIZE } };
}
