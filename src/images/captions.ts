import sharp from "sharp";
import { FONT_NAME, fitText, fontFile, hasLetters, textWidth } from "../core/typeface.js";
import type { Canvas, Colour } from "./canvas.js";

/** Height of a line of captions, in px. */
export const lineHeight: number = 14;

/** Font sizes in px: the usual one, and the least that a long text is set in before it is cut. */
const SIZE = 11;
const LEAST_SIZE = 9;

/** A line of text in a picture. */
export interface Caption {
  readonly text: string;
  /** Of the box it is set in, in px. */
  readonly left: number;
  readonly top: number;
  /** What does not fit is set smaller, then cut. */
  readonly width: number;
  readonly align: "left" | "centre";
  /** Default: dark grey. */
  readonly colour?: Colour;
}

/**
 * Sets captions into a picture, in the typeface that comes with the packages; letters it lacks (Chinese class names) are
 * set in a font of the machine, where there is one.
 */
export async function drawCaptions(canvas: Canvas, captions: readonly Caption[]): Promise<void> {
  const lines = captions.filter(({ text }) => text.trim() !== "").map(svgText);
  if (lines.length === 0) return;
  const { width, height } = canvas;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${lines.join("")}</svg>`;
  const { Resvg } = await import("@resvg/resvg-js");
  const drawn = new Resvg(svg, {
    font: {
      fontFiles: [fontFile()],
      defaultFontFamily: FONT_NAME,
      loadSystemFonts: !captions.every(({ text }) => hasLetters(text)),
    },
  }).render();
  const below = { raw: { width, height, channels: 3 as const } };
  const mixed = await sharp(canvas.data, below)
    .composite([{ input: drawn.asPng() }])
    .removeAlpha()
    .raw()
    .toBuffer();
  canvas.data.set(mixed);
}

function svgText({ text, left, top, width, align, colour = [40, 40, 40] }: Caption): string {
  const wanted = (SIZE * width) / Math.max(1e-9, textWidth(text, SIZE));
  const size = Math.max(LEAST_SIZE, Math.min(SIZE, Math.floor(2 * wanted) / 2));
  const shown = fitText(text, width, size);
  const x = align === "centre" ? left + width / 2 : left;
  const anchor = align === "centre" ? "middle" : "start";
  const place = `x="${x}" y="${top + lineHeight - 4}" text-anchor="${anchor}"`;
  const look = `font-family="${FONT_NAME}" font-size="${size}" fill="rgb(${colour.join(",")})"`;
  return `<text ${place} ${look}>${escapeXml(shown)}</text>`;
}

function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for these at all
  const legal = text.replace(/[\u0000-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "�");
  return legal.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
