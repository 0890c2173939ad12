import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/arrays.js";
import { writeNpy } from "../../src/core/npy.js";
import { writeFailedImages } from "../../src/features/failed-images.js";
import { readFeatures, readIncompleteFeatures, withMeanFeature } from "../../src/features/features-file.js";

const NONE = Number.NaN;
const FILLED = [1, 10, 3, 40, 2, 25, 2, 25];
const incomplete = (): NdArray<Float32Array> => ({
  data: Float32Array.of(1, 10, 3, 40, NONE, NONE, NONE, NONE),
  shape: [4, 2],
});
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "features-file-"));
});

afterAll(() => rm(folder, { recursive: true }));

describe("withMeanFeature", () => {
  it("gives missing rows the mean of the others, in a copy", () => {
    const features = incomplete();
    expect([...withMeanFeature(features, [3, 2]).data]).toEqual(FILLED);
    expect(features).toEqual(incomplete());
    expect(withMeanFeature(features, [])).toBe(features);
    expect(() => withMeanFeature(features, [0, 1, 2, 3])).toThrow("no image could be read");
  });
});

describe("readIncompleteFeatures", () => {
  it("does the same to rows that failed.csv lists, and to no others", async () => {
    const file = join(folder, "features.npy");
    await writeNpy(file, incomplete());
    await writeFailedImages(folder, [{ row: 3, id: "d", reason: "r" }]);
    await expect(readIncompleteFeatures(file)).rejects.toThrow("row 2 holds NaN");
    await writeFailedImages(folder, [
      { row: 2, id: "c", reason: "r" },
      { row: 3, id: "d", reason: "r" },
    ]);
    const { features, failed } = await readIncompleteFeatures(file);
    expect([...features.data]).toEqual(FILLED);
    expect(failed).toEqual(Int32Array.of(2, 3));
    await expect(readFeatures(file)).rejects.toThrow("row 2 holds NaN");
  });
});
