import { InputError } from "../core/errors.js";
import type { ImageInput } from "../datasets/image-input.js";
import type { Canvas, Colour } from "./canvas.js";
import { blankCanvas, fillRectangle, placeCentred, pngOf, thumbnail } from "./canvas.js";
import { type Caption, drawCaptions, lineHeight } from "./captions.js";

/** One found image. */
export interface StripResult {
  readonly image: ImageInput;
  /** Whether it shares a label with the query. */
  readonly relevant: boolean;
  /** A short text below it, for example its distance. */
  readonly caption?: string;
  /** What it shows, for example its class: written below it when it is not relevant. */
  readonly name?: string;
  /** The classes that it shares with the query, where that is worth saying: written below it when it is relevant. */
  readonly shared?: string;
}

/** A query and what was found for it, best first. */
export interface ResultStrip {
  readonly query: ImageInput;
  readonly results: readonly StripResult[];
  /** A short text below the query, for example its class. */
  readonly caption?: string;
}

/** Okabe-Ito bluish green and vermilion: told apart by colour-blind eyes too. */
const RELEVANT: Colour = [0x00, 0x9e, 0x73];
const IRRELEVANT: Colour = [0xd5, 0x5e, 0x00];
const QUERY: Colour = [0x00, 0x00, 0x00];
/** The same vermilion, dark enough to be read. */
const WRONG_NAME: Colour = [0xa3, 0x45, 0x00];
/** The same green, dark enough to be read. */
const SHARED_NAME: Colour = [0x00, 0x6b, 0x4f];

/** Width of a frame and of the white between frame and image, in pixels. */
const FRAME = 3;
const BLANK = 1;

async function drawFrame(
  canvas: Canvas,
  image: ImageInput,
  left: number,
  top: number,
  size: number,
  colour: Colour,
): Promise<void> {
  const side = size + 2 * (FRAME + BLANK);
  fillRectangle(canvas, left, top, side, side, colour);
  fillRectangle(canvas, left + FRAME, top + FRAME, size + 2 * BLANK, size + 2 * BLANK, [255, 255, 255]);
  placeCentred(canvas, await thumbnail(image, size), left + FRAME + BLANK, top + FRAME + BLANK, size);
}

/**
 * A row for each query: the query framed in black, then its results from the best on, framed in green when relevant
 * and in red when not, with what it shows below it; below a relevant one the classes it shares, where items have several.
 * @param strips at least one
 * @returns the bytes of a PNG file
 * @throws {InputError} without queries, or when the size is out of bounds
 */
export async function resultStrips(
  strips: readonly ResultStrip[],
  options: {
    /** Side of the square an image has, in pixels, 8 or more. Default 56, which doubles 28×28 pixels. */
    size?: number;
    /** Blank between frames, in pixels. Default 4; after the query four times that. */
    gap?: number;
  } = {},
): Promise<Uint8Array> {
  const { size = 56, gap = 4 } = options;
  if (strips.length === 0) throw new InputError("there is no query to show");
  if (!(Number.isInteger(size) && size >= 8)) {
    throw new InputError("these strips cannot be drawn", { expected: "a whole size from 8", actual: `${size}` });
  }
  const side = size + 2 * (FRAME + BLANK);
  const { lines, nameLine } = linesBelow(strips);
  const rowHeight = side + gap + lines * lineHeight;
  const longest = strips.reduce((most, one) => Math.max(most, one.results.length), 0);
  const firstResult = gap + side + 4 * gap;
  const canvas = blankCanvas(firstResult + longest * (side + gap), gap + strips.length * rowHeight);
  const texts: Caption[] = [];
  for (const [row, { query, results, caption = "" }] of strips.entries()) {
    const top = gap + row * rowHeight;
    const below = top + side;
    await drawFrame(canvas, query, gap, top, size, QUERY);
    texts.push({ text: caption, left: gap, top: below, width: side + 3 * gap, align: "left" });
    for (const [rank, result] of results.entries()) {
      const { image, relevant, caption = "" } = result;
      const left = firstResult + rank * (side + gap);
      await drawFrame(canvas, image, left, top, size, relevant ? RELEVANT : IRRELEVANT);
      const box = { left, width: side, align: "centre" as const };
      texts.push({ text: caption, top: below, ...box });
      const colour = relevant ? SHARED_NAME : WRONG_NAME;
      texts.push({ text: nameBelow(result), top: below + nameLine * lineHeight, colour, ...box });
    }
  }
  await drawCaptions(canvas, texts);
  return pngOf(canvas);
}

/** Lines of text below the pictures, and in which of them names stand. */
function linesBelow(strips: readonly ResultStrip[]): { lines: number; nameLine: number } {
  const results = strips.flatMap(one => one.results);
  const hasCaptions = strips.some(one => one.caption) || results.some(({ caption }) => caption);
  const hasNames = results.some(result => nameBelow(result) !== "");
  return { lines: Number(hasCaptions) + Number(hasNames), nameLine: Number(hasCaptions) };
}

function nameBelow({ relevant, name = "", shared = "" }: StripResult): string {
  return relevant ? shared : name;
}
