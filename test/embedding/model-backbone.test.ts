import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Quantization } from "../../src/compute/quantization.js";
import { Random } from "../../src/core/random.js";
import { checkMadeAlike } from "../../src/embedding/model-backbone.js";
import { readFeatureManifest, writeFeatureManifest } from "../../src/features/feature-manifest.js";
import { initHead } from "../../src/hashing/head.js";
import { readHeadDescription, saveHead } from "../../src/hashing/head-file.js";
import { writeDataFolder } from "../features/written-data-folder.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-model-backbone-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("keeps the ranges of int8 features with the head, bit for bit, and tells features of other ranges", async () => {
  const [data, model] = [join(folder, "data"), join(folder, "model")];
  const values = new Random(5).normals(8);
  const ranges = [0, 2, 4, 6].map(at => [Math.min(0, values[at]), Math.max(0, values[at + 1])] as const);
  const quantization: Quantization = { precision: "int8", ranges, calibration: { images: 64, seed: 0 } };
  await writeDataFolder(data, { classNames: ["a"], labels: new Int32Array(4) });
  const floats = (await readFeatureManifest(data))!;
  await writeFeatureManifest(data, { ...floats, quantization });
  const config = { inputDim: 3, hidden: [], bits: 8, dropout: 0 };
  const head = { config, parameters: initHead(config, new Random(4)), beta: 1 };
  await saveHead(model, head, { features: await readFeatureManifest(data) });
  expect((await readHeadDescription(model)).features?.quantization).toEqual(quantization);
  await checkMadeAlike(model, join(data, "features.npy"));
  for (const other of [floats, { ...floats, quantization: { ...quantization, ranges: ranges.slice(1) } }]) {
    await writeFeatureManifest(data, other);
    await expect(checkMadeAlike(model, join(data, "features.npy"))).rejects.toThrow(
      /made in another way.*quantization/,
    );
  }
});
