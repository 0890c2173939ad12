import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import { FeatureProgram } from "../../src/features/feature-program.js";
import { imagesPerCall } from "../../src/features/images-per-call.js";
import { preprocessedBatches } from "../../src/images/preprocessed-batches.js";
import { eachScale } from "../../src/images/scales.js";
import { greyDataset, linearBackbone } from "./fake.js";

const engine = onnxEngine("cpu", { threads: 1 });
const SIZED = { resize: 64, crop: 64, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" } as const;

/** A filter on places, so that the size of the image matters. */
function placedBackbone(): Backbone {
  return {
    ...linearBackbone(4),
    preprocessing: { ...SIZED, views: "flip", scales: [1, 1.5] },
    weights: { filter: { data: new Random(8).normals(5 * 5 * 3 * 4), shape: [5, 5, 3, 4] } },
    forward: (images, weights) =>
      tf.mean<tf.Tensor2D>(tf.relu(tf.conv2d(images, weights.filter as tf.Tensor4D, 3, "same")), [1, 2]),
  };
}

/** Noise; image 2 cannot be read. */
const dataset = greyDataset(5, async row => {
  if (row === 2) return new Uint8Array(3);
  const random = new Random(9).stream(`${row}`);
  return {
    data: Uint8Array.from({ length: 3 * 70 * 80 }, () => random.integer(256)),
    width: 70,
    height: 80,
    channels: 3,
  };
});

async function featuresOf(backbone: Backbone, slot = 0): Promise<Float32Array> {
  const program = await FeatureProgram.open(backbone, { engine, images: 8 });
  const batches = preprocessedBatches(dataset, [0, 1, 2, 3, 4], backbone.preprocessing, {
    batchSize: 5,
    tolerant: true,
  });
  const { value } = await batches.next();
  const features = await program.featuresOf(value!, slot);
  await program.dispose();
  return features;
}

describe("FeatureProgram", () => {
  it("gives the mean over scales of features of length 1, wherever the images lie in the batch", async () => {
    const backbone = placedBackbone();
    const scales = await Promise.all(
      eachScale(backbone.preprocessing).map(preprocessing => featuresOf({ ...backbone, preprocessing })),
    );
    for (const slot of [0, 2]) {
      const found = await featuresOf(backbone, slot);
      for (let row = 0; row < 5; row++) {
        const lengths = scales.map(one => Math.hypot(...one.subarray(row * 4, row * 4 + 4)));
        for (let d = 0; d < 4; d++) {
          const mean = scales.reduce((sum, one, i) => sum + one[row * 4 + d] / lengths[i] / 2, 0);
          if (row === 2) expect(found[row * 4 + d]).toBeNaN();
          else expect(found[row * 4 + d]).toBeCloseTo(mean, 5);
        }
      }
    }
  });
});

describe("imagesPerCall", () => {
  it("counts larger images as their pixels, and views", () => {
    const of = (crop: number, more = {}) => imagesPerCall(16, { ...SIZED, resize: crop, crop, ...more });
    expect([of(64), of(224), of(448), of(704), of(4096)]).toEqual([16, 16, 4, 1, 1]);
    expect(of(224, { views: "flip" })).toBe(8);
    expect(of(224, { scales: [1, 2] })).toBe(4);
  });
});
