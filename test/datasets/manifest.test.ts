import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import type { Manifest } from "../../src/datasets/manifest.js";
import { manifestOf, readManifest, splitOf, writeManifest } from "../../src/datasets/manifest.js";

const dataset: Dataset = {
  name: "made-up",
  description: "",
  classNames: ["hat", "shoe, brown"],
  ids: ["a", 'b"quoted"', "c", "d", "e", "f"],
  labels: Int32Array.of(0, 1, 0, 1, 0, 1),
  contentHash: "ab".repeat(32),
  image: async () => "nowhere.jpg",
};
const split = {
  protocol: "by hand",
  seed: 4,
  query: Int32Array.of(1, 4),
  train: Int32Array.of(0, 5),
  database: Int32Array.of(0, 3, 5),
};

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), "hashbook-manifest-")), "manifest.json");
});
afterAll(() => rm(join(file, ".."), { recursive: true }));

describe("manifests", () => {
  it("list path, label and split, and come back from the file as the same split", async () => {
    const manifest = manifestOf(dataset, split);
    expect(manifest.counts).toEqual({ images: 6, classes: 2, query: 2, train: 2, database: 3 });
    expect(manifest.items).toEqual([
      { path: "a", label: 0, split: "train" },
      { path: 'b"quoted"', label: 1, split: "query" },
      { path: "d", label: 1, split: "database" },
      { path: "e", label: 0, split: "query" },
      { path: "f", label: 1, split: "train" },
    ]);
    await writeManifest(file, manifest);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(manifest);
    expect((await readFile(file, "utf8")).split("\n").filter(line => line.includes('"path"'))).toHaveLength(5);
    const read = await readManifest(file);
    expect(read).toEqual(manifest);
    const { format: _, ...older } = manifest;
    await writeFile(file, JSON.stringify(older));
    expect(await readManifest(file)).toEqual(manifest);
    await writeFile(file, JSON.stringify({ ...manifest, format: 2 }));
    await expect(readManifest(file)).rejects.toThrow(/newer hashbook/);
    expect(splitOf(read, dataset)).toEqual(split);
    const moved = { ...dataset, ids: [...dataset.ids].reverse() };
    expect(splitOf(read, moved).query).toEqual(Int32Array.of(1, 4)); // e is now row 1, b row 4
  });

  it("hold sets of classes, and roles that overlap as published", async () => {
    const sets = { data: Uint8Array.of(1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1), shape: [6, 2] };
    const several = { ...dataset, labels: multiHotLabels(sets) };
    const published = { ...split, name: "coco", asPublished: "somewhere", database: Int32Array.of(0, 1, 3) };
    const manifest = manifestOf(several, published);
    expect(manifest.items).toEqual([
      { path: "a", labels: [0, 1], split: "train" },
      { path: 'b"quoted"', labels: [], roles: ["query", "database"] },
      { path: "d", labels: [0], split: "database" },
      { path: "e", labels: [1], split: "query" },
      { path: "f", labels: [0, 1], roles: ["train"] },
    ]);
    await writeManifest(file, manifest);
    expect(await readManifest(file)).toEqual(manifest);
    expect(splitOf(await readManifest(file), several)).toEqual(published);
  });

  it("refuse another dataset", () => {
    const manifest = manifestOf(dataset, split);
    expect(() => splitOf(manifest, { ...dataset, contentHash: "cd".repeat(32) })).toThrow("other content");
    expect(() => splitOf(manifest, { ...dataset, ids: ["a", "x", "c", "d", "e", "f"] })).toThrow('no image b"quoted"');
  });

  it("say what is wrong with a file", async () => {
    const good: Manifest = manifestOf(dataset, split);
    const bad: [unknown, string][] = [
      [null, "this is not the manifest of a dataset; expected an object; found null"],
      [[good], "expected an object; found [{"],
      [{ ...good, contentHash: 3 }, '"contentHash" cannot be this; expected a text; found 3'],
      [{ ...good, seed: "4" }, '"seed" cannot be this; expected a whole number; found "4"'],
      [{ ...good, classNames: "hat" }, '"classNames" cannot be this; expected a list; found "hat"'],
      [{ ...good, items: undefined }, '"items" is missing'],
      [
        { ...good, items: [{ path: "a", label: 2, split: "train" }] },
        '"items[0].label" cannot be this; expected a place in the list of 2 class names; found 2',
      ],
      [
        { ...good, items: [{ path: "a", label: 1.5, split: "train" }] },
        "expected a whole number of at least 0; found 1.5",
      ],
      [
        { ...good, items: [{ path: "a", label: 0, split: "gallery" }] },
        '"items[0].split" cannot be this; expected one of "query", "train", "database"; found "gallery"',
      ],
      [{ ...good, items: good.items.slice(1) }, '"counts" do not fit "items"'],
      [{ ...good, items: [{ path: "a", label: 0, labels: [0], split: "query" }] }, 'either "label" or "labels"'],
      [{ ...good, items: [{ path: "a", label: 0 }] }, 'either "split" or "roles"'],
      [{ ...good, items: [{ path: "a", labels: [0, 2], split: "query" }] }, '"items[0].labels" cannot be this'],
    ];
    for (const [value, words] of bad) {
      await writeFile(file, JSON.stringify(value));
      const error: unknown = await readManifest(file).catch(cause => cause);
      expect((error as Error).message).toContain(`${file}: `);
      expect((error as Error).message).toContain(words);
    }
    await writeFile(file, "{");
    await expect(readManifest(file)).rejects.toThrow(/manifest\.json: this is no JSON; expected the manifest/);
  });
});
