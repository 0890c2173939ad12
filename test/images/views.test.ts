import { describe, expect, it } from "vitest";
import type { RawImage } from "../../src/datasets/image-input.js";
import { preprocess } from "../../src/images/preprocess.js";
import type { Preprocessing, Views } from "../../src/images/preprocessing.js";
import { viewCount, viewsOf, viewsText } from "../../src/images/views.js";

const plain: Preprocessing = { resize: 6, crop: 4, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" };

/** 6 × 9 pixels, red is the column, green the row: at shorter side 6 nothing is resized. */
const image: RawImage = {
  data: Uint8Array.from({ length: 9 * 6 * 3 }, (_, i) => [Math.floor(i / 3) % 9, Math.floor(i / 27), 0][i % 3]),
  width: 9,
  height: 6,
  channels: 3,
};

/** Columns of the first row and rows of the first column of each view. */
async function corners(views: Views, name?: string): Promise<{ columns: number[]; top: number }[]> {
  const values = await preprocess(image, { ...plain, views }, { name });
  const size = 4 * 4 * 3;
  return Array.from({ length: values.length / size }, (_, v) => ({
    columns: [0, 1, 2, 3].map(x => Math.round(255 * values[v * size + 3 * x])),
    top: Math.round(255 * values[v * size + 1]),
  }));
}

describe("views", () => {
  it("of ten-crop come in torchvision's order", async () => {
    // torchvision.transforms.TenCrop(4) of the same array; the middle starts at round(2.5) = 2 in both images
    expect(await corners("ten-crop")).toEqual([
      { columns: [0, 1, 2, 3], top: 0 },
      { columns: [5, 6, 7, 8], top: 0 },
      { columns: [0, 1, 2, 3], top: 2 },
      { columns: [5, 6, 7, 8], top: 2 },
      { columns: [2, 3, 4, 5], top: 1 },
      { columns: [8, 7, 6, 5], top: 0 },
      { columns: [3, 2, 1, 0], top: 0 },
      { columns: [8, 7, 6, 5], top: 2 },
      { columns: [3, 2, 1, 0], top: 2 },
      { columns: [6, 5, 4, 3], top: 1 },
    ]);
  });

  it("of flip are the middle and its mirror image", async () => {
    expect(await corners("centre")).toEqual([{ columns: [2, 3, 4, 5], top: 1 }]);
    expect(await corners("flip")).toEqual([
      { columns: [2, 3, 4, 5], top: 1 },
      { columns: [5, 4, 3, 2], top: 1 },
    ]);
  });

  it("at random depend on seed, view and name only, and reach every place and both directions", async () => {
    const once = await corners({ seed: 1, view: 0 }, "a");
    expect(await corners({ seed: 1, view: 0 }, "a")).toEqual(once);
    const seen = { left: new Set<number>(), top: new Set<number>(), mirrored: 0 };
    const all = Array.from({ length: 300 }, (_, view) => viewsOf(9, 6, { ...plain, views: { seed: 1, view } }, "a")[0]);
    for (const { left, top, mirrored } of all) {
      seen.left.add(left);
      seen.top.add(top);
      seen.mirrored += mirrored ? 1 : 0;
    }
    expect([...seen.left].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...seen.top].sort()).toEqual([0, 1, 2]);
    expect(Math.abs(seen.mirrored - 150)).toBeLessThan(40);
    const places = (views: Views, name: string) => JSON.stringify(viewsOf(90, 60, { ...plain, crop: 2, views }, name));
    expect(places({ seed: 2, view: 0 }, "a")).not.toBe(places({ seed: 1, view: 0 }, "a"));
    expect(places({ seed: 1, view: 1 }, "b")).not.toBe(places({ seed: 1, view: 1 }, "a"));
    expect(() => viewsOf(9, 6, { ...plain, views: { seed: 0.5, view: 0 } }, "a")).toThrow(/whole numbers/);
  });

  it("are counted and named", () => {
    const views: Views[] = ["centre", "flip", "ten-crop", { seed: 7, view: 2 }];
    expect(views.map(one => viewCount({ views: one }))).toEqual([1, 2, 10, 1]);
    expect(views.map(viewsText)).toEqual(["centre", "flip", "ten-crop", "random view 2 of seed 7"]);
    expect(viewCount({})).toBe(1);
  });
});
