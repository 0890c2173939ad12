import { describe, expect, it } from "vitest";
import { transformedCopies } from "../../src/challenge/transformed-copies.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { DrawnPicture } from "../images/drawn-picture.js";
import { drawnPicture, rendered } from "../images/drawn-picture.js";

const engine = onnxEngine("cpu", { threads: 1 });
const PICTURES = Array.from({ length: 12 }, (_, seed) => drawnPicture(100 + seed));

/** Thumbnails one after the other, (n, 4096). */
function thumbnailsOf(pictures: readonly DrawnPicture[]): Uint8Array {
  const all = new Uint8Array(pictures.length * 4096);
  for (const [i, picture] of pictures.entries()) all.set(rendered(picture, 64), i * 4096);
  return all;
}

const originals = thumbnailsOf(PICTURES);

/** What is seen of a picture that was turned by an angle and of which a part is left. */
const seen =
  (angle: number, part: number, mirror = 1) =>
  (picture: DrawnPicture): DrawnPicture => {
    const [c, s] = [part * Math.cos(angle), part * Math.sin(angle)];
    return (x, y) => picture(c * mirror * x - s * y, s * mirror * x + c * y);
  };

/** A frame around a picture. */
const framed =
  (part: number) =>
  (picture: DrawnPicture): DrawnPicture =>
  (x, y) =>
    Math.max(Math.abs(x), Math.abs(y)) > part ? 255 : picture(x / part, y / part);

describe("transformedCopies", () => {
  it.each<[string, (picture: DrawnPicture) => DrawnPicture]>([
    ["2 % cropped off each side", seen(0, 0.96)],
    ["5 % cropped off each side", seen(0, 0.9)],
    ["10 % cropped off each side", seen(0, 0.8)],
    ["mirrored", seen(0, 1, -1)],
    ["upside down", seen(Math.PI, 1, -1)],
    ["turned by 90°", seen(Math.PI / 2, 1)],
    ["turned by 180°", seen(Math.PI, 1)],
    ["turned by 7°", seen(0.12, 1)],
    ["mirrored, turned by 40°, cropped", seen(0.7, 0.86, -1)],
    ["darker", picture => (x, y) => 0.7 * picture(x, y)],
    ["framed", framed(0.9)],
  ])("finds every copy and nothing else: %s", async (_, change) => {
    const copies = thumbnailsOf(PICTURES.map(change));
    const found = await transformedCopies(originals, copies, { engine });
    expect(found.every(({ first, second }) => first === second)).toBe(true);
    expect(found.map(({ first }) => first).sort((a, b) => a - b)).toEqual([...PICTURES.keys()]);
    expect(Math.min(...found.map(({ agreement }) => agreement))).toBeGreaterThanOrEqual(0.93);
  });

  it("finds them as well when the copies are the first set", async () => {
    const copies = thumbnailsOf(PICTURES.map(seen(0.5, 0.85)));
    const back = await transformedCopies(copies, originals, { engine });
    expect(back.map(({ first, second }) => [first, second]).sort(([a], [b]) => a - b)).toEqual(
      PICTURES.map((_, i) => [i, i]),
    );
  });

  it("finds pairs within one set, each once, and none of an image with itself", async () => {
    const set = thumbnailsOf([...PICTURES, seen(0, 0.9, -1)(PICTURES[5]), seen(1, 0.9)(PICTURES[5])]);
    const found = await transformedCopies(set, set, { engine });
    const pairs = found.map(({ first, second }) => [first, second]).sort(([a, b], [c, d]) => a - c || b - d);
    expect(pairs).toEqual([
      [5, 12],
      [5, 13],
      [12, 13],
    ]);
    const skip = (first: number, second: number): boolean => first === 5 && second === 12;
    expect(await transformedCopies(set, set, { engine, skip })).toHaveLength(2);
  });

  it("plain images are copies of nothing; an empty set has none", async () => {
    const plain = thumbnailsOf([() => 255, () => 254, () => 40]);
    expect(await transformedCopies(plain, plain, { engine })).toEqual([]);
    expect(await transformedCopies(originals, plain, { engine })).toEqual([]);
    expect(await transformedCopies(new Uint8Array(0), originals, { engine })).toEqual([]);
  });
});
