import type { FontChoice } from "../core/font-choice.js";
import type { PngOptions } from "./draw-png.js";
import type { SvgOptions } from "./draw-svg.js";
import type { Figure } from "./figure.js";
import { askFigureThread } from "./figure-thread.js";
import type { PageOptions } from "./page-size.js";
import { pageFigure } from "./page-size.js";

// Plotly in jsdom takes a tenth of a second a figure, and a second for the first: a thread of its own does it, so that a
// training, a cell or a search goes on meanwhile.

/**
 * A figure as static SVG, drawn without a browser. The same figure gives the same text, byte for byte,
 * and different figures have different ids, so several can stand in one HTML page.
 */
export async function renderSvg(figure: Figure, options: SvgOptions = {}): Promise<string> {
  return askFigureThread({ kind: "svg", figure, options });
}

/**
 * A figure as a PNG file, for papers and slides, in the typeface that comes with the packages; only letters it lacks
 * (Chinese class names) are looked for in the fonts of the machine.
 */
export async function renderPng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  return askFigureThread({ kind: "png", figure, options });
}

/**
 * A figure as a PDF file of one page of its size: lines are lines, and texts are texts in an embedded typeface. Where the
 * packages' typefaces lack letters (Chinese class names) all texts are outlines, with letters of the machine's fonts.
 * The same figure gives the same bytes.
 * @throws {InputError} for a size out of bounds
 */
export async function renderPdf(figure: Figure, options: PageOptions = {}): Promise<Uint8Array> {
  const fonts: FontChoice = options.fonts ?? "sans";
  const { figure: drawn, size, inches } = pageFigure(figure, options, "ours");
  return askFigureThread({ kind: "pdf", figure: drawn, size, inches, fonts });
}
