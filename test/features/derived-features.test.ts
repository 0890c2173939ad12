import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { readNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { readDataFolder } from "../../src/features/data-folder.js";
import { writeFailedImages } from "../../src/features/failed-images.js";
import { joinFeatures } from "../../src/features/join-features.js";
import { whitenFeatures } from "../../src/features/whiten-folder.js";
import { applyWhitening, fitWhitening } from "../../src/features/whitening.js";
import { writeDataFolder } from "./written-data-folder.js";

const engine = onnxEngine("cpu", { threads: 1 });
const N = 12;
const ids = Array.from({ length: N }, (_, row) => `picture ${row}`);
const labels = Int32Array.from({ length: N }, (_, row) => row % 3);
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-derived-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A data folder of random features, (N, dim). */
async function write(name: string, dim: number, more: object = {}): Promise<NdArray<Float32Array>> {
  const features = { data: new Random(dim).normals(N * dim), shape: [N, dim] };
  await writeDataFolder(at(name), { classNames: ["a", "b", "c"], labels, ids, features, ...more });
  return features;
}

async function matrix(name: string): Promise<NdArray<Float32Array>> {
  return (await readNpy(at(name, "features.npy"))) as NdArray<Float32Array>;
}

describe("joinFeatures", () => {
  it("puts parts of length 1 times their weights side by side, and finds them the next time", async () => {
    const [a, b] = [await write("a", 3), await write("b", 5)];
    const made = await joinFeatures([at("a"), at("b")], { weights: [1, 0.5], out: at("out") });
    expect(made.cached).toBe(false);
    expect(made.manifest).toMatchObject({
      backbone: "none + none",
      shape: [N, 8],
      parts: [
        { weight: 1, dim: 3, backbone: "none" },
        { weight: 0.5, dim: 5, backbone: "none" },
      ],
    });
    const { data } = await matrix("out");
    for (let row = 0; row < N; row++) {
      const [one, other] = [a.data.subarray(row * 3, row * 3 + 3), b.data.subarray(row * 5, row * 5 + 5)];
      const expected = [
        ...Array.from(one, value => value / Math.hypot(...one)),
        ...Array.from(other, value => (0.5 * value) / Math.hypot(...other)),
      ];
      expected.forEach((value, i) => void expect(data[row * 8 + i]).toBeCloseTo(value, 6));
    }
    const read = await readDataFolder(at("out"));
    expect([read.ids, read.labels]).toEqual([ids, labels]);
    expect((await joinFeatures([at("a"), at("b")], { weights: [1, 0.5], out: at("out") })).cached).toBe(true);
    await expect(joinFeatures([at("a"), at("b")], { out: at("out") })).rejects.toThrow(/made in another way/);
  });

  it("holds NaN where one part could not read an image", async () => {
    const a = await write("a", 3);
    await write("b", 5);
    a.data.fill(Number.NaN, 4 * 3, 5 * 3);
    await write("a", 3, { features: a });
    await writeFailedImages(at("a"), [{ row: 4, id: ids[4], reason: "cut" }]);
    const { failed } = await joinFeatures([at("b"), at("a")], { out: at("out") });
    expect(failed).toEqual([{ row: 4, id: ids[4], reason: "cut" }]);
    const { data } = await matrix("out");
    for (let row = 0; row < N; row++) {
      expect(data.subarray(row * 8, row * 8 + 8).every(value => Number.isNaN(value) === (row === 4))).toBe(true);
    }
    expect(Array.from((await readDataFolder(at("out"))).failed)).toEqual([4]);
  });

  it("refuses other items, another order, joined parts and wrong weights", async () => {
    await write("a", 3);
    await write("b", 5, { ids: [...ids].reverse() });
    const join2 = (...names: string[]) =>
      joinFeatures(
        names.map(name => at(name)),
        { out: at("out") },
      );
    await expect(join2("a", "b")).rejects.toThrow(/is of other items than .*another dataset/);
    const { contentHash } = JSON.parse(await readFile(at("a", "manifest.json"), "utf8"));
    const manifest = JSON.parse(await readFile(at("b", "manifest.json"), "utf8"));
    await writeFile(at("b", "manifest.json"), JSON.stringify({ ...manifest, contentHash }));
    await expect(join2("a", "b")).rejects.toThrow(/another image in row 0; expected picture 0; found picture 11/);
    await write("c", 5);
    await joinFeatures([at("a"), at("c")], { out: at("both") });
    await expect(join2("a", "both")).rejects.toThrow(/both.*joined already/);
    await expect(join2("a")).rejects.toThrow(/two data folders or more/);
    await expect(join2("a", "a")).rejects.toThrow(
      /a: these are the same features as those of .*a; expected features of another/,
    );
    await expect(joinFeatures([at("a"), at("c")], { weights: [1, 0], out: at("x") })).rejects.toThrow(/weight above 0/);
  });
});

describe("whitenFeatures", () => {
  it("whitens by a fit to the train rows of another folder, and says so", async () => {
    const train = Int32Array.of(0, 1, 2, 3, 4, 5, 6);
    const roles = {
      protocol: "p",
      seed: 0,
      query: Int32Array.of(7),
      train,
      database: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 8, 9),
    };
    const a = await write("a", 5, { roles });
    const b = { data: new Random(77).normals(N * 5), shape: [N, 5] };
    await write("b", 5, { features: b });
    const made = await whitenFeatures(at("b"), { fit: at("a"), dim: 3, out: at("out"), engine });
    const whitening = await fitWhitening(a, { dim: 3, rows: train, engine });
    expect(await matrix("out")).toEqual(await applyWhitening(b, whitening, { engine }));
    expect(made).toMatchObject({ rows: 7, cached: false, explained: whitening.explained });
    expect(made.manifest).toMatchObject({
      shape: [N, 3],
      whitened: { from: 5, dim: 3, shrinkage: 0.01, fittedTo: { dataset: "made for a test", rows: 7 } },
    });
    expect((await whitenFeatures(at("b"), { fit: at("a"), dim: 3, out: at("out"), engine })).cached).toBe(true);
    const again = whitenFeatures(at("out"), { fit: at("a"), dim: 2, out: at("twice"), engine });
    await expect(again).rejects.toThrow(/whitened already/);
  });

  it("refuses a fit to features made in another way", async () => {
    await write("a", 5);
    await write("b", 5);
    const manifest = JSON.parse(await readFile(at("a", "manifest.json"), "utf8"));
    await writeFile(at("a", "manifest.json"), JSON.stringify({ ...manifest, pool: { gem: 3 } }));
    const made = whitenFeatures(at("b"), { fit: at("a"), dim: 3, out: at("out"), engine });
    await expect(made).rejects.toThrow(/made in another way.*others by pool/);
  });
});
