// The one typeface of all figures and captions. A fresh machine has no fonts; this one comes with the packages, under the
// Open Font License, and its letters are as wide as those of Helvetica and Arial, which most readers of an SVG have.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import opentype from "opentype.js";

/** For CSS and SVG: the typeface, then those of the same widths. */
export const FONT_FAMILY: string = "Arimo, Helvetica, Arial, Liberation Sans, sans-serif";

/** The name under which a renderer finds it in {@link fontFile}. */
export const FONT_NAME: string = "Arimo";

/** Where its file lies. */
export function fontFile(): string {
  return createRequire(import.meta.url).resolve("@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf");
}

/** Parsed once a process: it takes some tens of milliseconds and never changes. */
let parsed: opentype.Font | undefined;

function font(): opentype.Font {
  if (parsed === undefined) {
    const { buffer, byteOffset, byteLength } = readFileSync(fontFile());
    parsed = opentype.parse(buffer.slice(byteOffset, byteOffset + byteLength));
  }
  return parsed;
}

/** Width in px of one line of text at a font size in px; letters the typeface lacks count as its box for them. */
export function textWidth(text: string, fontSize: number): number {
  return font().getAdvanceWidth(text, fontSize);
}

/** Whether the typeface has all letters of a text; others have to come from a font of the machine. */
export function hasLetters(text: string): boolean {
  return [...text].every(letter => font().charToGlyphIndex(letter) > 0);
}

/** Cuts text to what fits in `width` px, ending in "…" when something was cut. */
export function fitText(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const letters = [...text];
  while (letters.length > 0 && textWidth(`${letters.join("")}…`, fontSize) > width) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}
