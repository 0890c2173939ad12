import { InputError } from "../core/errors.js";
import type { ImageInput } from "../datasets/image-input.js";
import { blankCanvas, placeCentred, pngOf, thumbnail } from "./canvas.js";
import { type Caption, drawCaptions, lineHeight } from "./captions.js";

/**
 * Rows of small images, each with a caption below: a look at a dataset in one picture.
 * @param images at least one
 * @returns the bytes of a PNG file
 * @throws {InputError} without images, when captions are not as many, or an option is out of bounds
 */
export async function contactSheet(
  images: readonly ImageInput[],
  options: {
    /** Images a row, 1 or more. Default 10. */
    columns?: number;
    /** Side of the square an image has, in pixels, 8 or more. Default 56, which doubles 28×28 pixels. */
    size?: number;
    /** Blank between images, in pixels. Default 6. */
    gap?: number;
    /** A short text below each image, cut to its width; as many as images. Default: none. */
    captions?: readonly string[];
  } = {},
): Promise<Uint8Array> {
  const { columns = 10, size = 56, gap = 6, captions } = options;
  if (images.length === 0) throw new InputError("a contact sheet needs at least one image");
  if (captions !== undefined && captions.length !== images.length) {
    throw new InputError("captions do not fit the images", {
      expected: `${images.length} captions`,
      actual: `${captions.length}`,
    });
  }
  if (!(Number.isInteger(columns) && columns >= 1 && Number.isInteger(size) && size >= 8)) {
    throw new InputError("this contact sheet cannot be drawn", {
      expected: "whole numbers with columns ≥ 1 and size ≥ 8",
      actual: `columns ${columns}, size ${size}`,
    });
  }
  const cellHeight = size + gap + (captions === undefined ? 0 : lineHeight);
  const across = Math.min(columns, images.length);
  const canvas = blankCanvas(across * (size + gap) + gap, Math.ceil(images.length / columns) * cellHeight + gap);
  const texts: Caption[] = [];
  for (const [i, image] of images.entries()) {
    const left = gap + (i % columns) * (size + gap);
    const top = gap + Math.floor(i / columns) * cellHeight;
    placeCentred(canvas, await thumbnail(image, size, { name: `image ${i} of the sheet` }), left, top, size);
    const below = { left: left - 2, top: top + size, width: size + 4 };
    if (captions !== undefined) texts.push({ text: captions[i], ...below, align: "centre" });
  }
  await drawCaptions(canvas, texts);
  return pngOf(canvas);
}
