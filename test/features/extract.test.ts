import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { readNpy } from "../../src/core/npy.js";
import type { Progress } from "../../src/core/progress.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { extractFeatures } from "../../src/features/extract.js";
import { expectedFeature, greyDataset, linearBackbone } from "./fake.js";

const engine = onnxEngine("cpu", { threads: 1 });
const backbone = linearBackbone();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-features-"));
});
afterEach(async () => rm(folder, { recursive: true }));

describe("extractFeatures", () => {
  it.each([1, 4, 7, 16])("gives the features of every row in order, batches of %d", async batchSize => {
    const { features, labels, cached } = await extractFeatures(greyDataset(23), backbone, {
      engine,
      folder,
      batchSize,
    });
    expect(features.shape).toEqual([23, 5]);
    expect(cached).toBe(false);
    expect(labels).toEqual(greyDataset(23).labels);
    for (let row = 0; row < 23; row++) {
      const found = features.data.subarray(row * 5, row * 5 + 5);
      expectedFeature(backbone, row).forEach((value, j) => {
        expect(found[j]).toBeCloseTo(value, 5);
      });
    }
  });

  it("writes .npy files and a manifest, and reads them the next time", async () => {
    const first = await extractFeatures(greyDataset(10), backbone, { engine, folder });
    expect((await readdir(folder)).sort()).toEqual(["features.npy", "ids.txt", "labels.npy", "manifest.json"]);
    expect((await readNpy(join(folder, "features.npy"))).data).toEqual(first.features.data);
    expect(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"))).toEqual(first.manifest);
    expect(first.manifest.run).toEqual({ engine: engine.description, images: 16 });
    expect(first.failed).toEqual([]);
    const never = async (): Promise<never> => {
      throw new Error("no image should be read");
    };
    const second = await extractFeatures(greyDataset(10, never), backbone, { engine, folder });
    expect(second.cached).toBe(true);
    expect(second.features).toEqual(first.features);
  });

  it("refuses a folder with features made in another way, and leaves them alone", async () => {
    await extractFeatures(greyDataset(10), backbone, { engine, folder });
    const before = await readFile(join(folder, "features.npy"));
    const other = extractFeatures(greyDataset(11), backbone, { engine, folder });
    await expect(other).rejects.toThrow(
      /manifest\.json: the folder holds features made in another way.*another --out.*found others by images \(10, not 11\)/,
    );
    expect(await readFile(join(folder, "features.npy"))).toEqual(before);
  });

  it("continues after a failure to a byte-identical file, without doing rows again", async () => {
    const whole = join(folder, "whole");
    const parts = join(folder, "parts");
    await extractFeatures(greyDataset(50), backbone, { engine, folder: whole, batchSize: 4 });
    const read: number[] = [];
    let broken = true;
    const image = async (row: number): Promise<RawImage | Uint8Array> => {
      read.push(row);
      if (row === 30 && broken) return new Uint8Array(10); // not an image
      return { data: new Uint8Array(64).fill(row), width: 8, height: 8, channels: 1 };
    };
    const options = { folder: parts, batchSize: 4, strict: true };
    await expect(extractFeatures(greyDataset(50, image), backbone, { engine, ...options })).rejects.toThrow(/grey\/30/);
    expect(await readdir(parts)).toContain("features.npy.partial");
    broken = false;
    read.length = 0;
    const progress: Progress[] = [];
    const onProgress = (p: Progress) => progress.push(p);
    await extractFeatures(greyDataset(50, image), backbone, { engine, ...options, onProgress });
    expect(Math.min(...read)).toBe(28); // seven batches of four were kept
    expect(progress[0].done).toBe(32);
    expect(progress.at(-1)).toMatchObject({ done: 50, total: 50, unit: "images" });
    expect(await readFile(join(parts, "features.npy"))).toEqual(await readFile(join(whole, "features.npy")));
    expect(await readdir(parts)).not.toContain("features.npy.partial");
  });

  it("continues with the batches that a run began with", async () => {
    const sizes: number[] = [];
    const counting: Backbone = {
      ...backbone,
      forward: (images, weights) => {
        sizes.push(images.shape[0]);
        return backbone.forward(images, weights);
      },
    };
    const failing = greyDataset(50, async row => {
      if (row === 30) return new Uint8Array(10);
      return { data: new Uint8Array(64).fill(row), width: 8, height: 8, channels: 1 };
    });
    const first = extractFeatures(failing, counting, { engine, folder, batchSize: 4, strict: true });
    await expect(first).rejects.toThrow(/grey\/30/);
    await extractFeatures(greyDataset(50), counting, { engine, folder, batchSize: 16 });
    expect(new Set(sizes)).toEqual(new Set([4]));
  });

  /** A run of 20 rows in batches of 4 that stopped at row 14, and what an undisturbed one writes. */
  const stoppedRun = async (name: string): Promise<{ place: string; whole: Buffer; goOn: () => Promise<number[]> }> => {
    const [place, whole] = [join(folder, name), join(folder, "whole")];
    await extractFeatures(greyDataset(20), backbone, { engine, folder: whole, batchSize: 4 });
    const read: number[] = [];
    const image = async (row: number): Promise<RawImage | Uint8Array> => {
      if (row === 14 && read.length === 0) return new Uint8Array(10);
      read.push(row);
      return { data: new Uint8Array(64).fill(row), width: 8, height: 8, channels: 1 };
    };
    const stops = greyDataset(20, async row =>
      row === 14 ? new Uint8Array(10) : { data: new Uint8Array(64).fill(row), width: 8, height: 8, channels: 1 },
    );
    await expect(
      extractFeatures(stops, backbone, { engine, folder: place, batchSize: 4, strict: true }),
    ).rejects.toThrow();
    const goOn = async (): Promise<number[]> => {
      read.length = 0;
      read.push(-1); // from here on row 14 is an image
      await extractFeatures(greyDataset(20, image), backbone, { engine, folder: place, batchSize: 4 });
      return read.slice(1).sort((a, b) => a - b);
    };
    return { place, whole: await readFile(join(whole, "features.npy")), goOn };
  };

  it.each([0, 3, 127, 128, 129, 128 + 5 * 4 * 4, 128 + 5 * 4 * 9 + 7, 128 + 5 * 4 * 12])(
    "trusts rows that are all there, wherever the partial file was cut: at byte %d",
    async size => {
      const { place, whole, goOn } = await stoppedRun("cut");
      await truncate(join(place, "features.npy.partial"), size);
      const kept = size < 128 ? 0 : 4 * Math.floor((size - 128) / (4 * 5 * 4));
      expect((await goOn())[0]).toBe(kept);
      expect(await readFile(join(place, "features.npy"))).toEqual(whole);
      expect((await readdir(place)).filter(name => /partial|progress/.test(name))).toEqual([]);
    },
  );

  it.each([
    ["a hole where rows should be", 128 + 5 * 4 * 6, 5 * 4 * 6, 4],
    ["one wrong bit", 128 + 5 * 4 * 9 + 2, 1, 8],
    ["a hole in the header", 20, 8, 0],
  ])("takes %s for no row", async (_, at, length, kept) => {
    const { place, whole, goOn } = await stoppedRun("hole");
    const partial = join(place, "features.npy.partial");
    const bytes = await readFile(partial);
    for (let i = at; i < at + length; i++) bytes[i] = length === 1 ? bytes[i] ^ 1 : 0;
    await writeFile(partial, bytes);
    expect((await goOn())[0]).toBe(kept);
    expect(await readFile(join(place, "features.npy"))).toEqual(whole);
  });

  it("takes a note that was cut short, or lies in a hole, for none", async () => {
    for (const damage of [
      (text: string) => text.slice(0, -9),
      (text: string) => text.replace(/.{40}\n$/, "\0".repeat(41)),
    ]) {
      const { place, whole, goOn } = await stoppedRun("notes");
      const notes = join(place, "features.npy.progress");
      await writeFile(notes, damage(await readFile(notes, "utf8")));
      expect((await goOn())[0]).toBe(8);
      expect(await readFile(join(place, "features.npy"))).toEqual(whole);
      await rm(place, { recursive: true });
    }
  });
});
