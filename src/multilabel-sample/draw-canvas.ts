import type { Dataset } from "../datasets/dataset.js";
import type { RawImage } from "../datasets/image-input.js";
import type { PlacedGarment } from "./plan.js";
import { CANVAS, GARMENT } from "./plan.js";

/**
 * The garments of a canvas on black, as they are in Fashion-MNIST: grey, pixel for pixel.
 * @param garments whose rows the canvas names: grey images of 28×28 pixels
 */
export async function drawCanvas(
  garments: Pick<Dataset, "image">,
  placed: readonly PlacedGarment[],
): Promise<RawImage> {
  const data = new Uint8Array(CANVAS * CANVAS); // (64, 64)
  for (const { row, left, top, mirrored } of placed) {
    const { data: garment } = (await garments.image(row)) as RawImage; // (28, 28)
    for (let y = 0; y < GARMENT; y++) {
      for (let x = 0; x < GARMENT; x++) {
        const from = y * GARMENT + (mirrored ? GARMENT - 1 - x : x);
        data[(top + y) * CANVAS + left + x] = garment[from];
      }
    }
  }
  return { data, width: CANVAS, height: CANVAS, channels: 1 };
}
