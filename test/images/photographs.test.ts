// Real photographs resized by sharp and by PIL (tools/make-photograph-goldens.py): how far they are apart, and that they
// stay so.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { preprocess } from "../../src/images/preprocess.js";
import type { Preprocessing } from "../../src/images/preprocessing.js";

const goldens = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "photographs");
const { every, cases } = JSON.parse(await readFile(join(goldens, "cases.json"), "utf8")) as {
  every: number;
  cases: (Pick<Preprocessing, "resize" | "crop" | "interpolation" | "cropMode"> & { file: string; pixels: string })[];
};

/** Differences of grey levels between ours and PIL's: in the mean, and the greatest. */
async function differenceOf({ file, pixels, ...how }: (typeof cases)[number]): Promise<[mean: number, most: number]> {
  const plain = { ...how, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } as const;
  const ours = await preprocess(join(goldens, file), plain);
  const expected = Buffer.from(pixels, "base64"); // (side, side, 3)
  const side = Math.ceil(how.crop / every);
  expect(expected.length).toBe(side * side * 3);
  let [sum, most] = [0, 0];
  for (const [i, value] of expected.entries()) {
    const [place, c] = [Math.floor(i / 3), i % 3];
    const at = (Math.floor(place / side) * every * how.crop + (place % side) * every) * 3 + c;
    const difference = Math.abs(Math.round(ours[at]) - value);
    sum += difference;
    most = Math.max(most, difference);
  }
  return [sum / expected.length, most];
}

describe("photographs", () => {
  it.each(cases)("$file, $interpolation, $crop of $resize, $cropMode, is near PIL's", async one => {
    const [mean, most] = await differenceOf(one);
    // Beyond a factor of about 4 libvips averages blocks first.
    expect(mean).toBeLessThan(one.resize < 110 ? 0.55 : 0.25);
    expect(most).toBeLessThanOrEqual(5);
    // Another filter is further off: the bounds tell them apart.
    const other = one.interpolation === "bicubic" ? "bilinear" : "bicubic";
    const [wrong] = await differenceOf({ ...one, interpolation: other });
    expect(wrong).toBeGreaterThan(1.4 * mean);
  });
});
