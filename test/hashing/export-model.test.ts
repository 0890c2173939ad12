import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tensor4D } from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { binarize } from "../../src/codes/binarize.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import * as ort from "../../src/compute/onnxruntime.js";
import { readNpy, writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { exportModel } from "../../src/hashing/export-model.js";
import { initHead } from "../../src/hashing/head.js";
import type { Head } from "../../src/hashing/head-file.js";
import { preprocess } from "../../src/images/preprocess.js";

/** Loads the model in another runtime and runs it on raw pixels: model.onnx, pixels.npy → codes.npy. */
const SCRIPT = `
import sys, numpy as np, onnxruntime as ort
session = ort.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
meta = session.get_modelmeta().custom_metadata_map
assert meta["bits"] == "24" and meta["backbone"] == "efficientnet-lite0", meta
pixels = np.load(sys.argv[2])
assert pixels.dtype == np.uint8
code, = session.run(["code"], {"pixels": pixels.astype(np.float32)})
np.save(sys.argv[3], code)
`;

const python = process.env.HASHBOOK_TEST_PYTHON ?? "python3";
const missing = spawnSync(python, ["-c", "import onnxruntime, numpy"]).status !== 0;
if (missing) console.warn(`export in Python skipped: ${python} has no onnxruntime and numpy (HASHBOOK_TEST_PYTHON)`);

describe("exportModel", () => {
  const engine = onnxEngine("cpu", { threads: 2 });
  const config = { inputDim: 1280, hidden: [32], bits: 24, dropout: 0 };
  const head: Head = { config, parameters: initHead(config, new Random(4)), beta: 3 };
  const pixels = Uint8Array.from({ length: 2 * 224 * 224 * 3 }, (_, i) => (i * 31 + Math.floor(i / 700) * 17) % 256);
  let backbone: Backbone;
  let bytes: Uint8Array;
  let expected: Int8Array;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-export-"));
    backbone = await openBackbone("efficientnet-lite0");
    ({ bytes } = exportModel(backbone, head, { batch: 2 }));
    // The product's own way: images → preprocess → features → encode → sign.
    const plain = { ...backbone.preprocessing, resize: 224 };
    const images = new Float32Array(pixels.length);
    for (const i of [0, 1]) {
      const data = pixels.subarray(i * (pixels.length / 2), (i + 1) * (pixels.length / 2));
      images.set(await preprocess({ data, width: 224, height: 224, channels: 3 }, plain), (i * pixels.length) / 2);
    }
    const program = await engine.prepare({
      inputs: { images: { shape: [2, 224, 224, 3], dtype: "float32" } },
      constants: backbone.weights,
      body: tensors => ({ features: backbone.forward(tensors.images as Tensor4D, tensors) }),
    });
    const { features } = await program.run({ images });
    await program.dispose();
    expected = binarize(await encodeFeatures(features, head, { engine })).data;
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("gives the codes of the separate parts from raw pixels", async () => {
    expect(new Set(expected)).toEqual(new Set([-1, 1]));
    const session = await ort.InferenceSession.create(bytes);
    const input = new ort.Tensor("float32", Float32Array.from(pixels), [2, 224, 224, 3]);
    const { code, z, feature } = await session.run({ pixels: input });
    expect([code.dims, z.dims, feature.dims]).toEqual([
      [2, 24],
      [2, 24],
      [2, 1280],
    ]);
    expect(Array.from(code.data as Float32Array)).toEqual(Array.from(expected));
    await session.release();
  });

  it.skipIf(missing)("gives them in Python's onnxruntime", async () => {
    const [model, input, output] = ["model.onnx", "pixels.npy", "codes.npy"].map(name => join(folder, name));
    await writeFile(model, bytes);
    await writeNpy(input, { data: pixels, shape: [2, 224, 224, 3] });
    const { status, stderr } = spawnSync(python, ["-c", SCRIPT, model, input, output], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const codes = await readNpy(output);
    expect(codes.shape).toEqual([2, 24]);
    expect(Array.from(codes.data as Float32Array)).toEqual(Array.from(expected));
  });

  it("gives +1 for a z of exactly 0", async () => {
    const zeros = Object.fromEntries(
      Object.entries(head.parameters).map(([name, { data, shape }]) => [
        name,
        { data: new Float32Array(data.length), shape },
      ]),
    );
    const session = await ort.InferenceSession.create(exportModel(backbone, { ...head, parameters: zeros }).bytes);
    const { code } = await session.run({
      pixels: new ort.Tensor("float32", new Float32Array(150528), [1, 224, 224, 3]),
    });
    expect(new Set(code.data as Float32Array)).toEqual(new Set([1]));
    await session.release();
  });

  it("refuses a head of another backbone", () => {
    const other = { ...head, config: { ...config, inputDim: 2048 } };
    expect(() => exportModel(backbone, other)).toThrow(
      /expected features of 2048 values; found efficientnet-lite0 with 1280/,
    );
  });
});
