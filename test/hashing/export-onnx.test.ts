// Models whose backbone is an ONNX file: what PyTorch exported, with and without weights beside it, joined with heads.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import onnxProto from "onnx-proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { binarize } from "../../src/codes/binarize.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import * as ort from "../../src/compute/onnxruntime.js";
import { Random } from "../../src/core/random.js";
import { checkExport } from "../../src/hashing/check-export.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { exportModel } from "../../src/hashing/export-model.js";
import type { HashModel } from "../../src/hashing/hash-model.js";
import { initHead } from "../../src/hashing/head.js";
import type { Head } from "../../src/hashing/head-file.js";
import { preprocess } from "../../src/images/preprocess.js";
import { METHODS } from "../../src/methods/known-methods.js";
import { fitMethod } from "../../src/training/fit-method.js";

const { onnx } = onnxProto;
const goldens = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "onnx");
const engine = onnxEngine("cpu", { threads: 1 });
const config = { inputDim: 32, hidden: [12], bits: 16, dropout: 0 };
const head: Head = { config, parameters: initHead(config, new Random(4)), beta: 2 };
const SIDE = 24;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-export-onnx-"));
});
afterAll(() => rm(folder, { recursive: true }));

const images = (count: number): Uint8Array =>
  Uint8Array.from({ length: count * SIDE * SIDE * 3 }, (_, i) => (i * 31 + Math.floor(i / 70) * 17) % 256);

/** The product's own way: images → preprocess → features → encode → sign. */
async function codesOf(pixels: Uint8Array, count: number, backbone: Backbone, model: HashModel): Promise<number[]> {
  const size = SIDE * SIDE * 3;
  const made = new Float32Array(pixels.length);
  for (let i = 0; i < count; i++) {
    const data = pixels.subarray(i * size, (i + 1) * size);
    const plain = { ...backbone.preprocessing, resize: SIDE };
    made.set(await preprocess({ data, width: SIDE, height: SIDE, channels: 3 }, plain), i * size);
  }
  const program = await backbone.prepare!(engine);
  const { features } = await program.run({ images: made });
  await program.dispose();
  return Array.from(binarize(await encodeFeatures(features, model, { engine })).data);
}

async function runExported(
  bytes: Uint8Array,
  pixels: Uint8Array,
  count: number,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const input = new ort.Tensor("float32", Float32Array.from(pixels), [count, SIDE, SIDE, 3]);
  const results = await session.run({ pixels: input });
  await session.release();
  return results;
}

describe("a model with an ONNX backbone", () => {
  it.each([
    ["default.onnx", 1],
    ["free.onnx", 2],
    ["opset11.onnx", 2],
    ["opset13.onnx", 2],
    ["opset17.onnx", 2],
  ])("exports with %s as one file that gives the codes of encode", async (name, batch) => {
    const settings = { size: SIDE, mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };
    const backbone = await openBackbone(join(goldens, name), { preprocessing: settings });
    const made = exportModel(backbone, head, { batch });
    const pixels = images(batch);
    const { code, z, feature } = await runExported(made.bytes, pixels, batch);
    expect([code.dims, z.dims, feature.dims]).toEqual([
      [batch, 16],
      [batch, 16],
      [batch, 32],
    ]);
    const expected = await codesOf(pixels, batch, backbone, head);
    expect(new Set(expected)).toEqual(new Set([-1, 1]));
    expect(Array.from(code.data as Float32Array)).toEqual(expected);
    expect(await checkExport(made, backbone, head)).toBeLessThan(1e-4);
    const { metadataProps, opsetImport, graph } = onnx.ModelProto.decode(made.bytes);
    expect(metadataProps?.map(({ key }) => key)).toEqual([
      "bits",
      "backbone",
      "weightsHash",
      "preprocessing",
      "precision",
    ]);
    expect(metadataProps?.at(-1)?.value).toBe("fp32");
    expect(Math.max(...opsetImport!.map(({ version }) => Number(version)))).toBeGreaterThanOrEqual(17);
    expect(graph?.initializer?.every(({ externalData }) => !externalData?.length)).toBe(true);
    // It is a backbone again, which normalises itself.
    await writeFile(join(folder, name), made.bytes);
    const again = await openBackbone(join(folder, name), { output: "feature" });
    expect(again.assumptions).toEqual([]);
    expect(again.preprocessing).toMatchObject({ crop: SIDE, mean: [0, 0, 0] });
  });

  it("exports with every fitted method, whose graphs are raised to the backbone's operators", async () => {
    const backbone = await openBackbone(join(goldens, "free.onnx"), { preprocessing: { size: SIDE } });
    const features = { data: new Random(2).normals(80 * 32), shape: [80, 32] };
    const fits = METHODS.flatMap(method => (method.kind === "fitted" ? [method] : []));
    expect(fits.length).toBeGreaterThan(3);
    const labels = Int32Array.from({ length: 80 }, (_, row) => row % 10);
    for (const method of fits) {
      const bits = method.bitsOf?.(10) ?? 12;
      const { model } = await fitMethod(features, { method, bits, seed: 1 }, { engine, labels });
      const made = exportModel(backbone, model, { batch: 2 });
      const pixels = images(2);
      const { code } = await runExported(made.bytes, pixels, 2);
      expect(Array.from(code.data as Float32Array), method.name).toEqual(await codesOf(pixels, 2, backbone, model));
    }
  });

  it("is refused where the batch is another, and where the check finds other codes", async () => {
    const fixed = await openBackbone(join(goldens, "default.onnx"));
    expect(() => exportModel(fixed, head, { batch: 2 })).toThrow(/fixed number of images a call; expected --batch 1/);
    const made = exportModel(fixed, head);
    const other = { ...head, parameters: initHead(config, new Random(5)) };
    await expect(checkExport(made, fixed, other)).rejects.toThrow(/gives other codes than backbone and head/);
  });
});
