import type { FontChoice } from "../core/font-choice.js";
import { typefaces } from "../core/typeface.js";

/** The texts of an SVG, as they are read. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/>([^<]+)</g)].map(([, text]) => text.trim());
}

/** An SVG with the outlines of letters in place of its texts; letters that no typeface has are looked for in the fonts of the machine. */
export async function outlinedTexts(svg: string, fonts: FontChoice): Promise<string> {
  const { Resvg } = await import("@resvg/resvg-js");
  const faces = typefaces(fonts);
  const font = { fontFiles: faces.map(({ file }) => file), defaultFontFamily: faces[0].name, loadSystemFonts: true };
  return new Resvg(svg, { font }).toString();
}
