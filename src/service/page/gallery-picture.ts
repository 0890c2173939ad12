import { element } from "./element.js";

/** Pixels of side below which a picture is shown with square pixels: smoothing would invent what it lacks. */
const FEW_PIXELS = 65;
/** Pixels of the longer side of a preview: a photograph of 24 megapixels would be held as 96 MB otherwise. */
const PREVIEW = 512;

/**
 * A picture of the gallery in a square frame. What it is stands beside it in words, so it has no text of its own unless
 * `words` gives one.
 * @param address null where the gallery has no pictures
 */
export function galleryPicture(address: string | null, words = ""): HTMLElement {
  const frame = element("span", { class: "frame" });
  if (address === null) {
    frame.append(element("span", { class: "no-picture" }, "no picture"));
    return frame;
  }
  const image = element("img", { alt: words, loading: "lazy", decoding: "async", draggable: "false" });
  image.addEventListener("load", () => image.classList.toggle("pixels", image.naturalWidth < FEW_PIXELS));
  image.addEventListener("error", () => showMissing(frame));
  image.src = address;
  frame.append(image);
  return frame;
}

function showMissing(frame: HTMLElement): void {
  frame.replaceChildren(element("span", { class: "no-picture" }, "picture not readable"));
}

/**
 * Draws a picture that has no address: one that was put in.
 * @throws {DOMException} when the browser does not read its format
 */
async function drawPicture(picture: Blob, words: string): Promise<HTMLCanvasElement> {
  const bitmap = await createImageBitmap(picture);
  const scale = Math.min(1, PREVIEW / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map(side => Math.max(1, Math.round(scale * side)));
  const canvas = element("canvas", { width, height, role: "img", "aria-label": words });
  canvas.classList.toggle("pixels", bitmap.width < FEW_PIXELS);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return canvas;
}

/** A picture that was put in, framed; where the browser does not read its format the service may still. */
export function ownPicture(picture: Blob, words: string): HTMLElement {
  const frame = element("span", { class: "frame" });
  drawPicture(picture, words).then(
    drawn => frame.replaceChildren(drawn),
    () => frame.replaceChildren(element("span", { class: "no-picture" }, "not shown by this browser")),
  );
  return frame;
}
