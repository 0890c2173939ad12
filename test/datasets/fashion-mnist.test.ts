import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError, UnavailableError } from "../../src/core/errors.js";
import { embeddedData } from "../../src/core/paths.js";
import { datasetSummary } from "../../src/datasets/dataset.js";
import {
  fashionMnistFiles,
  findFashionMnist,
  openFashionMnist,
  openFashionMnist10k,
} from "../../src/datasets/fashion-mnist.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { hashingSplit, officialSplit } from "../../src/datasets/split.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-fashion-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("openFashionMnist10k", () => {
  it("has 1,000 images of each of ten classes, the file's pixels behind each row", async () => {
    const dataset = await openFashionMnist10k();
    const summary = datasetSummary(dataset);
    expect(summary).toMatchObject({ images: 10_000, classes: 10, smallestClass: 1000, largestClass: 1000 });
    expect(summary.perClass[9]).toEqual({ label: 9, name: "Ankle boot", images: 1000 });
    expect([dataset.ids[0], dataset.ids[42], dataset.ids[9999]]).toEqual(["t10k/00000", "t10k/00042", "t10k/09999"]);
    const pixels = gunzipSync(await readFile(embeddedData("fashion-mnist", "t10k-images-idx3-ubyte.gz")));
    const labels = gunzipSync(await readFile(embeddedData("fashion-mnist", "t10k-labels-idx1-ubyte.gz")));
    for (const row of [0, 42, 9999]) {
      const image = (await dataset.image(row)) as RawImage;
      expect(image).toMatchObject({ width: 28, height: 28, channels: 1 });
      expect(Buffer.from(image.data).equals(pixels.subarray(16 + row * 784, 16 + (row + 1) * 784))).toBe(true);
      expect(dataset.labels[row]).toBe(labels[8 + row]);
    }
    // The first labels as published: ankle boot, pullover, trouser, trouser, shirt.
    expect(Array.from(dataset.labels.subarray(0, 5))).toEqual([9, 2, 1, 1, 6]);
    await expect(dataset.image(10_000)).rejects.toThrow("no row 10000");
  });

  it("gives the protocol's numbers", async () => {
    const split = hashingSplit(await openFashionMnist10k());
    expect([split.query.length, split.train.length, split.database.length]).toEqual([1000, 5000, 9000]);
  });

  it("has a content hash that does not depend on place or time", async () => {
    const [one, two] = [await openFashionMnist10k(), await openFashionMnist10k()];
    expect(one.contentHash).toBe(two.contentHash);
    expect(one.contentHash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("openFashionMnist", () => {
  it("says what is missing and what to do", async () => {
    const error: unknown = await openFashionMnist({ root: folder }).catch(cause => cause);
    expect(error).toBeInstanceOf(UnavailableError);
    for (const words of [folder, "train-images-idx3-ubyte.gz", "--download", "fashion-mnist-10k works"]) {
      expect((error as Error).message).toContain(words);
    }
  });

  it("refuses files with other content, though well formed", async () => {
    for (const { name } of fashionMnistFiles) {
      const embedded = embeddedData("fashion-mnist", name.replace("train", "t10k"));
      await copyFile(embedded, join(folder, name));
    }
    const labels = gunzipSync(await readFile(join(folder, "train-labels-idx1-ubyte.gz")));
    labels[100] ^= 1;
    await writeFile(join(folder, "train-labels-idx1-ubyte.gz"), gzipSync(labels));
    const error: unknown = await openFashionMnist({ root: folder }).catch(cause => cause);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(/train-images.*another checksum.*c59f468a/);
  });

  it.skipIf(findFashionMnist() === undefined)("has the train part, then the test part", async () => {
    const full = await openFashionMnist();
    const part = await openFashionMnist10k();
    expect(datasetSummary(full)).toMatchObject({ images: 70_000, smallestClass: 7000, largestClass: 7000 });
    expect([full.ids[0], full.ids[59_999], full.ids[60_000]]).toEqual(["train/00000", "train/59999", "t10k/00000"]);
    expect(await full.image(60_042)).toEqual(await part.image(42));
    expect(full.labels.subarray(60_000)).toEqual(part.labels);
    // As published: the first train images are an ankle boot and two T-shirts.
    expect(Array.from(full.labels.subarray(0, 3))).toEqual([9, 0, 0]);
    const split = officialSplit(full);
    expect([split.query.length, split.train.length, split.database.length]).toEqual([10_000, 60_000, 60_000]);
    expect([split.query[0], split.database[0], split.database.at(-1)]).toEqual([60_000, 0, 59_999]);
    expect(() => officialSplit(part)).toThrow("no official train and test part");
  });
});
