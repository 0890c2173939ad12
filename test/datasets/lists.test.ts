// Published lists as datasets; all their forms, from files to figures, are in test/commands/lists.test.ts, faults in
// test/bad-inputs/lists.ts.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { classesOf } from "../../src/core/classes-of-items.js";
import type { Labels } from "../../src/core/labels.js";
import { openLabelFile } from "../../src/datasets/label-file.js";
import { labelsAnItem, meanLabels } from "../../src/datasets/labels-an-item.js";
import { openLists } from "../../src/datasets/lists.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-lists-"));
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, content: string | Uint8Array = path): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

/** Lists in lists/, and every image that they name in images/. */
async function lists(files: Readonly<Record<string, string>>, images = ["a", "b", "c", "d", "e"]): Promise<void> {
  for (const [name, text] of Object.entries(files)) await put(`lists/${name}`, text);
  for (const name of images) await put(`images/${name}.jpg`);
}

const open = (more: object = {}) => openLists(join(root, "lists"), { images: join(root, "images"), ...more });
const setsOf = (labels: Labels, rows: number) => Array.from({ length: rows }, (_, row) => classesOf(labels, row));

const OVERLAPPING = {
  "train.txt": "e.jpg 0 1 1\nb.jpg 1 1 0\n",
  "test.txt": "b.jpg 1 1 0\nd.jpg 0 0 0\n",
  "database.txt": "c.jpg 0 0 1\nb.jpg 1 1 0\na.jpg 1 0 0\n",
};

