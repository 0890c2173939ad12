import { InputError } from "../core/errors.js";
import type { FontChoice } from "../core/font-choice.js";
import { fontFamily, textWidth } from "../core/typeface.js";
import type { Figure } from "./figure.js";
import { fittedFigure } from "./figure-layout.js";
import { FIGURE_WIDTH, readersWidth } from "./legend.js";

/** How large a figure is on paper, and its typeface. */
export interface PageOptions {
  /** Columns of a paper of two that it spans: 1 is 3.25 in wide, 2 are 6.75 in. Default: as on a screen, 640 px (6.67 in). */
  readonly columns?: 1 | 2;
  /** Width in inches, 1..40, for other papers. Default: that of `columns`. */
  readonly width?: number;
  /** Height in inches without a legend below the axes, which adds to it, 0.5..40. Default: by the figure's own. */
  readonly height?: number;
  /** "sans", as wide as Arial; "times"; "latex", Computer Modern. Default "sans". */
  readonly fonts?: FontChoice;
}

/** A figure laid out for paper. */
export interface PageFigure {
  readonly figure: Figure;
  /** px in which it is drawn. */
  readonly size: { readonly width: number; readonly height: number };
  /** On paper, inches. */
  readonly inches: { readonly width: number; readonly height: number };
}

/** Inches of one and two columns; in between are those of ACM, CVPR, ICML and IEEE (3.25 to 3.5, 6.75 to 7.16). */
const COLUMN_INCHES: Readonly<Record<1 | 2, number>> = { 1: 3.25, 2: 6.75 };
/** px an inch of CSS, and of a figure for paper: 13 px are 8 pt there, what a caption has. */
const SCREEN_PX = 96;
const PAPER_PX = (13 / 8) * 72;
/** A figure of one column is lower than it is on a screen; one as wide as there is as high. */
const LOWEST = 0.72;

/** In whose font a figure is shown: ours, which is in the file, or the reader's. */
export type ShownIn = "ours" | "readers";

/**
 * Lays a figure out for paper: letters of 8 pt whatever its width, the legend where it has room.
 * @throws {InputError} for a size out of bounds
 */
export function pageFigure(figure: Figure, options: PageOptions, shownIn: ShownIn): PageFigure {
  const { fonts = "sans", height } = options;
  const paper = widthOf(options);
  checkInches("height", height, 0.5);
  const scale = paper === undefined ? SCREEN_PX : PAPER_PX;
  const width = paper === undefined ? FIGURE_WIDTH : Math.round(paper * scale);
  const part = Math.min(1, Math.max(LOWEST, width / FIGURE_WIDTH));
  const measure = shownIn === "ours" ? (text: string, size: number) => textWidth(text, size, fonts) : readersWidth;
  const page = { width, height: height === undefined ? part : height * scale, measure };
  const isAsDrawn = paper === undefined && height === undefined;
  const fitted = isAsDrawn ? figure : fittedFigure(figure, page);
  const drawn = options.fonts === undefined ? fitted : setIn(fitted, fonts);
  const size = { width, height: (drawn.layout as { height?: number }).height ?? 400 };
  const inches = paper ?? width / scale;
  return { figure: drawn, size, inches: { width: inches, height: (inches * size.height) / width } };
}

function widthOf({ columns, width }: PageOptions): number | undefined {
  checkInches("width", width, 1);
  if (columns === undefined || width !== undefined) return width;
  if (Object.hasOwn(COLUMN_INCHES, columns)) return COLUMN_INCHES[columns];
  throw new InputError("a figure cannot span so many columns", { expected: "1 or 2", actual: `${columns}` });
}

function checkInches(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (value >= least && value <= 40)) return;
  throw new InputError(`a figure cannot have this ${name}`, { expected: `${least}..40 inches`, actual: `${value}` });
}

function setIn({ data, layout }: Figure, fonts: FontChoice): Figure {
  const { font } = layout as { font?: object };
  return { data, layout: { ...layout, font: { ...font, family: fontFamily(fonts) } } };
}
