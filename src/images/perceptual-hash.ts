import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { InputError } from "../core/errors.js";
import type { ImageInput } from "../datasets/image-input.js";

/** Settings of {@link perceptualHash}. */
export interface PerceptualHashOptions {
  /** Rows and columns of DCT coefficients, a multiple of 4 from 4 to 32; side² bits. Default 8, the published 64. */
  readonly side?: number;
  /** How the image is called in messages. Default: its path, or "image". */
  readonly name?: string;
}

/** Pixels a side that the image is reduced to, for each row of coefficients. */
const PIXELS_PER_COEFFICIENT = 4;

/**
 * pHash by DCT (C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1):
 * the image in grey, reduced to 32 × 32 (4 · side), its two-dimensional DCT-II, of which the 8 × 8 (side²) lowest
 * frequencies without the constant row and column; a bit is 1 where a coefficient is above their median. Copies that
 * were rescaled, compressed or brightened differ in few bits. Deviation: reduced by averaging (sharp's Lanczos kernel)
 * instead of a 7 × 7 mean filter and picking pixels.
 * @returns bits as `packedCodes` lays them out, row by row, side²/8 bytes
 * @throws {InputError} when side is out of bounds or the image cannot be decoded
 */
export async function perceptualHash(input: ImageInput, options: PerceptualHashOptions = {}): Promise<Uint8Array> {
  const { side = 8 } = options;
  if (!(Number.isInteger(side) && side >= 4 && side <= 32 && side % 4 === 0)) {
    throw new InputError("side is out of bounds", { expected: "a multiple of 4 from 4 to 32", actual: `${side}` });
  }
  const pixels = PIXELS_PER_COEFFICIENT * side;
  return dctHash(await greyPixels(input, pixels, options.name), pixels, side);
}

/** The image in grey, stretched to a square of `pixels` a side. */
async function greyPixels(input: ImageInput, pixels: number, name: string | undefined): Promise<Uint8Array> {
  const file = name ?? (typeof input === "string" ? input : "image");
  try {
    const isRaw = typeof input !== "string" && !(input instanceof Uint8Array);
    const { width, height, channels } = isRaw ? input : { width: 0, height: 0, channels: 3 as const };
    // Read here, not by libvips, whose cache goes by path and would miss a changed file.
    const source = isRaw
      ? sharp(input.data, { raw: { width, height, channels } })
      : sharp(typeof input === "string" ? await readFile(input) : input, { failOn: "error" });
    const { data } = await source
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .greyscale()
      .resize(pixels, pixels, { fit: "fill", kernel: "lanczos3" })
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return data;
  } catch (cause) {
    const actual = (cause as Error).message.trim().split("\n")[0];
    throw new InputError("this image cannot be decoded", { file, expected: "a whole image", actual, cause });
  }
}

/** Rows 1..side of the DCT-II matrix, (side, pixels): cos(π/N · (n + ½) · k). */
function cosines(side: number, pixels: number): Float64Array {
  const table = new Float64Array(side * pixels);
  for (let k = 0; k < side; k++) {
    for (let n = 0; n < pixels; n++) table[k * pixels + n] = Math.cos((Math.PI / pixels) * (n + 0.5) * (k + 1));
  }
  return table;
}

/** @param grey (pixels, pixels) */
export function dctHash(grey: Uint8Array, pixels: number, side: number): Uint8Array {
  const table = cosines(side, pixels);
  const rows = new Float64Array(pixels * side); // (pixels, side): each line's lowest frequencies
  for (let y = 0; y < pixels; y++) {
    for (let k = 0; k < side; k++) {
      let sum = 0;
      for (let x = 0; x < pixels; x++) sum += grey[y * pixels + x] * table[k * pixels + x];
      rows[y * side + k] = sum;
    }
  }
  const low = new Float64Array(side * side); // (vertical frequency, horizontal frequency)
  for (let v = 0; v < side; v++) {
    for (let k = 0; k < side; k++) {
      let sum = 0;
      for (let y = 0; y < pixels; y++) sum += rows[y * side + k] * table[v * pixels + y];
      low[v * side + k] = sum;
    }
  }
  const sorted = low.slice().sort();
  const median = (sorted[low.length / 2 - 1] + sorted[low.length / 2]) / 2;
  const bits = new Uint8Array(low.length / 8);
  low.forEach((value, i) => {
    if (value > median) bits[i >> 3] |= 0x80 >> (i & 7);
  });
  return bits;
}
