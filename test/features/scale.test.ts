import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { imageFeatures } from "../../src/embedding/image-features.js";
import { extractFeatures, extractToFolder } from "../../src/features/extract.js";
import { readFailedImages, withoutFailed, writeFailedImages } from "../../src/features/failed-images.js";
import { mergeFeatures } from "../../src/features/merge.js";
import { shardFolder } from "../../src/features/shards.js";
import { expectedFeature, greyDataset, linearBackbone } from "./fake.js";

const engine = onnxEngine("cpu", { threads: 1 });
const backbone = linearBackbone();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-features-"));
});
afterEach(async () => rm(folder, { recursive: true }));

/** Every seventh image is no image. */
function withBadImages(count: number): ReturnType<typeof greyDataset> {
  return greyDataset(count, async row =>
    row % 7 === 3
      ? new TextEncoder().encode(`no, "image" ${row}`)
      : { data: new Uint8Array(64).fill(row % 256), width: 8, height: 8, channels: 1 },
  );
}

describe("images that cannot be read", () => {
  it("are listed with their reason, keep their row, hold NaN, and change no other row", async () => {
    const { features, failed } = await extractFeatures(withBadImages(23), backbone, { engine, folder, batchSize: 4 });
    expect(failed.map(({ row, id }) => [row, id])).toEqual([3, 10, 17].map(row => [row, `grey/${row}`]));
    for (const { reason } of failed) expect(reason).toMatch(/^grey\/\d+: this image cannot be decoded/);
    for (let row = 0; row < 23; row++) {
      const found = Array.from(features.data.subarray(row * 5, row * 5 + 5));
      if (row % 7 === 3) expect(found.every(Number.isNaN)).toBe(true);
      else expectedFeature(backbone, row).forEach((value, j) => void expect(found[j]).toBeCloseTo(value, 5));
    }
    const [header, first] = (await readFile(join(folder, "failed.csv"), "utf8")).split("\n");
    expect(header).toBe("row,id,reason");
    expect(first).toMatch(/^3,grey\/3,/);
    expect(await readFailedImages(folder)).toEqual(failed);
    const again = await extractFeatures(withBadImages(23), backbone, { engine, folder, batchSize: 4 });
    expect([again.cached, again.failed]).toEqual([true, failed]);
  });

  it("are fatal when strict, also in a folder that was made tolerantly", async () => {
    await expect(extractToFolder(withBadImages(9), backbone, { engine, folder, strict: true })).rejects.toThrow(
      /grey\/3/,
    );
    await extractToFolder(withBadImages(9), backbone, { engine, folder });
    await expect(extractToFolder(withBadImages(9), backbone, { engine, folder, strict: true })).rejects.toThrow(
      /failed\.csv: 1 images could not be read/,
    );
  });

  it("stay listed once after a restart, wherever the first run stopped", async () => {
    for (const stop of [2, 5, 11, 19]) {
      const place = join(folder, `stop-${stop}`);
      const failing = withBadImages(23);
      const image = async (row: number): Promise<RawImage | Uint8Array> => {
        if (row === stop && broken) throw new Error("the disk is gone");
        return failing.image(row) as Promise<RawImage | Uint8Array>;
      };
      let broken = true;
      const options = { folder: place, batchSize: 2 };
      await expect(extractToFolder(greyDataset(23, image), backbone, { engine, ...options })).rejects.toThrow("disk");
      broken = false;
      const { failed } = await extractToFolder(greyDataset(23, image), backbone, { engine, ...options });
      expect(failed.map(({ row }) => row)).toEqual([3, 10, 17]);
      expect((await readdir(place)).filter(name => /partial|progress/.test(name))).toEqual([]);
    }
  });

  it("are taken out of a split by withoutFailed", () => {
    const split = {
      protocol: "p",
      seed: 1,
      query: Int32Array.of(0, 3),
      train: Int32Array.of(1, 3, 4),
      database: Int32Array.of(1, 2, 4, 5),
    };
    expect(withoutFailed(split, [])).toBe(split);
    expect(withoutFailed(split, [{ row: 3, id: "c", reason: "r" }])).toEqual({
      protocol: "p, without 1 unreadable images",
      seed: 1,
      query: Int32Array.of(0),
      train: Int32Array.of(1, 4),
      database: Int32Array.of(1, 2, 4, 5),
    });
  });
});

