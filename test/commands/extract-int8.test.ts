import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectedTensors } from "../../src/backbone/architecture.js";
import { resnet } from "../../src/backbone/resnet.js";
import { sizeOf } from "../../src/core/arrays.js";
import { readNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { writeSafetensors } from "../../src/core/safetensors.js";
import { readFeatureManifest } from "../../src/features/feature-manifest.js";
import { runInProcess } from "./in-process.js";

const SIDE = 32;
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

/** A ResNet-18 of random filters. */
async function writeWeights(): Promise<void> {
  const random = new Random(1);
  const tensors = [...expectedTensors(resnet(18))].map(([name, shape]) => {
    const size = sizeOf(shape);
    const norm = new Float32Array(size).fill(name.endsWith(".weight") || name.endsWith("running_var") ? 1 : 0);
    const filter = shape.length === 4;
    return [
      name,
      { data: filter ? random.normals(size, Math.sqrt(1 / sizeOf(shape.slice(1)))) : norm, shape },
    ] as const;
  });
  await writeSafetensors(at("resnet18.safetensors"), Object.fromEntries(tensors));
}

const extract = (...args: string[]) =>
  runInProcess(
    ...["extract", "--dataset", at("pictures"), "--backbone", "resnet18", "--weights", at("resnet18.safetensors")],
    ...["--size", String(SIDE), "--engine", "cpu", "--threads", "1", ...args],
  );
const done = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await extract(...args);
  expect(code, stderr).toBe(0);
  return stdout;
};
const quantizationOf = async (...parts: string[]) => (await readFeatureManifest(at(...parts)))!.quantization;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-extract-int8-"));
  await writeWeights();
  const random = new Random(2);
  for (const name of ["a", "b"]) {
    await mkdir(at("pictures", name), { recursive: true });
    for (let i = 0; i < 5; i++) {
      const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256));
      const picture = sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } });
      await picture.png().toFile(at("pictures", name, `${i}.png`));
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("extract --precision int8", { timeout: 120_000 }, () => {
  it("notes its ranges, and goes on with those that the folder has", async () => {
    const { manifest } = JSON.parse(await done("--precision", "int8", "--out", at("int8"), "--json"));
    expect(manifest.quantization).toMatchObject({ precision: "int8", calibration: { images: 10, seed: 0 } });
    const file = at("int8", "manifest.json");
    const noted = JSON.parse(await readFile(file, "utf8"));
    noted.quantization.ranges[3][1] *= 1.001; // as another machine may have measured it
    await writeFile(file, JSON.stringify(noted));
    expect(await done("--precision", "int8", "--out", at("int8"))).toMatch(/^found features \(10, 512\), int8 in /);
  });

  it("takes ranges from a folder, of the same network only", async () => {
    await done("--precision", "int8", "--ranges", at("int8"), "--out", at("other"));
    expect(await quantizationOf("other")).toEqual(await quantizationOf("int8"));
    const noted = JSON.parse(await readFile(at("int8", "manifest.json"), "utf8"));
    await mkdir(at("layered"));
    await writeFile(at("layered", "manifest.json"), JSON.stringify({ ...noted, layer: "layer3" }));
    const layer = await extract("--precision", "int8", "--ranges", at("layered"), "--out", at("x"));
    expect(layer.code, layer.stderr).toBe(1);
    expect(layer.stderr).toMatch(
      /int8, \d+ ranges .*another network; expected resnet18, weights.*found resnet18, layer/s,
    );
    await done("--out", at("fp32"));
    const exact = await extract("--precision", "int8", "--ranges", at("fp32"), "--out", at("x"));
    expect(exact.stderr).toMatch(/fp32.manifest\.json: these features have no ranges: they are fp32/);
    const nothing = await extract("--precision", "int8", "--ranges", at("pictures"), "--out", at("x"));
    expect(nothing.stderr).toMatch(/pictures.*head\.json/);
  });

  it("gives shards the ranges of the first, and the features of an undivided run", async () => {
    for (const shard of ["2/2", "1/2"]) await done("--precision", "int8", "--shard", shard, "--out", at("shards"));
    expect((await runInProcess("features", "merge", at("shards"))).code).toBe(0);
    await done("--precision", "int8", "--ranges", at("shards"), "--out", at("whole"));
    expect(await readNpy(at("shards", "features.npy"))).toEqual(await readNpy(at("whole", "features.npy")));
  });

  it("lets no shards be joined that were measured apart", async () => {
    await done("--precision", "int8", "--shard", "1/2", "--out", at("apart"));
    const file = at("apart", "ranges.json");
    const measured = JSON.parse(await readFile(file, "utf8"));
    measured.quantization.ranges[3][1] *= 1.001;
    await writeFile(file, JSON.stringify(measured));
    await done("--precision", "int8", "--shard", "2/2", "--out", at("apart"));
    const { code, stderr } = await runInProcess("features", "merge", at("apart"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/shard-2-of-2.manifest\.json: this shard was made in another way.*--ranges FOLDER/s);
    expect(stderr.length).toBeLessThan(800); // without all ranges
    await writeFile(file, '{"quantization": {}}');
    const damaged = await extract("--precision", "int8", "--shard", "2/2", "--out", at("apart"));
    expect(damaged.stderr).toMatch(/ranges\.json: ".*" is missing/);
  });

  it("refuses what cannot be", async () => {
    const int4 = await extract("--precision", "int4");
    expect([int4.code, int4.stderr]).toEqual([2, expect.stringMatching(/int4.*Allowed choices are fp32, int8/s)]);
    const ranges = await extract("--ranges", at("int8"));
    expect([ranges.code, ranges.stderr]).toEqual([2, expect.stringContaining("--ranges are of --precision int8")]);
    const wasm = await extract("--precision", "int8", "--engine", "wasm", "--out", at("x"));
    expect([wasm.code, wasm.stderr]).toEqual([1, expect.stringContaining("int8 runs on the compiled CPU engine only")]);
    const model = await runInProcess(
      "extract",
      "--dataset",
      at("pictures"),
      "--model",
      "m",
      "--precision",
      "int8",
      "--out",
      "x",
    );
    expect([model.code, model.stderr]).toEqual([2, expect.stringContaining("--precision")]);
  });
});
