import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackbone } from "../../src/backbone/backbone.js";
import { readNpy } from "../../src/core/npy.js";
import { goldenPixels } from "./golden-pixels.js";
import { useTestBackend } from "./wasm.js";

const GOLDEN = fileURLToPath(new URL("../goldens/backbone-efficientnet-lite0.npy", import.meta.url));

describe("efficientnet-lite0", () => {
  beforeAll(() => useTestBackend("wasm"));

  it("gives PyTorch's features on the same pixels, and leaks nothing", async () => {
    const backbone = await openBackbone("efficientnet-lite0");
    const golden = await readNpy(GOLDEN);
    const { data, shape, sum } = goldenPixels();
    expect(sum).toBe(40990847); // printed by the Python script
    const before = tf.memory().numTensors;
    const features = tf.tidy(() => {
      const weights = Object.fromEntries(
        Object.entries(backbone.weights).map(([name, array]) => [name, tf.tensor(array.data, [...array.shape])]),
      );
      return backbone.forward(tf.tensor4d(data, shape), weights).dataSync();
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(golden.shape).toEqual([2, backbone.dim]);
    expect(features.length).toBe(golden.data.length);
    let largest = 0;
    let difference = 0;
    for (let i = 0; i < features.length; i++) {
      largest = Math.max(largest, Math.abs(Number(golden.data[i])));
      difference = Math.max(difference, Math.abs(features[i] - Number(golden.data[i])));
    }
    expect(difference / largest).toBeLessThan(1e-4);
  });

  it("has the preprocessing of the original code", async () => {
    const { preprocessing } = await openBackbone("efficientnet-lite0");
    expect(preprocessing).toMatchObject({ resize: 256, crop: 224, interpolation: "bicubic" });
    for (const c of [0, 1, 2]) {
      const normalised = (200 / 255 - preprocessing.mean[c]) / preprocessing.std[c];
      expect(normalised).toBeCloseTo((200 - 127) / 128, 12);
    }
  });
});
