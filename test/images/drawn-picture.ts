import { Random } from "../../src/core/random.js";

/** A smooth picture of the plane: grey values 0..255 at any place, as a sum of seeded blobs and waves. */
export type DrawnPicture = (x: number, y: number) => number;

/** @param seed which picture; blobs lie within (−1, 1) */
export function drawnPicture(seed: number): DrawnPicture {
  const random = new Random(seed);
  const blobs = Array.from({ length: 40 }, () => ({
    x: 2 * random.uniform() - 1,
    y: 2 * random.uniform() - 1,
    width: 0.05 + 0.2 * random.uniform(),
    height: 160 * random.uniform() - 80,
  }));
  return (x, y) => {
    let value = 128;
    for (const blob of blobs) {
      value += blob.height * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / (2 * blob.width ** 2));
    }
    return Math.max(0, Math.min(255, value));
  };
}

/** Renders a picture, (side, side): the middle is (0, 0), the borders are at −1 and 1. */
export function rendered(picture: DrawnPicture, side: number): Uint8Array {
  const middle = (side - 1) / 2;
  return Uint8Array.from({ length: side * side }, (_, at) =>
    Math.round(picture(((at % side) - middle) / (side / 2), (Math.floor(at / side) - middle) / (side / 2))),
  );
}
