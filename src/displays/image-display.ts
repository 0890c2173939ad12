import type { Display } from "../core/display.js";
import type { MimeBundle } from "../core/mime-bundle.js";
import type { RawImage } from "../datasets/image-input.js";
import { drawnType, imageBundle } from "../notebook/image-bundle.js";

/** Larger sides are shown smaller; sides below are shown larger, pixel by pixel. In pixels. */
const SIDES = { largest: 1024, smallest: 112 };
/** Files of more bytes are shown smaller: they stay in the notebook. */
const MOST_BYTES = 4 * 2 ** 20;

/** Contents of PNG and JPEG files, and decoded pixels as datasets hand them out; large ones shrunk. */
export const imageDisplay: Display<Uint8Array | RawImage> = {
  name: "image",
  is: (value): value is Uint8Array | RawImage =>
    value instanceof Uint8Array ? drawnType(value) !== undefined : isRawImage(value),
  async mime(image) {
    if (!(image instanceof Uint8Array)) return pixelsBundle(image);
    const type = drawnType(image);
    return type === undefined || image.length > MOST_BYTES ? shrunkBundle(image) : imageBundle(image, type, "image");
  },
};

/** Whether a value is pixels as datasets hand them out. */
export function isRawImage(value: unknown): value is RawImage {
  if (typeof value !== "object" || value === null) return false;
  const { data, width, height, channels } = value as RawImage;
  return data instanceof Uint8Array && channels >= 1 && channels <= 4 && data.length === width * height * channels;
}

async function pixelsBundle({ data, width, height, channels }: RawImage): Promise<MimeBundle> {
  const { default: sharp } = await import("sharp");
  const side = Math.max(width, height);
  const factor = side > SIDES.largest ? SIDES.largest / side : Math.max(1, Math.floor(SIDES.smallest / side));
  const png = await sharp(data, { raw: { width, height, channels } })
    .resize(Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor)), {
      fit: "fill",
      kernel: factor > 1 ? "nearest" : "lanczos3",
    })
    .png()
    .toBuffer();
  return imageBundle(png, "image/png", `image, ${width} × ${height} pixels, ${channels} channels`);
}

async function shrunkBundle(file: Uint8Array): Promise<MimeBundle> {
  const { default: sharp } = await import("sharp");
  const side = SIDES.largest;
  const image = sharp(file).autoOrient().resize(side, side, { fit: "inside", withoutEnlargement: true });
  return imageBundle(await image.png().toBuffer(), "image/png", `image of ${file.length} bytes, shown smaller`);
}
