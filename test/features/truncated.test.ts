// Images that are cut short, and files that are no items, from the picture to the data folder and the search.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { readNpy } from "../../src/core/npy.js";
import { openImageFolder } from "../../src/datasets/image-folder.js";
import { imageFeatures } from "../../src/embedding/image-features.js";
import { readDataFolder } from "../../src/features/data-folder.js";
import { extractFeatures, extractToFolder } from "../../src/features/extract.js";
import { readFailedImages, readPassedOver, readTruncatedImages } from "../../src/features/failed-images.js";
import { mergeFeatures } from "../../src/features/merge.js";
import { shardFolder } from "../../src/features/shards.js";
import { linearBackbone } from "./fake.js";

const here = dirname(fileURLToPath(import.meta.url));
const engine = onnxEngine("cpu", { threads: 1 });
const refusing = linearBackbone();
const accepting = { ...refusing, preprocessing: { ...refusing.preprocessing, truncated: "accept" as const } };

let folder: string;
const file = (...parts: string[]): string => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-cut-"));
  const whole = await readFile(join(here, "..", "goldens", "preprocess", "wide.jpg"));
  await mkdir(file("set/a"), { recursive: true });
  await mkdir(file("set/b"));
  await writeFile(file("set/a/1.jpg"), whole);
  await writeFile(file("set/a/2.jpg"), whole.subarray(0, 5000));
  await writeFile(file("set/b/3.jpg"), "words");
  await writeFile(file("set/b/4.jpg"), whole);
  await writeFile(file("set/b/5.txt"), "more, words");
});
afterAll(() => rm(folder, { recursive: true }));

const text = (...parts: string[]): Promise<string> => readFile(file(...parts), "utf8");

describe("a data folder", () => {
  it("says what is cut short and what is no item, refused or accepted; each way has its own features", async () => {
    const dataset = await openImageFolder(file("set"));
    const first = await extractToFolder(dataset, refusing, { engine, folder: file("refused"), batchSize: 1 });
    expect([first.failed.map(({ row }) => row), first.truncated]).toEqual([[1, 2], []]);
    expect(await text("refused/failed.csv")).toMatch(
      /^row,id,reason\n1,a\/2\.jpg,".*cut short.*--truncated accept.*"\n2,b\/3\.jpg,".*no image"\n,b\/5\.txt,no image\n$/,
    );
    expect(await readdir(file("refused"))).not.toContain("truncated.csv");
    await expect(extractToFolder(dataset, accepting, { engine, folder: file("refused") })).rejects.toThrow(
      /made in another way/,
    );
    const second = await extractFeatures(dataset, accepting, { engine, folder: file("accepted"), batchSize: 1 });
    expect(second.manifest.preprocessing.truncated).toBe("accept");
    expect([second.failed.map(({ row }) => row), second.truncated.map(({ row }) => row)]).toEqual([[2], [1]]);
    expect(await text("accepted/truncated.csv")).toMatch(
      /^row,id,reason\n1,a\/2\.jpg,this image is cut short or damaged\n$/,
    );
    const before = (await readNpy(file("refused/features.npy"))).data;
    const { data } = second.features;
    expect([data.subarray(0, 5), data.subarray(15)]).toEqual([before.subarray(0, 5), before.subarray(15)]);
    expect(data.subarray(5, 10).every(Number.isFinite)).toBe(true);
    expect(Array.from((await readDataFolder(file("accepted"))).failed)).toEqual([2]);
    const again = await extractToFolder(dataset, accepting, { engine, folder: file("accepted") });
    expect([again.cached, again.truncated]).toEqual([true, second.truncated]);
    // What is searched for goes the same way.
    const query = await imageFeatures([file("set/a/2.jpg")], accepting, { engine });
    expect(query.data).toEqual(data.subarray(5, 10));
    await expect(imageFeatures([file("set/a/2.jpg")], refusing, { engine })).rejects.toThrow(/--truncated accept/);
  });

  it("learns of files that came to a dataset that is otherwise the same, and shards merge to the same lists", async () => {
    await cp(file("set"), file("more"), { recursive: true });
    const out = file("whole");
    await extractToFolder(await openImageFolder(file("more")), accepting, { engine, folder: out, batchSize: 1 });
    await writeFile(file("more/a/new.bmp"), "BM\x40\0\0\0\0\0\0\0");
    const dataset = await openImageFolder(file("more"));
    const { cached, passedOver } = await extractToFolder(dataset, accepting, { engine, folder: out, batchSize: 1 });
    expect([cached, passedOver.length]).toEqual([true, 2]);
    expect(await readPassedOver(out)).toEqual(passedOver);
    for (const index of [1, 2]) {
      const shard = { index, of: 2 };
      const place = shardFolder(file("shards"), shard);
      await extractToFolder(dataset, accepting, { engine, folder: place, shard, batchSize: 1 });
    }
    const merged = await mergeFeatures(file("shards"));
    expect([merged.passedOver, merged.truncated.length]).toEqual([passedOver, 1]);
    for (const name of ["failed.csv", "truncated.csv", "features.npy"]) {
      expect(await readFile(file("shards", name)), name).toEqual(await readFile(join(out, name)));
    }
    expect(await readTruncatedImages(file("shards"))).toEqual(merged.truncated);
    expect(await readFailedImages(file("shards"))).toEqual(merged.failed);
  });
});

it("hashbook extract --truncated accept says what it took", async () => {
  const main = join(here, "..", "..", "bin", "hashbook.js");
  const args = ["extract", "--dataset", file("set"), "--out", file("by-command"), "--truncated"];
  const run = (...more: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> =>
    new Promise(resolve => {
      execFile(process.execPath, [main, ...args, ...more], (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, stdout, stderr });
      });
    });
  const { code, stdout } = await run("accept");
  expect(code).toBe(0);
  expect(stdout).toContain(
    "1 images could not be read: failed.csv lists them, their rows hold NaN; `encode` needs --failed mean,",
  );
  expect(stdout).toContain("1 images are cut short: truncated.csv lists them, their features are of what is there\n");
  expect(stdout).toContain("1 files are no items of the dataset: failed.csv lists them, without a row\n");
  const manifest = JSON.parse(await text("by-command/manifest.json"));
  expect(manifest.preprocessing.truncated).toBe("accept");
  expect(await run("refuse")).toMatchObject({ code: 1, stderr: expect.stringContaining("made in another way") });
  expect(await run("some")).toMatchObject({ code: 2, stderr: expect.stringContaining("one of refuse, accept") });
}, 120_000);
