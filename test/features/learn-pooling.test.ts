import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { withPooling } from "../../src/backbone/open-backbone.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { contrastiveExponent, learnPooling } from "../../src/features/learn-pooling.js";
import { withLearnedPooling } from "../../src/features/shared-pooling.js";
import { greyDataset } from "./fake.js";
import { CHANNELS, formulaMaps, IMAGES, PER_CLASS, SIDE } from "./formula-maps.js";

const goldens: { readonly exponent: number } = JSON.parse(
  readFileSync(new URL("../goldens/pooling.json", import.meta.url), "utf8"),
);
const engine = onnxEngine("cpu", { threads: 1 });

/** A network whose map is the image, times filters of its own, cut off at zero. */
function mapBackbone(): Backbone {
  const map: Backbone["map"] = (images, weights) =>
    tf.relu(tf.conv2d(images, weights.filter as tf.Tensor4D, 2, "same"));
  const plain: Backbone = {
    name: "map",
    dim: 6,
    preprocessing: { resize: 8, crop: 8, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" },
    weights: { filter: { data: new Random(4).normals(2 * 2 * 3 * 6), shape: [2, 2, 3, 6] } },
    weightsHash: "none",
    map,
    forward: images => images.reshape<tf.Tensor2D>([images.shape[0], -1]),
  };
  return withPooling(plain, "average");
}

/** Noise with more of one colour in each class. */
function noisyDataset(count: number, reads: number[] = []): Dataset {
  const image = async (row: number) => {
    reads.push(row);
    const random = new Random(7).stream(`image ${row}`);
    const data = Uint8Array.from({ length: 192 }, (_, i) => random.integer(i % 3 === row % 2 ? 256 : 128));
    return { data, width: 8, height: 8, channels: 3 as const };
  };
  return { ...greyDataset(count, image), name: "noisy" };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-pooling-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("learnPooling", () => {
  it("finds the exponent at which PyTorch's slope of the loss changes its sign", async () => {
    const size = SIDE * SIDE * CHANNELS;
    const logarithms = formulaMaps().map(value => Math.log(Math.max(value, 1e-6)));
    const maps = Array.from({ length: IMAGES }, (_, i) => logarithms.slice(i * size, (i + 1) * size));
    const labels = Array.from({ length: IMAGES }, (_, i) => Math.floor(i / PER_CLASS));
    const found = await contrastiveExponent(maps, labels, { dim: CHANNELS, engine });
    expect(Math.abs(found - goldens.exponent)).toBeLessThan(0.01);
  });

  it("looks at a few images of each class, of the train rows alone, and always finds the same", async () => {
    const reads: number[] = [];
    const train = Int32Array.from({ length: 30 }, (_, i) => i + 5);
    const roles = { protocol: "test", seed: 0, query: Int32Array.of(0), train, database: Int32Array.of(1) };
    const dataset = { ...noisyDataset(60, reads), roles };
    const first = await learnPooling(mapBackbone(), dataset, { engine });
    expect(first).toBeGreaterThanOrEqual(1);
    expect(first).toBeLessThanOrEqual(6);
    expect(new Set(reads).size).toBe(8); // four of each class
    expect(reads.every(row => train.includes(row))).toBe(true);
    expect(await learnPooling(mapBackbone(), dataset, { engine })).toBe(first);
  });

  it("leaves out images that cannot be read, and refuses when too few can", async () => {
    const { image, ...noisy } = noisyDataset(12);
    const without = (isBroken: (row: number) => boolean): Dataset => {
      return { ...noisy, image: async row => (isBroken(row) ? join(folder, "none.jpg") : image(row)) };
    };
    const exponent = await learnPooling(
      mapBackbone(),
      without(row => row === 3),
      { engine },
    );
    expect(exponent).toBeGreaterThanOrEqual(1);
    await expect(
      learnPooling(
        mapBackbone(),
        without(row => row > 1),
        { engine },
      ),
    ).rejects.toThrow(/too few images can be read.*gem:3; found \d of the \d+ drawn/);
  });

  it("is learned once for all shards, and by another folder again", async () => {
    const reads: number[] = [];
    const dataset = noisyDataset(20, reads);
    const one = await withLearnedPooling(mapBackbone(), dataset, { engine, folder });
    const count = reads.length;
    const other = await withLearnedPooling(mapBackbone(), dataset, { engine, folder });
    expect(other.pool).toEqual(one.pool);
    expect(reads.length).toBe(count);
    await withLearnedPooling(mapBackbone(), dataset, { engine, folder, seed: 1 });
    expect(reads.length).toBeGreaterThan(count);
  });

  it("refuses a network without a map, and too few classes", async () => {
    const { map: _, ...without } = mapBackbone();
    await expect(learnPooling(without, noisyDataset(9), { engine })).rejects.toThrow(/cannot be learned.*gem:3/);
    const alone = { ...noisyDataset(9), labels: new Int32Array(9) };
    await expect(learnPooling(mapBackbone(), alone, { engine })).rejects.toThrow(/two classes.*1 such classes/);
    const unknown = { ...noisyDataset(9), labels: new Int32Array(9).fill(-1) };
    await expect(learnPooling(mapBackbone(), unknown, { engine })).rejects.toThrow(/0 such classes/);
  });
});
