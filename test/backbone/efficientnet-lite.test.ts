import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { readNpy } from "../../src/core/npy.js";
import { relativeError } from "../methods/loss-cases.js";
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
    expect(relativeError(features, golden.data as Float32Array)).toBeLessThan(1e-4);
  });

  it("gives them compiled, too", async () => {
    const backbone = await openBackbone("efficientnet-lite0");
    const golden = await readNpy(GOLDEN);
    const { data, shape } = goldenPixels();
    const program = await onnxEngine("cpu", { threads: 2 }).prepare({
      inputs: { images: { shape, dtype: "float32" } },
      constants: backbone.weights,
      body: tensors => ({ features: backbone.forward(tensors.images as tf.Tensor4D, tensors) }),
    });
    const { features } = await program.run({ images: data });
    await program.dispose();
    expect(features.shape).toEqual(golden.shape);
    expect(relativeError(features.data, golden.data as Float32Array)).toBeLessThan(1e-4);
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
