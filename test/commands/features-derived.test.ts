import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { readFeatureManifest } from "../../src/features/feature-manifest.js";
import { runInProcess } from "./in-process.js";

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

const done = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runInProcess(...args);
  expect(code, stderr).toBe(0);
  return stdout;
};
const extract = ["--engine", "cpu", "--threads", "1", "--size", "64"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-features-derived-"));
  const random = new Random(2);
  for (const name of ["a", "b"]) {
    await mkdir(at("pictures", name), { recursive: true });
    for (let i = 0; i < 5; i++) {
      const data = Uint8Array.from({ length: 64 * 64 * 3 }, () => random.integer(name === "a" ? 256 : 128));
      await sharp(data, { raw: { width: 64, height: 64, channels: 3 } })
        .png()
        .toFile(at("pictures", name, `${i}.png`));
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("features as challenges are won with", { timeout: 120_000 }, () => {
  it("are pooled by a learned exponent, which the manifest says and a shard shares", async () => {
    const args = ["extract", "--dataset", at("pictures"), ...extract, "--pool", "gem:learned"];
    const { manifest } = JSON.parse(await done(...args, "--shard", "1/2", "--out", at("shards"), "--json"));
    expect(manifest.pool.gem).toBeGreaterThan(1);
    await done(...args, "--shard", "2/2", "--out", at("shards"));
    await done("features", "merge", at("shards"));
    expect((await readFeatureManifest(at("shards")))?.pool).toEqual(manifest.pool);
    const named = ["extract", "--dataset", at("pictures"), ...extract, "--pool", `gem:${manifest.pool.gem}`];
    await done(...named, "--batch", "16", "--out", at("gem"));
  });

  it("are of several scales, joined and whitened, in int8 too", async () => {
    const args = ["extract", "--dataset", at("pictures"), ...extract];
    await done(
      ...args,
      "--pool",
      "gem",
      "--scales",
      "1,1.5",
      "--precision",
      "int8",
      "--views",
      "flip",
      "--out",
      at("int8"),
    );
    const noted = await readFeatureManifest(at("int8"));
    expect(noted).toMatchObject({ pool: { gem: 3 }, preprocessing: { crop: 64, scales: [1, 1.5], views: "flip" } });
    expect(noted?.quantization?.precision).toBe("int8");
    const text = await done("features", "join", at("gem"), at("int8"), "--weights", "1,0.5", "--out", at("both"));
    expect(text).toMatch(/^wrote features \(10, 2560\) in .*both, 0 images unreadable/);
    const whiten = ["features", "whiten", at("both"), "--fit", at("both"), "--dim", "4"];
    expect(await done(...whiten, "--out", at("white"))).toMatch(/^wrote features \(10, 4\).*fitted to 10 images, \d+/);
    expect((await readFeatureManifest(at("white")))?.whitened?.from).toBe(2560);
  });

  it("train a model, which takes features but no pictures", async () => {
    await done(
      ...["train", "--data", at("white"), "--method", "dch", "--bits", "8", "--epochs", "1", "--out", at("model")],
    );
    await done("encode", "--model", at("model"), "--data", at("white"), "--out", at("codes.npy"));
    const other = await runInProcess("encode", "--model", at("model"), "--data", at("gem"), "--out", at("c.npy"));
    expect(other.code).toBe(1);
    const exported = await runInProcess("export", "--model", at("model"), "--out", at("model.onnx"));
    expect([exported.code, exported.stderr]).toEqual([1, expect.stringMatching(/no pictures.*joined of .*whitened/s)]);
  });

  it("are refused where they cannot be", async () => {
    const args = ["extract", "--dataset", at("pictures"), "--out", at("none")];
    const said = async (...more: string[]) => {
      const { code, stderr } = await runInProcess(...args, ...more);
      return `${code} ${stderr}`;
    };
    expect(await said("--pool", "max")).toMatch(/^2 .*gem:P with 1 ≤ P ≤ 16/s);
    expect(await said("--pool", "gem:0.5")).toMatch(/^2 /);
    expect(await said("--scales", "1,1.01")).toMatch(/^1 .*these scales cannot be/s);
  });
});
