// Exported models that take all views and scales of a picture, against what makes codes here.
import { describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import type { Pooling } from "../../src/backbone/pooling.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import * as ort from "../../src/compute/onnxruntime.js";
import { Random } from "../../src/core/random.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { imageFeatures } from "../../src/embedding/image-features.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { pixelInputs } from "../../src/hashing/export-inputs.js";
import { exportModel } from "../../src/hashing/export-model.js";
import { initHead } from "../../src/hashing/head.js";
import type { Head } from "../../src/hashing/head-file.js";
import { denormalise } from "../../src/images/denormalise.js";
import { preprocess } from "../../src/images/preprocess.js";
import type { Preprocessing } from "../../src/images/preprocessing.js";
import { viewCount } from "../../src/images/views.js";
import { formulaBackbone } from "../backbone/formula-weights.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { architecture } = KNOWN_BACKBONES.resnet18;
const config = { inputDim: 512, hidden: [], bits: 32, dropout: 0 };
const head: Head = { config, parameters: initHead(config, new Random(4)), beta: 1, activation: "none" };

const random = new Random(1);
const image: RawImage = {
  data: Uint8Array.from({ length: 90 * 70 * 3 }, () => random.integer(256)),
  width: 90,
  height: 70,
  channels: 3,
};

function backboneOf(more: Partial<Preprocessing>, pool?: Pooling): Backbone {
  const backbone = formulaBackbone(architecture, 64, undefined, pool);
  return { ...backbone, preprocessing: { ...backbone.preprocessing, resize: 80, ...more } };
}

/** The inputs of an exported model, of what `preprocess` makes. */
async function pixelsOf(preprocessing: Preprocessing): Promise<Record<string, ort.Tensor>> {
  const inputs: Record<string, ort.Tensor> = {};
  for (const { name, preprocessing: one } of pixelInputs(preprocessing)) {
    const values = await preprocess(image, one);
    const size = one.crop ** 2 * 3;
    const views = viewCount(one);
    const pixels = new Float32Array(values.length);
    for (let view = 0; view < views; view++) {
      pixels.set(denormalise(values.subarray(view * size, (view + 1) * size), one).data, view * size);
    }
    inputs[name] = new ort.Tensor("float32", pixels, [views, one.crop, one.crop, 3]);
  }
  return inputs;
}

describe("a model that takes all views", () => {
  it.each<[string, Partial<Preprocessing>, Pooling?]>([
    ["flip", { views: "flip" }],
    ["ten-crop", { views: "ten-crop" }],
    ["flip, pooled by the generalised mean", { views: "flip" }, { gem: 3 }],
    ["two scales", { scales: [1, 1.5] }],
    ["two scales of flip", { scales: [1, 1.5], views: "flip" }],
  ])("gives the features and codes of extract: %s", async (_, more, pool) => {
    const backbone = backboneOf(more, pool);
    const features = await imageFeatures([image], backbone, { engine });
    const expected = await encodeFeatures(features, head, { engine });
    const { bytes, inputs } = exportModel(backbone, head, { views: "all" });
    expect(inputs.map(({ name }) => name)).toEqual(more.scales === undefined ? ["pixels"] : ["pixels_64", "pixels_96"]);
    const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
    const { feature, z, code } = await session.run(await pixelsOf(backbone.preprocessing));
    await session.release();
    expect([feature.dims, code.dims]).toEqual([
      [1, 512],
      [1, 32],
    ]);
    const greatest = Math.max(...features.data.map(Math.abs));
    for (const [i, value] of features.data.entries()) {
      expect(Math.abs((feature.data as Float32Array)[i] - value)).toBeLessThan(2e-5 * greatest);
    }
    for (const [i, value] of expected.data.entries()) {
      expect((code.data as Float32Array)[i]).toBe((z.data as Float32Array)[i] >= 0 ? 1 : -1);
      if (Math.abs(value) > 1e-4) expect((code.data as Float32Array)[i]).toBe(Math.sign(value));
    }
  });

  it("takes several images a call, the views of each one after another", () => {
    const { inputs, outputs } = exportModel(backboneOf({ views: "flip" }), head, { views: "all", batch: 3 });
    expect(inputs[0].shape).toEqual([6, 64, 64, 3]);
    expect(outputs.map(({ shape }) => shape[0])).toEqual([3, 3, 3]);
  });

  it("takes the middle alone unless it is told", () => {
    expect(exportModel(backboneOf({ views: "ten-crop" }), head).inputs[0].shape).toEqual([1, 64, 64, 3]);
  });

  it("is refused where no file can do it, with the reason", () => {
    const all = (backbone: Backbone) => () => exportModel(backbone, head, { views: "all" });
    expect(all(backboneOf({ views: { seed: 3, view: 1 } }))).toThrow(/random views, which nobody can make again/);
    const int8 = { precision: "int8", ranges: [], calibration: { images: 1, seed: 0 } } as const;
    expect(all({ ...backboneOf({ scales: [1, 1.5] }), quantization: int8 })).toThrow(/several scales .* in int8/);
    expect(() => exportModel(backboneOf({ scales: [1, 1.5] }), head)).toThrow(/several scales.*folder/s);
  });
});
