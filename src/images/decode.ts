import sharp from "sharp";
import { InputError } from "../core/errors.js";
import type { ImageInput, RawImage } from "../datasets/image-input.js";
import { imageKind, KIND_BYTES } from "../datasets/image-kind.js";
import { readImageFile, WHOLE_IMAGE } from "./image-bytes.js";
import type { Truncated } from "./preprocessing.js";

/** The most pixels of an image file, width times height: where PIL refuses it as a decompression bomb. */
export const PIXELS_AT_MOST = 178_956_970;

/** What is the matter with a file of which only a part can be decoded. */
const CUT_SHORT = "this image is cut short or damaged";

/** How an image is called in messages when it has no file name. */
export interface ImageName {
  /** For example the item's id. Default: the path, or "image". */
  name?: string;
}

/** An image that may have been sent by someone who cannot set options. */
export interface SentImage extends ImageName {
  /** Whether it was: messages then name no option. Default: it was not. */
  sent?: boolean;
}

/** Settings of {@link decodeImage}. */
export interface DecodeOptions extends SentImage {
  /** Whether a file that is cut short or damaged is decoded as far as it goes. Default "refuse". */
  truncated?: Truncated;
}

/** Pixels of an image file. */
export interface DecodedImage extends RawImage {
  /** Why only a part of the image is in the pixels, in words. Absent: all of it is. */
  readonly cutShort?: string;
}

function nameOf(input: ImageInput, { name }: ImageName): string {
  if (typeof input !== "string") return name ?? "image";
  return name === undefined || input.endsWith(name) ? input : `${name} (${input})`;
}

/** The first line of what sharp says. */
function reasonOf(error: unknown): string {
  return (error as Error).message.trim().split("\n")[0];
}

/** @param failOn "error": missing or broken data fails, remarks of the decoder (stray bytes, odd metadata) do not */
async function rawOf(bytes: Uint8Array, failOn: "error" | "none"): Promise<RawImage> {
  const { data, info } = await sharp(bytes, { failOn, limitInputPixels: PIXELS_AT_MOST })
    .autoOrient()
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels as 1 | 3 };
}

async function decodeBytes(bytes: Uint8Array, file: string, options: DecodeOptions): Promise<DecodedImage> {
  if (bytes.length === 0)
    throw new InputError("this image is empty", { file, expected: WHOLE_IMAGE, actual: "0 bytes" });
  const kind = imageKind(bytes.subarray(0, KIND_BYTES), file);
  if (!kind.decoded) {
    throw new InputError("this image cannot be decoded", { file, expected: WHOLE_IMAGE, actual: kind.name });
  }
  try {
    return await rawOf(bytes, "error");
  } catch (cause) {
    await checkSize(bytes, file);
    const part = await rawOf(bytes, "none").catch(() => undefined);
    if (part === undefined) {
      const actual = reasonOf(cause);
      throw new InputError("this image cannot be decoded", { file, expected: WHOLE_IMAGE, actual, cause });
    }
    // What libvips says of it is lost, or another image's, where several are decoded at a time.
    if (options.truncated === "accept") return { ...part, cutShort: CUT_SHORT };
    const remedy = options.sent ? "" : ", or --truncated accept, which takes what is there";
    throw new InputError(CUT_SHORT, { file, expected: `${WHOLE_IMAGE}${remedy}`, cause });
  }
}

/** @throws {InputError} for an image of too many pixels */
async function checkSize(bytes: Uint8Array, file: string): Promise<void> {
  const found = await sharp(bytes, { failOn: "none", limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (found === undefined || found.width * found.height <= PIXELS_AT_MOST) return;
  throw new InputError("this image has too many pixels", {
    file,
    expected: `at most ${PIXELS_AT_MOST} (more may be a decompression bomb)`,
    actual: `${found.width} × ${found.height}`,
  });
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
export async function decodePixels(input: ImageInput, options: DecodeOptions = {}): Promise<DecodedImage> {
  const file = nameOf(input, options);
  if (typeof input === "string") return decodeBytes(await readImageFile(input, file), file, options);
  if (input instanceof Uint8Array) return decodeBytes(input, file, options);
  const image = checkRaw(input, file);
  return image.channels === 4 ? overWhite(image) : image;
}

/**
 * Decodes an image to 8-bit sRGB, three channels, upright (EXIF orientation applied).
 *
 * Grey is repeated; 16 bits become 8; palettes are looked up; transparent pixels are laid over white, as product
 * pictures are meant to be seen (PIL's `convert("RGB")` drops the opacity and shows whatever colour lies below); CMYK
 * and images with an ICC profile are converted by that profile (PIL ignores it); of an animation it is the first
 * frame. The bytes of plain JPEGs are decoded exactly as PIL does, those that end too early too (`truncated: "accept"`
 * beside PIL's `LOAD_TRUNCATED_IMAGES`; measured at 2,010 ends of two baseline JPEGs). Not so where a progressive JPEG
 * ends in a header between its scans: there PIL gives black, this what came before, or refuses. Of other formats that
 * end too early, pixels behind the end differ.
 * @throws {InputError} naming the file when it is missing, empty, cut short, no image of a kind that is decoded, or has
 *   more than 178,956,970 pixels
 */
export async function decodeImage(input: ImageInput, options: DecodeOptions = {}): Promise<DecodedImage> {
  const image = await decodePixels(input, options);
  if (image.channels === 3) return image;
  const data = new Uint8Array(image.data.length * 3); // (height, width, 3)
  for (let i = 0; i < image.data.length; i++) data.fill(image.data[i], 3 * i, 3 * i + 3);
  return { ...image, data, channels: 3 };
}