describe("openLists", () => {
  it("has an image of several lists in one row, the database in its order first", async () => {
    await lists(OVERLAPPING);
    const { ids, labels, roles, listed, classNames } = await open();
    expect(ids).toEqual(["c.jpg", "b.jpg", "a.jpg", "d.jpg", "e.jpg"]);
    expect(setsOf(labels, 5)).toEqual([[2], [0, 1], [0], [], [1, 2]]);
    expect(classNames).toEqual(["0", "1", "2"]);
    expect(roles).toMatchObject({
      query: Int32Array.of(1, 3),
      train: Int32Array.of(1, 4),
      database: Int32Array.of(0, 1, 2),
      asPublished: "the lists test.txt, train.txt, database.txt",
    });
    expect(listed).toMatchObject({
      overlaps: { queriesInDatabase: 1, trainOutsideDatabase: 1, trainQueries: 1 },
      unlabelled: { query: 1, train: 0, database: 0 },
      labelsAnItem: [1, 2, 2],
    });
  });

  it("takes numbers as they stand, also where a list lacks a class", async () => {
    await lists({ "train.txt": "a.jpg 0\nb.jpg 4\n", "test.txt": "c.jpg 4\n", "database.txt": "a.jpg 0\nb.jpg 4\n" });
    const { labels, classNames } = await open();
    expect(labels).toEqual(Int32Array.of(0, 4, 4));
    expect(classNames).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("has one class an image where each line has one column that is 1", async () => {
    await lists({ "test.txt": "c.jpg 0 0 1\n", "database.txt": "a.jpg 1 0 0\nb.jpg 0 0 1\n" });
    const { labels, classNames, roles } = await open();
    expect(labels).toEqual(Int32Array.of(0, 2, 2));
    expect(classNames).toHaveLength(3);
    expect(roles!.train).toHaveLength(0);
  });

  it.each([
    ["commas", "a.jpg,1,0,1\nb.jpg,0,1,0\n", "c.jpg,1,1,0\n"],
    ["a comma, then blanks", "a.jpg,1 0 1\nb.jpg,0 1 0\n", "c.jpg,1 1 0\n"],
    ["tabs", "a.jpg\t1\t0\t1\nb.jpg\t0\t1\t0\n", "c.jpg\t1\t1\t0\n"],
    ["old line breaks", "a.jpg 1 0 1\rb.jpg 0 1 0\r", "c.jpg 1 1 0"],
  ])("reads columns after %s as a row of several labels", async (_, database, test) => {
    await lists({ "database.txt": database, "test.txt": test });
    expect(setsOf((await open()).labels, 3)).toEqual([[0, 2], [1], [0, 1]]);
  });

  it("has names of classes from a file, from the lists, or given", async () => {
    const files = { "test.txt": "c.jpg,owl\n", "database.txt": "a.jpg,owl\nb.jpg,cat of prey\n" };
    await lists(files);
    expect((await open()).classNames).toEqual(["cat of prey", "owl"]);
    const given = await open({ classNames: ["owl", "dog", "cat of prey"] });
    expect([given.classNames, given.labels]).toEqual([["owl", "dog", "cat of prey"], Int32Array.of(0, 2, 0)]);
    await expect(open({ classNames: ["owl", "owl"] })).rejects.toThrow("a class name comes twice");
    await put("names.txt", "dog\ncat of prey\nowl\n");
    expect((await open({ classNames: join(root, "names.txt") })).labels).toEqual(Int32Array.of(2, 1, 2));
    await put("lists/classes.txt", "owl\ncat of prey\n");
    expect((await open()).classNames).toEqual(["owl", "cat of prey"]);
  });

  it("leaves a known prefix where an image lies under it, and takes a longer one first", async () => {
    await lists({ "test.txt": "data/x/c.jpg 1 0\n", "database.txt": "data/x/a.jpg 1 1\n" });
    await put("images/data/x/c.jpg");
    await put("images/data/x/a.jpg");
    expect((await open()).ids).toEqual(["data/x/a.jpg", "data/x/c.jpg"]);
    expect((await open({ stripPrefix: ["data/", "data/x/"] })).ids).toEqual(["a.jpg", "c.jpg"]);
  });

  it("is not misled about a prefix by the first image, which may be missing", async () => {
    await lists({ "test.txt": "data/x/c.jpg 1 0\n", "database.txt": "data/x/a.jpg 1 1\ndata/x/b.jpg 1 1\n" }, []);
    await put("images/data/x/b.jpg");
    await put("images/data/x/c.jpg");
    expect((await open({ missing: "drop" })).ids).toEqual(["data/x/b.jpg", "data/x/c.jpg"]);
  });

  it("finds COCO's images in their folders, also below a prefix", async () => {
    const name = "COCO_val2014_000000000042.jpg";
    await put(`images/val2014/${name}`);
    await put("images/a.jpg");
    await lists({ "test.txt": `/x/${name} 1 0\n`, "database.txt": "a.jpg 1 1\n" }, []);
    expect((await open({ stripPrefix: ["/x/"] })).ids).toEqual(["a.jpg", `val2014/${name}`]);
    await lists({ "test.txt": `./data/coco/${name} 1 0\n` }, []);
    expect((await open()).ids).toEqual(["a.jpg", `val2014/${name}`]);
  });

  it("reads numbered parts in their order, and refuses a gap between them", async () => {
    const part = (name: string) => `${name}.jpg 1 0\n`;
    await lists({ "test.txt": part("c"), "test/database0.txt": part("b"), "test/database1.txt": part("a") });
    expect((await open()).ids).toEqual(["b.jpg", "a.jpg", "c.jpg"]);
    await lists({ "test/database3.txt": part("d") });
    await expect(open()).rejects.toThrow(
      "part test/database2.txt of a list is missing; expected all parts up to test/database3.txt",
    );
  });

  it("drops missing images out of all roles when asked to, and says so", async () => {
    await lists(OVERLAPPING, ["a", "c", "d", "e"]);
    await expect(open()).rejects.toThrow(
      /1 of the 5 images that are listed are not in .*b\.jpg \(line 2 of database\.txt/,
    );
    const dropped = await open({ missing: "drop" });
    expect(dropped.ids).toEqual(["c.jpg", "a.jpg", "d.jpg", "e.jpg"]);
    expect(dropped.roles).toMatchObject({
      query: Int32Array.of(2),
      train: Int32Array.of(3),
      database: Int32Array.of(0, 1),
    });
    expect(dropped.roles!.asPublished).toContain("without 1 images that are missing");
    expect(dropped.passedOver).toEqual([{ path: "b.jpg", reason: "listed in database.txt, it is not there" }]);
    expect(dropped.listed!.missing).toEqual([
      { path: "b.jpg", reason: "it is not there", file: "database.txt", line: 2 },
    ]);
  });

  it("sums up what it refuses, without any image too", async () => {
    await lists({ ...OVERLAPPING, "test.txt": "b.jpg 0 1 0\nd.jpg 0 0 0\nd.jpg 0 0 0\n" }, []);
    await mkdir(join(root, "images"));
    const { listed, ids } = await open({ tolerant: true });
    expect(ids).toEqual([]);
    expect(listed!.missing).toHaveLength(5);
    expect(listed!.repeated).toEqual([{ id: "d.jpg", file: "test.txt", line: 3, earlier: 2 }]);
    expect(listed!.contradictions).toEqual([
      {
        id: "b.jpg",
        first: { file: "database.txt", line: 2, label: "class 0, 1" },
        other: { file: "test.txt", line: 1, label: "class 1" },
      },
    ]);
    expect(listed!.lists.map(({ lines, images }) => [lines, images])).toEqual([
      [3, 2],
      [2, 2],
      [3, 3],
    ]);
  });

  it("has a content hash of labels, roles and files", async () => {
    await lists(OVERLAPPING);
    const { contentHash } = await open();
    expect((await open()).contentHash).toBe(contentHash);
    const hashes = new Set([contentHash]);
    for (const [name, text] of [
      ["train.txt", "e.jpg 0 1 1\n"], // another role
      ["train.txt", "e.jpg 1 1 1\nb.jpg 1 1 0\n"], // another label
      ["database.txt", "b.jpg 1 1 0\nc.jpg 0 0 1\na.jpg 1 0 0\n"], // another order
    ]) {
      await lists({ ...OVERLAPPING, [name]: text });
      hashes.add((await open()).contentHash);
    }
    await lists(OVERLAPPING);
    await put("images/a.jpg", "other");
    hashes.add((await open()).contentHash);
    expect(hashes.size).toBe(5);
  });

  it("is found by the path of its folder, and by name", async () => {
    await lists(OVERLAPPING);
    const images = join(root, "images");
    const { contentHash } = await open();
    expect((await openDataset(join(root, "lists"), { images })).contentHash).toBe(contentHash);
    expect((await openDataset("lists", { lists: join(root, "lists"), images })).contentHash).toBe(contentHash);
    expect((await openDataset("lists", { root: join(root, "lists"), images })).contentHash).toBe(contentHash);
  });

  it("takes no image folder for lists", async () => {
    await put("set/cat/1.jpg");
    await put("set/train.txt", "cat/1.jpg\n");
    expect((await openDataset(join(root, "set"))).name).toBe("image-folder");
  });
});

describe("a label file with columns", () => {
  it.each([
    ["path,0 1 0", "a.jpg,0 1 0\nb.jpg,1 1 0\n"],
    ["path 0 1 0", "\ufeffa.jpg 0 1 0\r\nb.jpg 1 1 0\r\n"],
  ])("has several labels an image: %s", async (_, text) => {
    await put("a.jpg");
    await put("b.jpg");
    await put("label.txt", text);
    const { labels, classNames } = await openLabelFile(join(root, "label.txt"));
    expect(setsOf(labels, 2)).toEqual([[1], [0, 1]]);
    expect(classNames).toEqual(["0", "1", "2"]);
  });
});

describe("labelsAnItem", () => {
  it("counts items by the number of their labels", () => {
    expect(labelsAnItem(Int32Array.of(3, -1, 0))).toEqual([1, 2]);
    expect(labelsAnItem(Int32Array.of(3, -1, 0), Int32Array.of(0))).toEqual([0, 1]);
    expect(labelsAnItem(new Int32Array())).toEqual([]);
    const labels = { words: Int32Array.of(-1, 3, 0, 0, -2147483648, 1), count: 3, classes: 64, wordsPerItem: 2 };
    const counts = labelsAnItem(labels);
    expect(counts.flatMap((items, count) => Array(items).fill(count))).toEqual([0, 2, 34]);
    expect(meanLabels(counts)).toBe(12);
  });
});
