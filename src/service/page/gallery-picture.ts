import { element } from "./element.js";

/** Pixels of the longer side up to which a picture is shown with square pixels: smoothing would invent what it lacks. */
const FEW_PIXELS = 64;
/** Up to here a tile holds each of them so many times that they are all shown alike: uneven ones would be seen. */
const VERY_FEW_PIXELS = 40;
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
  image.addEventListener("load", () => showPixels(image, Math.max(image.naturalWidth, image.naturalHeight)));
  image.addEventListener("error", () => showMissing(frame));
  image.src = address;
  frame.append(image);
  return frame;
}

/** @param side the longer one, in pixels */
function showPixels(picture: HTMLElement, side: number): void {
  picture.classList.toggle("pixels", side <= FEW_PIXELS);
  picture.classList.toggle("even", side <= VERY_FEW_PIXELS);
  picture.style.setProperty("--side", `${side / devicePixelRatio}px`);
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
  showPixels(canvas, Math.max(bitmap.width, bitmap.height));
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
