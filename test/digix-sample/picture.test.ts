import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { turnedBox } from "../../src/digix-sample/background.js";
import type { Rgb } from "../../src/digix-sample/picture.js";
import { fillShape, pictureOf, rgbOf } from "../../src/digix-sample/picture.js";

const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

describe("fillShape", () => {
  it("draws what visiting every pixel draws", () => {
    const box = fc.tuple(number(-20, 60), number(-20, 60), number(1, 30), number(1, 30), number(-4, 4));
    fc.assert(
      fc.property(box, fc.constantFrom(0, 3, 12), ([cx, cy, w, h, angle], shadow) => {
        const shape = turnedBox(cx, cy, w, h, angle);
        const colour: Rgb = [200, 30, 90];
        const drawn = pictureOf(41, 33, () => [100, 100, 100]);
        fillShape(drawn, shape, () => colour, shadow);
        const visited = pictureOf(41, 33, (x, y) => {
          const d = shape(x + 0.5, y + 0.5);
          const over = (to: Rgb, part: number): Rgb => [0, 1, 2].map(c => 100 + (to[c] - 100) * part) as unknown as Rgb;
          if (d < 0.5) return over(colour, Math.min(1, 0.5 - d));
          return d < shadow ? over([0, 0, 0], 0.35 * (1 - d / shadow) ** 2) : [100, 100, 100];
        });
        expect(Array.from(drawn.data, Math.round)).toEqual(Array.from(visited.data, Math.round));
      }),
      { seed: 3 },
    );
  });
});

it("rgbOf reads colours", () => {
  expect(rgbOf("#0a80ff")).toEqual([10, 128, 255]);
});
