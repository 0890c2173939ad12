import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import onnxProto from "onnx-proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOnnxBackbone } from "../../src/backbone/onnx-backbone.js";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { compile } from "../../src/compute/compile.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { extractFeatures } from "../../src/features/extract.js";
import { exportModel } from "../../src/hashing/export-model.js";
import { greyDataset, linearBackbone } from "../features/fake.js";

const { onnx } = onnxProto;
const engine = onnxEngine("cpu", { threads: 1 });

/** A foreign model: channels first, the means of the channels times 1, 2, 3 inside, their sum outside. */
function foreign(batch: number, shape = [batch, 3, 8, 8]): Uint8Array {
  const { bytes } = compile(
    ({ x }) => {
      const means = tf.mean(x, [2, 3]); // (batch, 3)
      return { scaled: tf.mul(means, tf.tensor1d([1, 2, 3])), sum: tf.sum(means, 1, true) };
    },
    { inputs: { x: { shape, dtype: "float32" } } },
  );
  const model = onnx.ModelProto.decode(bytes);
  model.producerName = "someone";
  return onnx.ModelProto.encode(model).finish();
}

describe("an ONNX file as backbone", () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-onnx-"));
    for (const batch of [1, 3, 16]) await writeFile(file(`foreign-${batch}.onnx`), foreign(batch));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([1, 3, 16])("takes channels first and a fixed batch of %d", async batch => {
    const backbone = await openBackbone(file(`foreign-${batch}.onnx`), { output: "scaled" });
    const { crop, resize, interpolation, mean, std } = backbone.preprocessing;
    expect([backbone.dim, crop, resize, interpolation]).toEqual([3, 8, 9, "bilinear"]);
    const { features, manifest } = await extractFeatures(greyDataset(21), backbone, {
      engine,
      folder: file(`f${batch}`),
    });
    expect(manifest).toMatchObject({ backbone: `foreign-${batch}.onnx`, layer: "scaled", shape: [21, 3] });
    for (let row = 0; row < 21; row++) {
      for (const c of [0, 1, 2]) {
        expect(features.data[3 * row + c]).toBeCloseTo(((c + 1) * (row / 255 - mean[c])) / std[c], 4);
      }
    }
  });

  it("takes a tensor inside the graph", async () => {
    const bytes = foreign(1);
    await writeFile(file("inner.onnx"), bytes);
    const inner = onnx.ModelProto.decode(bytes).graph?.node?.find(({ opType }) => opType === "ReduceMean");
    const { dim } = await openOnnxBackbone(file("inner.onnx"), { output: inner?.output?.[0] });
    expect(dim).toBe(3);
  });

  it("takes an exported model with its own preprocessing, and gives the same features", async () => {
    const backbone = linearBackbone(5);
    const config = { inputDim: 5, hidden: [], bits: 4, dropout: 0 };
    const parameters = {
      "hash.weight": { data: new Float32Array(20), shape: [4, 5] },
      "hash.bias": { data: new Float32Array(4), shape: [4] },
    };
    await writeFile(file("own.onnx"), exportModel(backbone, { config, parameters, beta: 1 }).bytes);
    const opened = await openBackbone(file("own.onnx"), { output: "feature" });
    const [one, other] = await Promise.all(
      [backbone, opened].map((b, i) => extractFeatures(greyDataset(9), b, { engine, folder: file(`own-${i}`) })),
    );
    other.features.data.forEach((value, i) => void expect(value).toBeCloseTo(one.features.data[i], 4));
  });

  it("is refused when it is none, takes no images, or has not that output", async () => {
    await writeFile(file("text.onnx"), "hello");
    await expect(openBackbone(file("text.onnx"))).rejects.toThrow(/text\.onnx: this is not an ONNX model/);
    await writeFile(
      file("flat.onnx"),
      compile(({ x }) => ({ y: tf.neg(x) }), { inputs: { x: { shape: [2, 3], dtype: "float32" } } }).bytes,
    );
    await expect(openBackbone(file("flat.onnx"))).rejects.toThrow(/does not take images.*found x \(2, 3\)/);
    await writeFile(file("vast.onnx"), foreign(1, [1, 3, 5000, 5000]));
    await expect(openBackbone(file("vast.onnx"), { output: "sum" })).rejects.toThrow(
      /at most 4096 pixels a side; found 5000/,
    );
    await expect(openBackbone(file("foreign-1.onnx"))).rejects.toThrow(/several outputs.*one of scaled, sum/);
    await expect(openBackbone(file("foreign-1.onnx"), { output: "none" })).rejects.toThrow(
      /no tensor of that name.*none/,
    );
    await expect(openBackbone("efficientnet-lite0", { output: "x" })).rejects.toThrow(/only ONNX files/);
  });
});
