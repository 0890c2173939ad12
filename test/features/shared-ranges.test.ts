import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { resnet } from "../../src/backbone/resnet.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { calibrateBackbone } from "../../src/features/calibrate-backbone.js";
import { calibrateOnce } from "../../src/features/shared-ranges.js";
import { formulaBackbone } from "../backbone/formula-weights.js";
import { greyDataset } from "./fake.js";

const backbone = formulaBackbone(resnet(18), 32);
let read = 0;

/** Pictures of coarse noise, counted as they are read. */
function noise(count: number): Dataset {
  return greyDataset(count, async row => {
    read++;
    const random = new Random(row);
    return { data: Uint8Array.from({ length: 48 }, () => random.integer(256)), width: 4, height: 4, channels: 3 };
  });
}

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "hashbook-ranges-"));
  vi.stubEnv("HASHBOOK_HOME", home);
  read = 0;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const files = (): Promise<string[]> => readdir(join(home, "data", "features"));

it("measures the ranges of features without a folder once for a network and its data, and keeps them by name", async () => {
  const data = noise(4);
  const measured = await calibrateBackbone(backbone, data);
  const first = await calibrateOnce(backbone, data);
  expect(first.quantization).toEqual(measured.quantization);
  read = 0;
  expect((await calibrateOnce(backbone, data)).quantization).toEqual(measured.quantization);
  expect(read).toBe(0);
  expect(await files()).toEqual([expect.stringMatching(/^ranges-[0-9a-f]{12}\.json$/)]);
  const other = await calibrateOnce(backbone, noise(5));
  expect(read).toBe(5);
  expect(other.quantization).not.toEqual(measured.quantization);
  await calibrateOnce({ ...backbone, weightsHash: "other" }, data);
  expect(await files()).toHaveLength(3);
});

it("reads ranges without a format version, and refuses those of a newer one and damaged ones by name", async () => {
  const data = noise(3);
  const { quantization } = await calibrateOnce(backbone, data);
  const [name] = await files();
  const file = join(home, "data", "features", name);
  const { format, ...older } = JSON.parse(await readFile(file, "utf8"));
  expect(format).toBe(1);
  await writeFile(file, JSON.stringify(older));
  read = 0;
  expect((await calibrateOnce(backbone, data)).quantization).toEqual(quantization);
  expect(read).toBe(0);
  await writeFile(file, JSON.stringify({ ...older, format: 2 }));
  await expect(calibrateOnce(backbone, data)).rejects.toThrow(/ranges-.*\.json: written by a newer hashbook.*format 2/);
  await writeFile(file, JSON.stringify({ ...older, quantization: { ...older.quantization, ranges: [[0]] } }));
  await expect(calibrateOnce(backbone, data)).rejects.toThrow(/ranges-.*"quantization\.ranges\[0\]".*measured again/);
});
