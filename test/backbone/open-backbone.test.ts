import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkWeights, expectedTensors } from "../../src/backbone/architecture.js";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import type { NdArray } from "../../src/core/arrays.js";
import { readSafetensors, writeSafetensors } from "../../src/core/safetensors.js";

const { architecture, file } = KNOWN_BACKBONES["efficientnet-lite0"];
const README = new URL("../../data/models/efficientnet-lite0/README.md", import.meta.url);

describe("openBackbone", () => {
  let folder: string;
  let tensors: Record<string, NdArray<Float32Array>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-"));
    tensors = { ...(await readSafetensors(file())).tensors };
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("opens the embedded weights, whose checksum the README states", async () => {
    const backbone = await openBackbone("efficientnet-lite0");
    expect(backbone).toMatchObject({ name: "efficientnet-lite0", dim: 1280 });
    expect(await readFile(README, "utf8")).toContain(backbone.weightsHash);
    expect(Object.keys(backbone.weights)).toHaveLength(2 * 49);
    expect(backbone.weights["conv_stem.weight"].shape).toEqual([3, 3, 3, 32]);
    expect(backbone.weights["blocks.1.0.conv_dw.weight"].shape).toEqual([3, 3, 96, 1]);
  });

  it("opens a file with a classifier and gives it a hash of its own", async () => {
    const other = join(folder, "other.safetensors");
    await writeSafetensors(other, { ...tensors, "classifier.bias": { data: new Float32Array(1000), shape: [1000] } });
    const backbone = await openBackbone("efficientnet-lite0", { file: other });
    const known = await openBackbone("efficientnet-lite0");
    expect(backbone.weightsHash).not.toBe(known.weightsHash);
    expect(Object.keys(backbone.weights)).toEqual(Object.keys(known.weights));
    for (const [name, { data }] of Object.entries(known.weights)) {
      expect(Buffer.compare(Buffer.from(backbone.weights[name].data.buffer), Buffer.from(data.buffer)), name).toBe(0);
    }
  });

  it("names an unknown backbone and the known ones", async () => {
    await expect(openBackbone("resnet49")).rejects.toMatchObject({
      kind: "usage",
      message: expect.stringMatching(/efficientnet-lite0.*resnet49/),
    });
    await expect(openBackbone("constructor")).rejects.toMatchObject({ kind: "usage" });
  });

  it("names the file that is not there", async () => {
    const missing = join(folder, "missing.safetensors");
    await expect(openBackbone("efficientnet-lite0", { file: missing })).rejects.toMatchObject({ file: missing });
  });

  it("names the first missing, misshapen or extra tensor", () => {
    const without = { ...tensors };
    delete without["conv_head.weight"];
    delete without["blocks.3.1.bn2.bias"];
    expect(() => checkWeights(architecture, without, "w")).toThrow(/w: tensor "blocks\.3\.1\.bn2\.bias".*missing.*480/);
    const misshapen = { ...tensors, "bn1.weight": { data: new Float32Array(31), shape: [31] } };
    expect(() => checkWeights(architecture, misshapen, "w")).toThrow(/"bn1\.weight".*\(32\).*\(31\)/);
    const extra = { ...tensors, "blocks.7.0.conv_pw.weight": { data: new Float32Array(1), shape: [1] } };
    expect(() => checkWeights(architecture, extra, "w")).toThrow(/"blocks\.7\.0\.conv_pw\.weight" has no place/);
    expect(() => checkWeights(architecture, tensors, "w")).not.toThrow();
    expect(expectedTensors(architecture).size).toBe(245);
  });
});
