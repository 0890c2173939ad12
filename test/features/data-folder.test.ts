import { cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { Labels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { encodeNpy, readNpy } from "../../src/core/npy.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { itemsOf, readDataFolder, rowsOfRole } from "../../src/features/data-folder.js";
import { extractFeatures, extractToFolder } from "../../src/features/extract.js";
import { readIncompleteFeatures } from "../../src/features/features-file.js";
import { greyDataset, linearBackbone } from "./fake.js";

const engine = onnxEngine("cpu", { threads: 1 });
const backbone = linearBackbone();
const roles = {
  protocol: "made for a test",
  seed: 7,
  query: Int32Array.of(0, 1),
  train: Int32Array.of(2, 5),
  database: Int32Array.of(2, 3, 4, 5, 9),
};
let root: string;
let good: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-data-"));
  good = join(root, "good");
  const image = async (row: number) => {
    if (row === 5) return new Uint8Array([1, 2, 3]); // no image
    return { data: new Uint8Array(64).fill(row), width: 8, height: 8, channels: 1 as const };
  };
  await extractToFolder({ ...greyDataset(10, image), roles }, backbone, { engine, folder: good });
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("readDataFolder", () => {
  it("gives back what extract was given", async () => {
    const data = await readDataFolder(good);
    const { ids, labels, classNames } = greyDataset(10);
    expect([data.ids, data.labels, data.classNames]).toEqual([ids, labels, classNames]);
    expect(data.split).toEqual(roles);
    expect(data.failed).toEqual(Int32Array.of(5));
    expect(data.manifest).toMatchObject({ format: 1, dataset: "grey", backbone: "linear", shape: [10, 5] });
    expect(rowsOfRole(data, "query")).toEqual(Int32Array.of(0, 1));
    expect(rowsOfRole(data, "train")).toEqual(Int32Array.of(2));
    expect(rowsOfRole(data, "database")).toEqual(Int32Array.of(2, 3, 4, 9));
  });

  it("takes all readable rows for every role of data without roles", async () => {
    const data = await readDataFolder(await copy(folder => rm(join(folder, "split.json"))));
    expect(data.split).toBeUndefined();
    expect(rowsOfRole(data, "query")).toEqual(Int32Array.of(0, 1, 2, 3, 4, 6, 7, 8, 9));
  });

  it("keeps several labels an item", async () => {
    const sets = multiHotLabels({ data: Uint8Array.of(1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1), shape: [4, 3] });
    const dataset: Dataset<Labels> = { ...greyDataset(4), classNames: ["a", "b", "c"], labels: sets };
    const folder = join(root, "sets");
    const made = await extractFeatures(dataset, backbone, { engine, folder });
    expect(made.labels).toEqual(sets);
    expect((await readDataFolder(folder)).labels).toEqual(sets);
  });

  it("tells other items from these", async () => {
    const items = itemsOf(await readDataFolder(good));
    expect(items).toMatchObject({ dataset: "grey", contentHash: "grey 10", rows: 10 });
    const other = await copy(async folder => {
      const ids = await readFile(join(folder, "ids.txt"), "utf8");
      await writeFile(join(folder, "ids.txt"), ids.replace("grey/1\n", "grey/one\n"));
    });
    expect(itemsOf(await readDataFolder(other)).ids).not.toBe(items.ids);
  });

  async function copy(spoil: (folder: string) => Promise<unknown>): Promise<string> {
    const folder = await mkdtemp(join(root, "copy-"));
    await cp(good, folder, { recursive: true });
    await spoil(folder);
    return folder;
  }

  it("takes features and labels of other types that somebody put there, and says so", async () => {
    const { labels } = await readDataFolder(good);
    const { features } = await readIncompleteFeatures(join(good, "features.npy"));
    const other = await copy(async folder => {
      const file = await readNpy(join(folder, "features.npy"));
      const doubles = encodeNpy({ data: Float64Array.from(file.data as Float32Array), shape: file.shape });
      await writeFile(join(folder, "features.npy"), doubles);
      const numbers = Float64Array.from(labels as Int32Array);
      await writeFile(join(folder, "labels.npy"), encodeNpy({ data: numbers, shape: [10, 1] }));
    });
    const data = await readDataFolder(other);
    expect(data.labels).toEqual(labels);
    expect(data.converted).toEqual([expect.stringMatching(/labels\.npy: float64, shape \(10, 1\); taken as a class/)]);
    const { converted: ofFeatures, ...found } = await readIncompleteFeatures(data.featuresFile);
    expect(found).toEqual({ features, failed: data.failed });
    expect(ofFeatures).toEqual([expect.stringMatching(/features\.npy: float64; taken as float32/)]);
  });

  const edit = (name: string, change: (value: Record<string, unknown>) => unknown) => async (folder: string) => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, "utf8")))));
  };
  const put = (name: string, content: string | Uint8Array) => (folder: string) =>
    writeFile(join(folder, name), content);
  const array = (data: Int32Array | Float32Array | Uint8Array, ...shape: number[]) => encodeNpy({ data, shape });
  const lines = (count: number) => Array.from({ length: count }, (_, row) => `grey/${row}\n`).join("");
  const split = (change: object) => edit("split.json", value => ({ ...value, ...change }));

  it.each<[string, (folder: string) => Promise<unknown>, RegExp]>([
    [
      "no manifest",
      folder => rm(join(folder, "manifest.json")),
      /manifest\.json: there is no manifest.*hashbook extract/,
    ],
    [
      "a manifest that is no JSON",
      put("manifest.json", "{"),
      /manifest\.json: this is no JSON; expected the manifest of a data folder/,
    ],
    [
      "an older manifest",
      edit("manifest.json", ({ format: _, ...rest }) => rest),
      /manifest\.json: written by an older hashbook; expected .*hashbook extract.*found no format version/,
    ],
    [
      "a newer manifest",
      edit("manifest.json", value => ({ ...value, format: 2 })),
      /manifest\.json: written by a newer hashbook.*found format 2/,
    ],
    [
      "a manifest without names",
      edit("manifest.json", ({ classNames: _, ...rest }) => rest),
      /manifest\.json: "classNames" is missing/,
    ],
    [
      "a manifest of another shape",
      edit("manifest.json", value => ({ ...value, shape: [10, 6] })),
      /features\.npy: .*expected shape \(10, 6\); found shape \(10, 5\)/,
    ],
    [
      "a name twice",
      edit("manifest.json", value => ({ ...value, classNames: ["even", "even"] })),
      /labels\.npy: a class name comes twice/,
    ],
    [
      "a name too few",
      edit("manifest.json", value => ({ ...value, classNames: ["even"] })),
      /labels\.npy: a label has no class name; expected labels below 1.*found 1 in row 1/,
    ],
    [
      "no features",
      folder => rm(join(folder, "features.npy")),
      /features\.npy: there are no features: .*not finished; expected the same `hashbook extract` again/,
    ],
    [
      "features cut short",
      folder => truncate(join(folder, "features.npy"), 200),
      /features\.npy: the file is cut short/,
    ],
    ["other features", put("features.npy", array(new Float32Array(45), 9, 5)), /features\.npy: .*found shape \(9, 5\)/],
    ["no labels", folder => rm(join(folder, "labels.npy")), /labels\.npy: cannot be read/],
    [
      "a label too few",
      put("labels.npy", array(new Int32Array(9), 9)),
      /labels\.npy: labels and features differ in number; expected 10 rows; found 9/,
    ],
    [
      "multi-hot labels of another width",
      put("labels.npy", array(new Uint8Array(30), 10, 3)),
      /labels\.npy: .*expected a column for each of 2 classes; found 3/,
    ],
    ["no ids", folder => rm(join(folder, "ids.txt")), /ids\.txt: cannot be read/],
    [
      "an id too many",
      put("ids.txt", lines(11)),
      /ids\.txt: ids and features differ in number; expected 10 lines; found 11/,
    ],
    [
      "an id twice",
      put("ids.txt", `${lines(9)}grey/3\n`),
      /ids\.txt: an id comes twice.*found grey\/3 in lines 4 and 10/,
    ],
    ["an empty id", put("ids.txt", `${lines(4)}\n${lines(5)}`), /ids\.txt: line 5 is empty/],
    [
      "a split that is no JSON",
      put("split.json", "[1,"),
      /split\.json: this is no JSON; expected the split\.json of a data folder/,
    ],
    [
      "a split without version",
      split({ format: undefined }),
      /split\.json: written by an older hashbook.*hashbook split/,
    ],
    [
      "a split of other data",
      split({ contentHash: "grey 11" }),
      /split\.json: this split is of other data; expected 10 rows of content hash grey 10.*found 10 rows of grey 11/,
    ],
    [
      "a split row out of range",
      split({ database: [2, 3, 4, 5, 10] }),
      /split\.json: a database row is wrong; expected rows in 0\.\.9.*found 10 in place 4/,
    ],
    ["a split row twice", split({ query: [1, 1] }), /split\.json: a query row is wrong.*found 1 in place 1/],
    ["a query that is in the database", split({ query: [0, 3] }), /split\.json: a row is query and database.*row 3/],
    [
      "a train row outside the database",
      split({ train: [2, 8] }),
      /split\.json: a train row is not in the database.*row 8/,
    ],
    ["a split without a role", split({ train: undefined }), /split\.json: "train" is missing/],
    [
      "a failed image that is not there",
      put("failed.csv", "row,id,reason\n12,grey/12,gone\n"),
      /failed\.csv: .*row 12.*no such row; found grey\/12/,
    ],
    [
      "a failed image of another row",
      put("failed.csv", "row,id,reason\n4,grey/5,gone\n"),
      /failed\.csv: .*grey\/4; found grey\/5/,
    ],
  ])("refuses %s", async (_, spoil, message) => {
    await expect(readDataFolder(await copy(spoil))).rejects.toThrow(message);
  });

  it("refuses a folder that is not there", async () => {
    await expect(readDataFolder(join(root, "nowhere"))).rejects.toThrow(/nowhere: there is no such data folder/);
  });
});

describe("extract", () => {
  it("completes the folder of an older version without computing", async () => {
    const folder = await mkdtemp(join(root, "old-"));
    const whole = join(root, "whole");
    const { manifest } = await extractToFolder(greyDataset(6), backbone, { engine, folder: whole });
    const { format: _, classNames: _names, ...older } = manifest;
    await writeFile(join(folder, "manifest.json"), JSON.stringify(older));
    for (const name of ["features.npy", "labels.npy"]) await cp(join(whole, name), join(folder, name));
    const never = async (): Promise<never> => {
      throw new Error("no image should be read");
    };
    const again = await extractToFolder(greyDataset(6, never), backbone, { engine, folder });
    expect(again.cached).toBe(true);
    expect(await readDataFolder(folder)).toEqual({
      ...(await readDataFolder(whole)),
      folder,
      featuresFile: join(folder, "features.npy"),
    });
  });

  it("refuses an id that is no line, before it computes", async () => {
    const dataset = { ...greyDataset(3), ids: ["a", "b\nc", "d"] };
    const folder = join(root, "lines");
    await expect(extractToFolder(dataset, backbone, { engine, folder })).rejects.toThrow(
      /cannot be written as a line.*"b\\nc" in row 1/,
    );
  });
});
