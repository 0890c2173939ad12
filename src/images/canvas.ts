import sharp from "sharp";
import type { ImageInput, RawImage } from "../datasets/image-input.js";
import type { DecodeOptions } from "./decode.js";
import { decodeImage } from "./decode.js";

/** Red, green, blue, 0..255. */
export type Colour = readonly [number, number, number];

/** Pixels to draw on. This one is changed by what is drawn on it; it never leaves the folder. */
export interface Canvas {
  /** (height, width, 3) */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A white canvas. */
export function blankCanvas(width: number, height: number): Canvas {
  return { data: new Uint8Array(width * height * 3).fill(255), width, height };
}

/** Fills a rectangle, cut at the canvas's edges. */
export function fillRectangle(canvas: Canvas, left: number, top: number, w: number, h: number, colour: Colour): void {
  for (let y = Math.max(0, top); y < Math.min(canvas.height, top + h); y++) {
    for (let x = Math.max(0, left); x < Math.min(canvas.width, left + w); x++) {
      canvas.data.set(colour, (y * canvas.width + x) * 3);
    }
  }
}

/** Puts an RGB image in the middle of a square of the canvas. */
export function placeCentred(canvas: Canvas, image: RawImage, left: number, top: number, side: number): void {
  const x = left + Math.floor((side - image.width) / 2);
  const y = top + Math.floor((side - image.height) / 2);
  for (let row = 0; row < image.height; row++) {
    const line = image.data.subarray(row * image.width * 3, (row + 1) * image.width * 3);
    canvas.data.set(line, ((y + row) * canvas.width + x) * 3);
  }
}

/** Repeats each pixel `factor` times in both directions. */
function repeatPixels({ data, width, height }: RawImage, factor: number): RawImage {
  const out = new Uint8Array(data.length * factor * factor); // (height·factor, width·factor, 3)
  for (let y = 0, to = 0; y < height * factor; y++) {
    const line = Math.floor(y / factor) * width;
    for (let x = 0; x < width * factor; x++, to += 3) {
      const from = (line + Math.floor(x / factor)) * 3;
      for (let c = 0; c < 3; c++) out[to + c] = data[from + c];
    }
  }
  return { data: out, width: width * factor, height: height * factor, channels: 3 };
}

/**
 * An image that fits a square of `side` pixels: a larger one is shrunk, a tiny one enlarged by a whole factor with
 * its pixels left sharp.
 */
export async function thumbnail(input: ImageInput, side: number, options: DecodeOptions = {}): Promise<RawImage> {
  const image = await decodeImage(input, options);
  const { width, height, channels } = image;
  const longer = Math.max(width, height);
  if (longer <= side) return repeatPixels(image, Math.floor(side / longer));
  const { data, info } = await sharp(image.data, { raw: { width, height, channels } })
    .resize(side, side, { fit: "inside" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: 3 };
}

/** The canvas as a PNG file. */
export async function pngOf({ data, width, height }: Canvas): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
