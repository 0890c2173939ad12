import type { MimeBundle } from "../core/mime-bundle.js";

/** The MIME type of an image by the first bytes of its file; undefined for what notebooks do not draw. */
export function drawnType(image: Uint8Array): "image/png" | "image/jpeg" | undefined {
  if (image[0] === 0x89 && image[1] === 0x50 && image[2] === 0x4e && image[3] === 0x47) return "image/png";
  if (image[0] === 0xff && image[1] === 0xd8 && image[2] === 0xff) return "image/jpeg";
  return undefined;
}

/** An image file as a cell shows it. @param alt what is to be seen, for those who cannot see it */
export function imageBundle(image: Uint8Array, type: string, alt: string): MimeBundle {
  const base64 = Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString("base64");
  return { [type]: base64, "text/plain": `[${alt}]` };
}
