import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { InputError } from "../core/errors.js";
import type { ImageInput } from "../datasets/image-input.js";

/** Pixels a side of a {@link greyThumbnail}. */
export const THUMBNAIL_SIDE = 64;

/** The shorter side that an image is reduced to before its square is cut: JPEGs are decoded smaller then. */
const FIRST_SIDE = 256;

/**
 * An image for comparing by its pixels: the square in its middle, in grey, (64, 64) bytes. Its margins are
 * equal, so that a mirrored or turned image has the mirrored or turned thumbnail.
 * @param name how the image is called in messages. Default: its path, or "image"
 * @throws {InputError} when the image cannot be decoded
 */
export async function greyThumbnail(input: ImageInput, name?: string): Promise<Uint8Array> {
  const file = name ?? (typeof input === "string" ? input : "image");
  try {
    const isRaw = typeof input !== "string" && !(input instanceof Uint8Array);
    // Read here, not by libvips, whose cache goes by path and would miss a changed file.
    const source = isRaw
      ? sharp(input.data, { raw: { width: input.width, height: input.height, channels: input.channels } })
      : sharp(typeof input === "string" ? await readFile(input) : input, { failOn: "error" });
    const { data, info } = await source
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .greyscale()
      .resize(FIRST_SIDE, FIRST_SIDE, { fit: "outside", kernel: "lanczos3" })
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const side = Math.min(width, height);
    // A pixel more than the square where a margin would have a half: no side is favoured.
    const [wide, high] = [side + ((width - side) & 1), side + ((height - side) & 1)];
    const [left, top] = [(width - wide) / 2, (height - high) / 2];
    return await sharp(data, { raw: { width, height, channels: 1 } })
      .extract({ left, top, width: wide, height: high })
      .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: "fill", kernel: "lanczos3" })
      .greyscale()
      .raw({ depth: "uchar" })
      .toBuffer();
  } catch (cause) {
    const actual = (cause as Error).message.trim().split("\n")[0];
    throw new InputError("this image cannot be decoded", { file, expected: "a whole image", actual, cause });
  }
}
