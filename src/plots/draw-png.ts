import type { FontChoice } from "../core/font-choice.js";
import { hasLetters, typefaces } from "../core/typeface.js";
import { drawSvg, type SvgOptions } from "./draw-svg.js";
import type { Figure } from "./figure.js";
import { textsOf } from "./outlined-texts.js";

export interface PngOptions extends SvgOptions {
  /** Pixels of the picture for each px of the figure. Default: 2. */
  scale?: number;
  /** What the figure is set in. Default "sans". */
  fonts?: FontChoice;
}

/** `renderPng`, on this thread. */
export async function drawPng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  const { fonts = "sans", scale = 2, ...size } = options;
  const [{ Resvg }, svg] = await Promise.all([import("@resvg/resvg-js"), drawSvg(figure, size)]);
  const faces = typefaces(fonts);
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: {
      fontFiles: faces.map(({ file }) => file),
      defaultFontFamily: faces[0].name,
      loadSystemFonts: !textsOf(svg).every(text => hasLetters(text, fonts)),
    },
  });
  return image.render().asPng();
}