describe("failed.csv", () => {
  it("gives back every list, and is refused when it was cut short", async () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab,\"' é;".split("")) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(), text, text), { maxLength: 5 }), async entries => {
        const list = entries.map(([row, id, reason]) => ({ row, id, reason }));
        await writeFailedImages(folder, list);
        expect(await readFailedImages(folder)).toEqual(list);
      }),
      { numRuns: 50 },
    );
    await writeFile(join(folder, "failed.csv"), "row,id,reason\n4,a,b\n9,c");
    await expect(readFailedImages(folder)).rejects.toThrow(/failed\.csv: this line is damaged.*found 9,c/);
  });
});

describe("shards", () => {
  it.each([1, 2, 3, 9])("%d of them merge to the bytes of one run, failed images included", async of => {
    const whole = join(folder, "whole");
    const parts = join(folder, "parts");
    const options = { batchSize: 4 };
    const rows = Int32Array.from({ length: 30 }, (_, row) => row);
    const [query, train, database] = [7, 2, 1].map((step, i) =>
      rows.filter(row => (row % 7 === 0) === (i === 0) && row % step === 0),
    );
    const dataset = { ...withBadImages(30), roles: { protocol: "made for a test", seed: 3, query, train, database } };
    const one = await extractToFolder(dataset, backbone, { engine, ...options, folder: whole });
    for (let index = of; index >= 1; index--) {
      const shard = { index, of };
      const place = shardFolder(parts, shard);
      await extractToFolder(dataset, backbone, { engine, ...options, folder: place, shard });
    }
    const merged = await mergeFeatures(parts);
    expect(merged.failed).toEqual(one.failed);
    for (const name of ["features.npy", "labels.npy", "ids.txt", "split.json", "manifest.json", "failed.csv"]) {
      expect(await readFile(join(parts, name)), name).toEqual(await readFile(join(whole, name)));
    }
    const found = await extractToFolder(withBadImages(30), backbone, { engine, ...options, folder: parts });
    expect(found.cached).toBe(true);
  });
});

describe("several views", () => {
  it("give the mean of the features of each view", async () => {
    // The feature is the value of the top left pixel, red: its column.
    const corner: Backbone = {
      ...backbone,
      dim: 1,
      weights: { one: { data: Float32Array.of(255), shape: [1] } },
      preprocessing: { ...backbone.preprocessing, resize: 6, crop: 4, views: "ten-crop" },
      forward: (images, weights) =>
        tf.mul<tf.Tensor2D>(tf.slice(images, [0, 0, 0, 0], [-1, 1, 1, 1]).reshape([-1, 1]), weights.one),
    };
    const data = Uint8Array.from({ length: 9 * 6 * 3 }, (_, i) => Math.floor(i / 3) % 9);
    const dataset = greyDataset(5, async () => ({ data, width: 9, height: 6, channels: 3 }));
    const { features, manifest } = await extractFeatures(dataset, corner, { engine, folder, batchSize: 20 });
    // columns 0 5 0 5 2 8 3 8 3 6 in ten-crop's order
    for (const value of features.data) expect(value).toBeCloseTo(4, 5);
    expect(features.shape).toEqual([5, 1]);
    expect(manifest.preprocessing.views).toBe("ten-crop");
    // what a search does to its queries: 18 images, not a multiple of its batches
    const single = await imageFeatures(Array(18).fill({ data, width: 9, height: 6, channels: 3 }), corner, { engine });
    expect(single.shape).toEqual([18, 1]);
    for (const value of single.data) expect(value).toBeCloseTo(4, 5);
    const random = { ...corner, preprocessing: { ...corner.preprocessing, views: { seed: 1, view: 0 } } };
    await mkdir(join(folder, "random"));
    const view = await extractFeatures(dataset, random, { engine, folder: join(folder, "random") });
    expect(new Set(view.features.data).size).toBeGreaterThan(1);
  });
});
