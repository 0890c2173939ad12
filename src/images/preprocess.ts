import sharp from "sharp";
import type { ImageInput, RawImage } from "../datasets/image-input.js";
import type { ImageName, SentImage } from "./decode.js";
import { decodePixels } from "./decode.js";
import type { Interpolation } from "./enlarge.js";
import { enlarge } from "./enlarge.js";
import type { Preprocessing } from "./preprocessing.js";
import { eachScale, valuesPerImage } from "./scales.js";
import type { View } from "./views.js";
import { viewsOf } from "./views.js";

async function shrink(image: RawImage, view: View, interpolation: Interpolation): Promise<Uint8Array> {
  const { width, height, channels } = image;
  const { resizedWidth, resizedHeight, mirrored, ...window } = view;
  return sharp(image.data, { raw: { width, height, channels } })
    .resize(resizedWidth, resizedHeight, { fit: "fill", kernel: interpolation === "bilinear" ? "linear" : "cubic" })
    .extract(window)
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw()
    .toBuffer();
}

/** The view's pixels before mirroring and normalising: (crop, crop, 1 or 3). */
async function croppedPixels(image: RawImage, view: View, preprocessing: Preprocessing): Promise<Uint8Array> {
  const { resizedWidth, resizedHeight, mirrored, ...window } = view;
  if (image.width > resizedWidth || image.height > resizedHeight) {
    return shrink(image, view, preprocessing.interpolation);
  }
  return enlarge(image, resizedWidth, resizedHeight, window, preprocessing.interpolation).data;
}

/** Normalised value of each byte for each channel: (3, 256), in float32 arithmetic as torchvision does it. */
function normalisationTable({ mean, std }: Preprocessing): Float32Array {
  const table = new Float32Array(3 * 256);
  for (let i = 0; i < table.length; i++) {
    const channel = i >> 8;
    const centred = Math.fround(Math.fround((i & 255) / 255) - Math.fround(mean[channel]));
    table[i] = centred / Math.fround(std[channel]);
  }
  return table;
}

function normaliseInto(out: Float32Array, pixels: Uint8Array, table: Float32Array): void {
  if (pixels.length === out.length) {
    for (let i = 0; i < out.length; i += 3) {
      out[i] = table[pixels[i]];
      out[i + 1] = table[256 + pixels[i + 1]];
      out[i + 2] = table[512 + pixels[i + 2]];
    }
  } else {
    for (let from = 0, to = 0; to < out.length; from++, to += 3) {
      const grey = pixels[from];
      out[to] = table[grey];
      out[to + 1] = table[256 + grey];
      out[to + 2] = table[512 + grey];
    }
  }
}

/** Reverses the pixels of each row, in place. */
function mirror(values: Float32Array, side: number): void {
  for (let row = 0; row < values.length; row += 3 * side) {
    for (let left = row, right = row + 3 * (side - 1); left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) {
        const value = values[left + c];
        values[left + c] = values[right + c];
        values[right + c] = value;
      }
    }
  }
}

/**
 * Puts the views of one preprocessed image into `out`, (views, crop, crop, 3), at each scale. Made once for many images. Gives the
 * reason why only a part of the image could be decoded, where that is so and accepted.
 */
export type PreprocessInto = (input: ImageInput, out: Float32Array, options?: SentImage) => Promise<string | undefined>;

/** {@link preprocess} for many images: the tables are made once, and each result goes where it is wanted. */
export function preprocessor(preprocessing: Preprocessing): PreprocessInto {
  const table = normalisationTable(preprocessing);
  const scales = eachScale(preprocessing);
  return async (input, out, options) => {
    const image = await decodePixels(input, { ...options, truncated: preprocessing.truncated });
    let from = 0;
    for (const one of scales) {
      for (const view of viewsOf(image.width, image.height, one, options?.name ?? "image")) {
        const pixels = await croppedPixels(image, view, one);
        const values = out.subarray(from, from + one.crop ** 2 * 3);
        normaliseInto(values, pixels, table);
        if (view.mirrored) mirror(values, one.crop);
        from += values.length;
      }
    }
    return image.cutShort;
  };
}

/**
 * What a network sees of an image: decoded upright to sRGB, resized so that the shorter side is `resize`, the middle
 * `crop` × `crop` cut out, normalised: (crop, crop, 3), row-major, channels last. With several views they follow one
 * another: (views, crop, crop, 3). At several scales these follow one another, each of its own side.
 *
 * Against PIL with torchvision's rules: decoding a JPEG and enlarging are bit-equal. Shrinking is done by sharp, with
 * the same antialiased filter (`linear` for bilinear, `cubic` for bicubic, as timm's; measured, other kernels are 3 to 20
 * times further off) but other rounding. Grey levels of 255 between the two, on two photographs shrunk to 224 of 248 and
 * of 256: 0.08-0.24 in the mean, 2 at most; squashed, 0.13-0.17 and 4; on seeded synthetic JPEGs 0.2-0.3 and 5. Beyond a
 * factor of about 4, where libvips averages blocks first, 0.5-0.8 and 7. Photographs with an ICC profile or CMYK inks
 * differ by what decoding does about them.
 * @param input path or bytes of an image file, or decoded pixels
 * @returns values (v/255 − mean)/std, about −3..3
 * @throws {InputError} when the image cannot be decoded, and when crop > resize
 */
export async function preprocess(
  input: ImageInput,
  preprocessing: Preprocessing,
  options: ImageName = {},
): Promise<Float32Array> {
  const out = new Float32Array(valuesPerImage(preprocessing)); // (views, crop, crop, 3), of each scale
  await preprocessor(preprocessing)(input, out, options);
  return out;
}
