import sharp from "sharp";
import { DECODED_KINDS, imageKind, KIND_BYTES } from "../datasets/image-kind.js";
import { Refusal } from "./refusal.js";

/** Kinds of pictures that are taken, as they are called in the API. */
export const PICTURE_FORMATS: readonly string[] = ["jpeg", "png", "webp", "gif", "tiff", "avif"];

/** What the decoder calls them: it looks for itself, and knows more kinds than are taken. */
const LOADED_AS: ReadonlySet<string> = new Set(["jpeg", "png", "webp", "gif", "tiff", "heif"]);

/** Sides of a picture, in pixels, as its header says. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Looks at the first bytes and the header of an uploaded picture, before a pixel is decoded.
 * @param pixels the most that are decoded, width times height
 * @throws {Refusal} for what is no picture, of another format, damaged in its header, or too large
 */
export async function checkPicture(bytes: Uint8Array, pixels: number): Promise<PictureSize> {
  if (bytes.length === 0) {
    throw new Refusal("no-picture", `no picture came; expected the bytes of a ${DECODED_KINDS} file as the body`);
  }
  const kind = imageKind(bytes.subarray(0, KIND_BYTES));
  if (!kind.decoded) {
    throw new Refusal("format", `this is ${kind.name}; expected a ${DECODED_KINDS} file: save it as one of these`);
  }
  const { width, height, format } = await sharp(bytes, { failOn: "none", limitInputPixels: false })
    .metadata()
    .catch((cause: Error) => {
      throw new Refusal(
        "undecodable",
        `this is ${kind.name} by its first bytes, but it cannot be read: ${reasonOf(cause)}`,
      );
    });
  if (!LOADED_AS.has(format)) {
    throw new Refusal(
      "format",
      `this is ${kind.name} by its first bytes and ${format} inside; expected a ${DECODED_KINDS} file`,
    );
  }
  if (width * height > pixels) {
    throw new Refusal(
      "too-many-pixels",
      `this picture has ${width} × ${height} pixels; expected at most ${pixels} in all: send a smaller copy`,
    );
  }
  return { width, height };
}

/** The first line of what the decoder says. */
function reasonOf({ message }: Error): string {
  return message.trim().split("\n")[0];
}
