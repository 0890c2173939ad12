import type { Sharp } from "sharp";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { preprocess } from "../../src/images/preprocess.js";
import type { Preprocessing } from "../../src/images/preprocessing.js";

const plain: Preprocessing = { resize: 256, crop: 224, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" };
const green = { r: 10, g: 200, b: 30 };

function flat(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: green } });
}

describe("preprocess takes images of extreme sizes", () => {
  it.each([
    [1, 1],
    [1, 500],
    [30_000, 20],
    [20, 30_000],
    [30_000, 300],
  ])("%d × %d pixels", async (width, height) => {
    const values = await preprocess(await flat(width, height).png().toBuffer(), plain);
    expect(values).toHaveLength(224 * 224 * 3);
    for (let i = 0; i < values.length; i += 3 * 997) {
      expect(Array.from(values.subarray(i, i + 3), v => Math.round(255 * v))).toEqual([10, 200, 30]);
    }
  });

  it("and refuses one that only claims to be huge, without taking the memory", async () => {
    const png = await flat(8, 8).png().toBuffer();
    png.writeUInt32BE(2 ** 30, 16); // the width in IHDR
    await expect(preprocess(png, plain, { name: "bomb.png" })).rejects.toThrow(/bomb\.png/);
  });
});
