import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { readNpy } from "../../src/core/npy.js";
import { extractToFolder } from "../../src/features/extract.js";
import { readFeatureManifest, shardRows, writeFeatureManifest } from "../../src/features/feature-manifest.js";
import { mergeFeatures } from "../../src/features/merge.js";
import { checkDivision, shardFolder } from "../../src/features/shards.js";
import { greyDataset, linearBackbone } from "./fake.js";

const engine = onnxEngine("cpu", { threads: 1 });
const backbone = linearBackbone();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-shards-"));
});
afterEach(async () => rm(folder, { recursive: true }));

/** Extracts shard `index` of `of` of some grey images. */
async function extractShard(
  index: number,
  of: number,
  { count = 14, batchSize = 4, ...place }: { count?: number; batchSize?: number; folder?: string } = {},
): Promise<string> {
  const shard = { index, of };
  const made = { folder: shardFolder(folder, shard), ...place };
  await extractToFolder(greyDataset(count), backbone, { engine, shard, batchSize, ...made });
  return made.folder;
}

describe("shards", () => {
  it("tile all rows in parts that differ by one row at most", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 20 }), (rows, of) => {
        let next = 0;
        for (let index = 1; index <= of; index++) {
          const [begin, end] = shardRows(rows, { index, of });
          expect(begin).toBe(next);
          expect(Math.abs(end - begin - rows / of)).toBeLessThan(1);
          next = end;
        }
        expect(next).toBe(rows);
      }),
    );
    expect(() => shardRows(5, { index: 3, of: 2 })).toThrow(/found 3\/2/);
  });

  it("of different batches have the rows of one run, each once", async () => {
    const whole = join(folder, "whole");
    await extractToFolder(greyDataset(14), backbone, { engine, folder: whole });
    await extractShard(1, 3, { batchSize: 4 });
    await extractShard(2, 3, { batchSize: 16 });
    await extractShard(3, 3, { batchSize: 5 });
    const { manifest } = await mergeFeatures(folder);
    expect(manifest.shape).toEqual([14, 5]);
    expect(manifest.run).toEqual({ engine: engine.description }); // not the batch of one of them
    for (const name of ["ids.txt", "labels.npy"]) {
      expect(await readFile(join(folder, name)), name).toEqual(await readFile(join(whole, name)));
    }
    const [merged, one] = await Promise.all([folder, whole].map(place => readNpy(join(place, "features.npy"))));
    expect(merged.shape).toEqual(one.shape);
    merged.data.forEach((value, i) => void expect(value).toBeCloseTo(one.data[i] as number, 5));
  });

  it("are named when one is missing, not finished, or another's", async () => {
    await expect(mergeFeatures(join(folder, "nothing"))).rejects.toThrow(/nothing: cannot be read/);
    await expect(mergeFeatures(folder)).rejects.toThrow(/there are no shards; expected .*shard-<i>-of-<n>/);
    await extractShard(1, 3);
    await extractShard(3, 3);
    await expect(mergeFeatures(folder)).rejects.toThrow(/expected each of 1 to 3: .*found none of number 2/);
    const second = await extractShard(2, 3);
    await rename(join(second, "features.npy"), join(second, "features.npy.partial"));
    await expect(mergeFeatures(folder)).rejects.toThrow(/shard-2-of-3.*not finished/);
    await rm(second, { recursive: true });
    await extractShard(2, 3, { count: 15 });
    await expect(mergeFeatures(folder)).rejects.toThrow(
      /shard-2-of-3.*made in another way.*found another one by contentHash \(grey 15, not grey 14\)/,
    );
  });

  it("of another division, or strays among them, are named", async () => {
    for (const index of [1, 2]) await extractShard(index, 2);
    const stray = await extractShard(1, 3);
    await expect(mergeFeatures(folder)).rejects.toThrow(/shard-1-of-3: is a shard of another division/);
    await expect(checkDivision(folder, { index: 1, of: 3 })).rejects.toThrow(/shard-1-of-2: .* expected shards of 3/);
    await rm(stray, { recursive: true });
    await checkDivision(folder, { index: 1, of: 2 });
    await checkDivision(join(folder, "new"), { index: 1, of: 2 });
    for (const name of ["shard-02-of-2", "shard-2-of-2 (copy)", "shard-3-of-2"]) {
      await cp(shardFolder(folder, { index: 2, of: 2 }), join(folder, name), { recursive: true });
      await expect(mergeFeatures(folder), name).rejects.toThrow(name);
      await rm(join(folder, name), { recursive: true });
    }
    expect((await mergeFeatures(folder)).manifest.shape).toEqual([14, 5]);
  });

  it("doubled under another's name, or of a whole dataset, are named", async () => {
    const [first, second] = [await extractShard(1, 2), await extractShard(2, 2)];
    await rm(second, { recursive: true });
    await cp(first, second, { recursive: true });
    await expect(mergeFeatures(folder)).rejects.toThrow(/shard-2-of-2.*expected shard 2 of 2; found shard 1 of 2/);
    await rm(second, { recursive: true });
    await extractToFolder(greyDataset(14), backbone, { engine, folder: second });
    await expect(mergeFeatures(folder)).rejects.toThrow(/shard-2-of-2.*found features of a whole dataset/);
  });

  it("that overlap or leave rows out are named, as those whose borders an earlier version drew", async () => {
    await extractShard(1, 2);
    const second = await extractShard(2, 2);
    const manifest = (await readFeatureManifest(second))!;
    for (const [begin, fault] of [
      [4, /shard-2-of-2.*has rows that the shard before it has; expected to begin at row 7; .*found row 4/],
      [9, /shard-2-of-2.*leaves rows out behind.*found row 9/],
    ] as const) {
      await writeFeatureManifest(second, { ...manifest, shard: { index: 2, of: 2, rows: [begin, begin + 7] } });
      await expect(mergeFeatures(folder)).rejects.toThrow(fault);
    }
    await writeFeatureManifest(second, { ...manifest, shard: { index: 2, of: 2, rows: [7, 13] } });
    await expect(mergeFeatures(folder)).rejects.toThrow(/shard-2-of-2.*rows 7 to 13 in a matrix of 7/);
    await writeFeatureManifest(second, manifest);
    const ids = await readFile(join(second, "ids.txt"), "utf8");
    await writeFile(join(second, "ids.txt"), ids.replace("grey/9\n", "grey/3\n"));
    await expect(mergeFeatures(folder)).rejects.toThrow(
      /shard-2-of-2.*image of another shard; found grey\/3, .*shard-1/,
    );
  });
});
