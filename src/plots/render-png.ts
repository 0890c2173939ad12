import { FONT_NAME, fontFile, hasLetters } from "../core/typeface.js";
import type { Figure } from "./figure.js";
import { renderSvg, type SvgOptions } from "./render-svg.js";

export interface PngOptions extends SvgOptions {
  /** Pixels of the picture for each px of the figure. Default: 2. */
  scale?: number;
}

/**
 * A figure as a PNG file, for papers and slides, in the typeface that comes with the packages; only letters it lacks
 * (Chinese class names) are looked for in the fonts of the machine.
 */
export async function renderPng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  const [{ Resvg }, svg] = await Promise.all([import("@resvg/resvg-js"), renderSvg(figure, options)]);
  const texts = [...svg.matchAll(/>([^<]+)</g)].map(([, text]) => text.trim());
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: options.scale ?? 2 },
    font: { fontFiles: [fontFile()], defaultFontFamily: FONT_NAME, loadSystemFonts: !texts.every(hasLetters) },
  });
  return image.render().asPng();
}
