import type { Figure } from "./figure.js";
import { renderSvg, type SvgOptions } from "./render-svg.js";

export interface PngOptions extends SvgOptions {
  /** Pixels of the picture for each px of the figure. Default: 2. */
  scale?: number;
}

/** A figure as a PNG file, for papers and slides; text is set in the fonts of the machine. */
export async function renderPng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  const [{ Resvg }, svg] = await Promise.all([import("@resvg/resvg-js"), renderSvg(figure, options)]);
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: options.scale ?? 2 },
    font: { defaultFontFamily: "Liberation Sans" },
  });
  return image.render().asPng();
}
