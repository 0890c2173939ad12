import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { resnet } from "../../src/backbone/resnet.js";
import { chooseEngine } from "../../src/compute/engine.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { calibrateBackbone } from "../../src/features/calibrate-backbone.js";
import { extractFeatures } from "../../src/features/extract.js";
import { manifestKey } from "../../src/features/feature-identity.js";
import { readFeatureManifest } from "../../src/features/feature-manifest.js";
import { formulaBackbone } from "../backbone/formula-weights.js";
import { greyDataset, linearBackbone } from "./fake.js";

const engine = onnxEngine("cpu", { threads: 1 });
const SIDE = 32;

/** Pictures of coarse coloured noise. */
function noise(count: number): Dataset {
  const image = async (row: number) => {
    const random = new Random(row);
    const data = Uint8Array.from({ length: 4 * 4 * 3 }, () => random.integer(256));
    return { data, width: 4, height: 4, channels: 3 as const };
  };
  return greyDataset(count, image);
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.entries()) [ab, aa, bb] = [ab + value * b[i], aa + value ** 2, bb + b[i] ** 2];
  return ab / Math.sqrt(aa * bb);
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-int8-"));
});
afterEach(async () => rm(folder, { recursive: true }));

describe("calibrateBackbone", () => {
  const backbone = formulaBackbone(resnet(18), SIDE);
  const data = noise(12);

  it("gives features near those of floats, told apart in the manifest and found again", async () => {
    const int8 = await calibrateBackbone(backbone, data, { images: 6 });
    const exact = await extractFeatures(data, backbone, { engine, folder: join(folder, "fp32") });
    const rounded = await extractFeatures(data, int8, { engine, folder: join(folder, "int8") });
    for (let row = 0; row < 12; row++) {
      const [a, b] = [exact, rounded].map(({ features }) => features.data.subarray(row * 512, (row + 1) * 512));
      expect(cosine(a, b)).toBeGreaterThan(0.995);
      expect(a).not.toEqual(b);
    }
    const manifest = (await readFeatureManifest(join(folder, "int8")))!;
    expect(manifest.quantization).toEqual(int8.quantization);
    expect(manifest.run?.byteProducts).toMatch(/^(exact|saturating)$/);
    expect(manifestKey(manifest)).not.toBe(manifestKey(exact.manifest));
    expect(exact.manifest).not.toHaveProperty("quantization");
    expect((await extractFeatures(data, int8, { engine, folder: join(folder, "int8") })).cached).toBe(true);
    await expect(extractFeatures(data, backbone, { engine, folder: join(folder, "int8") })).rejects.toThrow(
      /made in another way.*; found others by quantization \(int8, not fp32\)$/,
    );
    const other = { ...int8, quantization: { ...int8.quantization!, calibration: { images: 6, seed: 1 } } };
    await expect(extractFeatures(data, other, { engine, folder: join(folder, "int8") })).rejects.toThrow(
      /found others by quantization \(int8 of other ranges\)$/,
    );
  });

  it("is refused by another engine before anything is written", async () => {
    const int8 = await calibrateBackbone(backbone, data, { images: 1 });
    const wasm = await chooseEngine({ engine: "wasm" });
    const asked = { engine: wasm.engine, folder: join(folder, "none") };
    await expect(extractFeatures(data, int8, asked)).rejects.toThrow(/compiled CPU engine only.*engine wasm/);
    expect(await readFeatureManifest(asked.folder)).toBeUndefined();
  });

  it("draws by the seed, and gives the same ranges again", async () => {
    const quantizationOf = async (seed: number) =>
      (await calibrateBackbone(backbone, data, { images: 2, seed })).quantization!;
    const first = await quantizationOf(5);
    expect(await quantizationOf(5)).toEqual(first);
    expect((await quantizationOf(6)).ranges).not.toEqual(first.ranges);
    expect(first.calibration).toEqual({ images: 2, seed: 5 });
  });

  it("measures the least and the greatest value of what a convolution gives", async () => {
    const stem = { data: Float32Array.of(1, -1, 0.5, 0, 0, 0, 0, 0, 0, 1, -1, 0.5), shape: [1, 1, 3, 4] };
    const filter = { data: Float32Array.of(1, -1, 0.5, 2), shape: [1, 1, 4, 1] };
    const one: Backbone = {
      ...linearBackbone(1),
      weights: { stem, filter },
      forward: (images, weights) => {
        const first = tf.conv2d(images, weights.stem as tf.Tensor4D, 1, "same"); // of an image: stays in floats
        return tf.mean(tf.conv2d(first, weights.filter as tf.Tensor4D, 1, "same"), [1, 2]);
      },
    };
    const { quantization } = await calibrateBackbone(one, greyDataset(200), { images: 200 });
    const white = 199 / 255; // of the lightest image
    const expected = [-0.5 * white, white, 0, 1.75 * white].map(value => Number(value.toPrecision(4)));
    expect(quantization!.ranges.flat()).toEqual(expected);
  });

  it("refuses networks without convolutions, ONNX files, and data of which nothing can be read", async () => {
    await expect(calibrateBackbone(linearBackbone(), data)).rejects.toThrow(/nothing to compute in 8-bit/);
    const onnx = { ...backbone, prepare: () => engine.prepare({ body: () => ({}) }) };
    await expect(calibrateBackbone(onnx, data)).rejects.toThrow(/is an ONNX file/);
    const broken = greyDataset(3, async () => new Uint8Array(3));
    await expect(calibrateBackbone(backbone, broken)).rejects.toThrow(/none of 3 images could be read/);
    await expect(calibrateBackbone(backbone, data, { images: 0 })).rejects.toThrow(/nothing to calibrate with/);
  });
});
