// Networks with more than folded convolutions: what they have beside, int8 leaves right, and an exported model too.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { calibrateBackbone } from "../../src/features/calibrate-backbone.js";
import { extractFeatures } from "../../src/features/extract.js";
import { greyDataset } from "../features/fake.js";
import { formulaBackbone } from "./formula-weights.js";

const engine = onnxEngine("cpu", { threads: 1 });
const SIDE = 64;
const IMAGES = 6;

/** Pictures of coarse coloured noise. */
function noise(): Dataset {
  return greyDataset(IMAGES, async row => {
    const random = new Random(row);
    const data = Uint8Array.from({ length: 8 * 8 * 3 }, () => random.integer(256));
    return { data, width: 8, height: 8, channels: 3 as const };
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.entries()) [ab, aa, bb] = [ab + value * b[i], aa + value ** 2, bb + b[i] ** 2];
  return ab / Math.sqrt(aa * bb);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-networks-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(["densenet121", "resnet50-ibn-a"])("%s", name => {
  it("gives features in int8 near those of floats", { timeout: 120_000 }, async () => {
    const backbone = formulaBackbone(KNOWN_BACKBONES[name].architecture, SIDE);
    const data = noise();
    const int8 = await calibrateBackbone(backbone, data, { images: IMAGES });
    const exact = await extractFeatures(data, backbone, { engine, folder: join(folder, `${name}-fp32`) });
    const rounded = await extractFeatures(data, int8, { engine, folder: join(folder, `${name}-int8`) });
    const { dim } = backbone;
    for (let row = 0; row < IMAGES; row++) {
      const [a, b] = [exact, rounded].map(({ features }) => features.data.subarray(row * dim, (row + 1) * dim));
      expect(cosine(a, b)).toBeGreaterThan(0.99);
      expect(a).not.toEqual(b);
    }
  });
});
