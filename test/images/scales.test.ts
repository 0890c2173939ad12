import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { preprocess } from "../../src/images/preprocess.js";
import type { Preprocessing } from "../../src/images/preprocessing.js";
import { checkedSettings, withSettings } from "../../src/images/preprocessing-settings.js";
import { eachScale, valuesPerImage } from "../../src/images/scales.js";

const BASE: Preprocessing = { resize: 256, crop: 224, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" };
const scaled = (size: number, scales: readonly number[]): Preprocessing =>
  withSettings(BASE, checkedSettings({ size, scales }));

describe("scales", () => {
  it("are sides of whole multiples of 32 pixels, at least 64, resized by the same share", () => {
    const sides = eachScale(scaled(224, [0.71, 1, 1.41, 0.1])).map(({ crop, resize }) => [crop, resize]);
    expect(sides).toEqual([
      [160, 182],
      [224, 256],
      [320, 365],
      [64, 73],
    ]);
    expect(valuesPerImage({ ...scaled(224, [0.71, 1]), views: "flip" })).toBe(2 * 3 * (160 ** 2 + 224 ** 2));
  });

  it("are left out where they are the side itself, and kept with another size", () => {
    expect(withSettings(BASE, { scales: [1] })).toEqual(BASE);
    expect(eachScale(BASE)).toEqual([BASE]);
    expect(withSettings(scaled(224, [1, 2]), { size: 448 })).toMatchObject({ crop: 448, scales: [1, 2] });
  });

  it("are refused where two give one side, or one is too large", () => {
    expect(() => scaled(224, [1, 1.01])).toThrow(/different sides.*found 1, 1\.01 of 224 pixels, which are 224, 224/);
    expect(() => scaled(2048, [1, 4])).toThrow(/at most 4096 pixels.*8192/);
    expect(() => checkedSettings({ scales: [0] })).toThrow(/scales/);
    expect(() => checkedSettings({ scales: [5] })).toThrow(/scales/);
    expect(() => checkedSettings({ scales: [] })).toThrow(/scales/);
  });

  it("give an image at each side as that side alone gives it, views and all", async () => {
    const random = new Random(5);
    const data = Uint8Array.from({ length: 120 * 90 * 3 }, () => random.integer(256));
    const image = { data, width: 120, height: 90, channels: 3 as const };
    const all: Preprocessing = { ...scaled(96, [1, 0.7]), views: "flip" };
    const [large, small] = await Promise.all(eachScale(all).map(one => preprocess(image, one)));
    expect(await preprocess(image, all)).toEqual(Float32Array.from([...large, ...small]));
  });
});
