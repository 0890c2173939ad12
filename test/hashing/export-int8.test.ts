import { expect, it } from "vitest";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import * as ort from "../../src/compute/onnxruntime.js";
import { Random } from "../../src/core/random.js";
import { imageFeatures } from "../../src/embedding/image-features.js";
import { calibrateBackbone } from "../../src/features/calibrate-backbone.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { exportModel } from "../../src/hashing/export-model.js";
import { initHead } from "../../src/hashing/head.js";
import type { Head } from "../../src/hashing/head-file.js";
import { formulaBackbone } from "../backbone/formula-weights.js";
import { greyDataset } from "../features/fake.js";

const SIDE = 32;

it.each(["resnet18", "resnet50-ibn-a", "densenet121"])(
  "a model of %s in int8 is exported in int8, with the same results to the step",
  {
    timeout: 600_000,
  },
  async name => {
    const engine = onnxEngine("cpu", { threads: 1 });
    const exact = formulaBackbone(KNOWN_BACKBONES[name].architecture, SIDE);
    const image = async (row: number) => {
      const random = new Random(row);
      return {
        data: Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256)),
        width: SIDE,
        height: SIDE,
      };
    };
    const channels = 3 as const;
    const data = greyDataset(4, async row => ({ ...(await image(row)), channels }));
    const backbone = await calibrateBackbone(exact, data, { images: 4 });
    const config = { inputDim: exact.dim, hidden: [], bits: 16, dropout: 0 };
    const head: Head = { config, parameters: initHead(config, new Random(4)), beta: 1, activation: "none" };
    const features = await imageFeatures([{ ...(await image(0)), channels }], backbone, { engine });
    const expected = await encodeFeatures(features, head, { engine });
    const { bytes } = exportModel(backbone, head);
    const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
    const pixels = new ort.Tensor("float32", Float32Array.from((await image(0)).data), [1, SIDE, SIDE, 3]);
    const { z, feature } = await session.run({ pixels });
    await session.release();
    for (const [i, value] of expected.data.entries()) expect((z.data as Float32Array)[i]).toBeCloseTo(value, 4);
    const float = await imageFeatures([{ ...(await image(0)), channels }], exact, { engine });
    const distance = (a: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - float.data[i])));
    expect(distance(feature.data as Float32Array)).toBeGreaterThan(1e-4); // it is not the float network
  },
);
