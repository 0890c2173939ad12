import { extname, join } from "node:path";
import { InputError } from "../core/errors.js";
import { writeOutput } from "../core/output-files.js";
import type { Figure } from "./figure.js";
import { type PageOptions, pageFigure } from "./page-size.js";
import { renderPdf, renderPng, renderSvg } from "./render-figure.js";

/** Settings of {@link saveFigure}. */
export interface SaveFigureOptions extends PageOptions {
  /** Of a PNG: pixels an inch on paper, 30..1200. Default: 300 where the width on paper is given, else 192. */
  readonly dpi?: number;
}

type Writer = (figure: Figure, options: SaveFigureOptions) => Promise<string | Uint8Array>;

/** What a figure is written as, by the ending of the file. */
const WRITERS: Readonly<Record<string, Writer>> = {
  ".svg": svgOf,
  ".pdf": renderPdf,
  ".png": pngOf,
  ".json": async figure => `${JSON.stringify(figure)}\n`,
};

/**
 * Checks that a figure can be written as what the file is called.
 * @throws {InputError} for an ending other than .svg, .pdf, .png and .json
 */
export function checkFigureFile(file: string): void {
  const ending = extname(file).toLowerCase();
  if (Object.hasOwn(WRITERS, ending)) return;
  throw new InputError("a figure cannot be written as this", {
    file,
    expected: `an ending of ${Object.keys(WRITERS).join(", ")}`,
    actual: ending === "" ? "none" : ending,
  });
}

/**
 * Writes a figure to a file: `await saveFigure(precisionRecallOf(results), "pr.pdf", { columns: 1, fonts: "latex" })`.
 * A PDF is of lines and of letters in an embedded typeface; an SVG is shown in the reader's, which may have to stand in for
 * that asked for; a PNG is of pixels; JSON is plotly's own, for `Plotly.newPlot` or `plotly.io.read_json`.
 * @param file ends in .svg, .pdf, .png or .json
 * @throws {InputError} for another ending, or a size out of bounds
 */
export async function saveFigure(figure: Figure, file: string, options: SaveFigureOptions = {}): Promise<void> {
  checkFigureFile(file);
  await writeOutput(file, await WRITERS[extname(file).toLowerCase()](figure, options));
}

async function svgOf(figure: Figure, options: SaveFigureOptions): Promise<string> {
  const { figure: drawn, size, inches } = pageFigure(figure, options, "readers");
  const svg = await renderSvg(drawn, size);
  if (options.columns === undefined && options.width === undefined) return svg;
  const onPaper = `width="${inches.width.toFixed(3)}in" height="${inches.height.toFixed(3)}in"`;
  return svg.replace(`width="${size.width}" height="${size.height}"`, onPaper);
}

async function pngOf(figure: Figure, options: SaveFigureOptions): Promise<Uint8Array> {
  const { figure: drawn, size, inches } = pageFigure(figure, options, "ours");
  const { dpi = options.columns === undefined && options.width === undefined ? 192 : 300, fonts } = options;
  if (!(dpi >= 30 && dpi <= 1200)) {
    throw new InputError("a picture cannot have this dpi", { expected: "30..1200", actual: `${dpi}` });
  }
  return renderPng(drawn, {
    ...size,
    scale: (dpi * inches.width) / size.width,
    ...(fonts === undefined ? {} : { fonts }),
  });
}

/** Endings that a paper, a page and a slide need. */
const ENDINGS = [".pdf", ".svg", ".png"] as const;

/**
 * Writes figures into a folder, each as PDF, SVG and PNG of its name, over those of an earlier time.
 * @returns the files
 */
export async function saveFigures(
  figures: Readonly<Record<string, Figure>>,
  folder: string,
  options: SaveFigureOptions = {},
): Promise<string[]> {
  const files: string[] = [];
  for (const [name, figure] of Object.entries(figures)) {
    for (const ending of ENDINGS) {
      const file = join(folder, `${name}${ending}`);
      await saveFigure(figure, file, options);
      files.push(file);
    }
  }
  return files;
}
