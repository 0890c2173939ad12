import { InputError } from "../core/errors.js";
import type { Window } from "./enlarge.js";
import type { Preprocessing } from "./preprocessing.js";

/** Size after resizing and the place of the crop in it. */
export interface CropGeometry extends Window {
  readonly resizedWidth: number;
  readonly resizedHeight: number;
}

/** Python's round(): halves go to the even neighbour. */
function halfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** torchvision's sizes: the longer side is cut off to whole pixels, the crop's offset is rounded half to even. */
export function cropGeometry(width: number, height: number, preprocessing: Preprocessing): CropGeometry {
  const { resize, crop } = preprocessing;
  if (!(Number.isInteger(resize) && Number.isInteger(crop) && crop > 0 && crop <= resize)) {
    throw new InputError("this preprocessing cannot be done", {
      expected: "whole numbers with 1 ≤ crop ≤ resize",
      actual: `crop ${crop}, resize ${resize}`,
    });
  }
  const [resizedWidth, resizedHeight] = resizedSides(width, height, preprocessing);
  const left = halfToEven((resizedWidth - crop) / 2);
  const top = halfToEven((resizedHeight - crop) / 2);
  return { resizedWidth, resizedHeight, left, top, width: crop, height: crop };
}

function resizedSides(width: number, height: number, { resize, cropMode = "center" }: Preprocessing): [number, number] {
  switch (cropMode) {
    case "squash":
      return [resize, resize];
    case "center":
      return width <= height
        ? [resize, Math.trunc((resize * height) / width)]
        : [Math.trunc((resize * width) / height), resize];
  }
}
