import { extname } from "node:path";
import { InputError } from "../core/errors.js";
import { writeOutput } from "../core/output-files.js";
import type { Figure } from "./figure.js";
import { renderPng } from "./render-png.js";
import type { SvgOptions } from "./render-svg.js";
import { renderSvg } from "./render-svg.js";

type Writer = (figure: Figure, options: SvgOptions) => Promise<string | Uint8Array>;

/** What a figure is written as, by the ending of the file. */
const WRITERS: Readonly<Record<string, Writer>> = {
  ".svg": renderSvg,
  ".png": renderPng,
  ".json": async figure => `${JSON.stringify(figure)}\n`,
};

/**
 * Checks that a figure can be written as what the file is called.
 * @throws {InputError} for an ending other than .svg, .png and .json
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
 * Writes a figure: `await writeFigure(precisionRecallOf(results), "curves.svg")`. SVG and PNG are static; JSON is
 * plotly's own, for `Plotly.newPlot` or `plotly.io.read_json`.
 * @param file ends in .svg, .png or .json
 * @param options size in px of the static picture
 * @throws {InputError} for another ending
 */
export async function writeFigure(figure: Figure, file: string, options: SvgOptions = {}): Promise<void> {
  checkFigureFile(file);
  await writeOutput(file, await WRITERS[extname(file).toLowerCase()](figure, options));
}
