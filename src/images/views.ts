import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { CropGeometry } from "./crop-geometry.js";
import { cropGeometry } from "./crop-geometry.js";
import type { Preprocessing, Views } from "./preprocessing.js";

/** A square of the resized image, mirrored or not. */
export interface View extends CropGeometry {
  readonly mirrored: boolean;
}

/** How many views an image has. */
export function viewCount({ views = "centre" }: Pick<Preprocessing, "views">): number {
  if (views === "ten-crop") return 10;
  return views === "flip" ? 2 : 1;
}

/** For people and file names: `centre`, `flip`, `ten-crop`, `random view 2 of seed 7`. */
export function viewsText(views: Views = "centre"): string {
  return typeof views === "string" ? views : `random view ${views.view} of seed ${views.seed}`;
}

/** torchvision's order: top left, top right, bottom left, bottom right, middle. */
function fiveCrop(middle: CropGeometry): CropGeometry[] {
  const right = middle.resizedWidth - middle.width;
  const bottom = middle.resizedHeight - middle.height;
  const at = (left: number, top: number): CropGeometry => ({ ...middle, left, top });
  return [at(0, 0), at(right, 0), at(0, bottom), at(right, bottom), middle];
}

/** Where a window of the mirror image lies in the image. */
function ofMirrorImage(window: CropGeometry): View {
  return { ...window, left: window.resizedWidth - window.width - window.left, mirrored: true };
}

/**
 * The views of an image of `width` × `height` pixels.
 * @param name the item's; random views depend on it, so that they do not change with its place in a dataset
 * @throws {InputError} when crop > resize, or seed or view is no whole number
 */
export function viewsOf(width: number, height: number, preprocessing: Preprocessing, name: string): View[] {
  const middle = cropGeometry(width, height, preprocessing);
  const { views = "centre" } = preprocessing;
  if (views === "centre") return [{ ...middle, mirrored: false }];
  if (views === "flip") return [false, true].map(mirrored => ({ ...middle, mirrored }));
  if (views === "ten-crop") {
    const five = fiveCrop(middle);
    return [...five.map(window => ({ ...window, mirrored: false })), ...five.map(ofMirrorImage)];
  }
  if (!(Number.isSafeInteger(views.seed) && Number.isSafeInteger(views.view) && views.view >= 0)) {
    throw new InputError("this random view cannot be made", {
      expected: "whole numbers with view ≥ 0",
      actual: `seed ${views.seed}, view ${views.view}`,
    });
  }
  const random = new Random(views.seed).stream(`view ${views.view} of ${name}`);
  const left = random.integer(middle.resizedWidth - middle.width + 1);
  const top = random.integer(middle.resizedHeight - middle.height + 1);
  return [{ ...middle, left, top, mirrored: random.uniform() < 0.5 }];
}
