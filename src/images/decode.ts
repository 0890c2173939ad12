import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { InputError } from "../core/errors.js";
import type { ImageInput, RawImage } from "../datasets/image-input.js";

const KINDS = "a whole JPEG, PNG, WebP, GIF, TIFF or AVIF image";

/** How an image is called in messages when it has no file name. */
export interface ImageName {
  /** For example the item's id. Default: the path, or "image". */
  name?: string;
}

function nameOf(input: ImageInput, { name }: ImageName): string {
  if (typeof input !== "string") return name ?? "image";
  return name === undefined || input.endsWith(name) ? input : `${name} (${input})`;
}

/** Files are read here, not by libvips, whose cache goes by path and would miss a changed file. */
async function bytesOf(input: string | Uint8Array, file: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = typeof input === "string" ? await readFile(input) : input;
  } catch (cause) {
    throw new InputError("this image cannot be read", {
      file,
      expected: KINDS,
      actual: (cause as Error).message,
      cause,
    });
  }
  if (bytes.length === 0) throw new InputError("this image is empty", { file, expected: KINDS, actual: "0 bytes" });
  return bytes;
}

async function decodeBytes(bytes: Uint8Array, file: string): Promise<RawImage> {
  try {
    // failOn "error": missing or broken data fails, remarks of the decoder (stray bytes, odd metadata) do not.
    const { data, info } = await sharp(bytes, { failOn: "error" })
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: info.channels as 1 | 3 };
  } catch (cause) {
    const actual = (cause as Error).message.trim().split("\n")[0];
    throw new InputError("this image cannot be decoded", { file, expected: KINDS, actual, cause });
  }
}

function checkRaw(image: RawImage, file: string): RawImage {
  const { data, width, height, channels } = image;
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!whole || ![1, 3, 4].includes(channels) || data.length !== width * height * channels) {
    throw new InputError("these pixels do not fill their shape", {
      file,
      expected: `width · height · channels values of 1, 3 or 4 channels`,
      actual: `${data.length} for ${width} · ${height} · ${channels}`,
    });
  }
  return image;
}

function overWhite({ data, width, height }: RawImage): RawImage {
  const flat = new Uint8Array(width * height * 3); // (height, width, 3)
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const opacity = data[from + 3];
    for (let c = 0; c < 3; c++) flat[to + c] = Math.round((data[from + c] * opacity + 255 * (255 - opacity)) / 255);
  }
  return { data: flat, width, height, channels: 3 };
}

/** Like {@link decodeImage}, but grey pixels given as such stay one channel, which saves two thirds of the work. */
export async function decodePixels(input: ImageInput, options: ImageName = {}): Promise<RawImage> {
  const file = nameOf(input, options);
  if (typeof input === "string" || input instanceof Uint8Array) return decodeBytes(await bytesOf(input, file), file);
  const image = checkRaw(input, file);
  return image.channels === 4 ? overWhite(image) : image;
}

/**
 * Decodes an image to 8-bit sRGB, three channels, upright (EXIF orientation applied).
 *
 * Grey is repeated; 16 bits become 8; palettes are looked up; transparent pixels are laid over white, as product
 * pictures are meant to be seen (PIL's `convert("RGB")` drops the opacity and shows whatever colour lies below); CMYK
 * and images with an ICC profile are converted by that profile (PIL ignores it); of an animation it is the first
 * frame. The bytes of plain JPEGs are decoded exactly as PIL does.
 * @throws {InputError} naming the file when it is missing, empty, cut short, or no image
 */
export async function decodeImage(input: ImageInput, options: ImageName = {}): Promise<RawImage> {
  const image = await decodePixels(input, options);
  if (image.channels === 3) return image;
  const data = new Uint8Array(image.data.length * 3); // (height, width, 3)
  for (let i = 0; i < image.data.length; i++) data.fill(image.data[i], 3 * i, 3 * i + 3);
  return { ...image, data, channels: 3 };
}
