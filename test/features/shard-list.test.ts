import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takeLabels } from "../../src/core/take-labels.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { openImageFolder } from "../../src/datasets/image-folder.js";
import { openLists } from "../../src/datasets/lists.js";
import { writeItems } from "../../src/features/data-folder.js";
import { shardRows } from "../../src/features/feature-manifest.js";
import { openShardList, shardListFile, writeShardLists } from "../../src/features/shard-list.js";

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const NAMES = ["a/0.png", "a/1.png", "a/2.png", "b/0.png", "b/1.png", "b/2.png", "b/3.png"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-shard-list-"));
  for (const place of ["pictures/a", "pictures/b", "published"]) await mkdir(at(place), { recursive: true });
  for (const [i, name] of NAMES.entries()) {
    await sharp({ create: { width: 9, height: 9, channels: 3, background: { r: i * 30, g: 9, b: 200 } } })
      .png()
      .toFile(at("pictures", name));
  }
  const lines = (names: readonly string[]): string => names.map((name, i) => `${name} ${i % 2} 1\n`).join("");
  await writeFile(at("published", "database.txt"), lines(NAMES.slice(0, 5)));
  await writeFile(at("published", "test.txt"), lines(NAMES.slice(5)));
  await writeFile(at("published", "train.txt"), lines(NAMES.slice(0, 3)));
});
afterAll(() => rm(folder, { recursive: true }));

const OPENINGS: readonly (readonly [string, () => Promise<Dataset>])[] = [
  ["an image folder", () => openImageFolder(at("pictures"))],
  ["lists with several classes an image and roles", () => openLists(at("published"), { images: at("pictures") })],
];

describe.each(OPENINGS)("the shard lists of %s", (what, open) => {
  const lists = (): string => at(`lists of ${what}`);

  it("open what the whole dataset says of each part, here and from a copy", async () => {
    const whole = await open();
    expect(await writeShardLists(lists(), whole, { of: 3 })).toBe(true);
    await cp(at("pictures"), at("copy"), { recursive: true });
    for (let index = 1; index <= 3; index++) {
      const shard = { index, of: 3 };
      const [from, to] = shardRows(NAMES.length, shard);
      for (const root of [undefined, at("copy")]) {
        const part = await openShardList(shardListFile(lists(), shard), { shard, root });
        const { name, contentHash, classNames } = whole;
        expect(part).toMatchObject({ name, contentHash, classNames });
        expect(part.ids.length).toBe(NAMES.length);
        expect(part.ids.slice(from, to)).toEqual(whole.ids.slice(from, to));
        const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
        expect(takeLabels(part.labels, rows)).toEqual(takeLabels(whole.labels, rows));
        expect(await part.image(from)).toBe(join(root ?? at("pictures"), whole.ids[from]));
        for (const [place, dataset] of Object.entries({ part, whole }))
          await writeItems(at(place), dataset, [from, to]);
        for (const file of ["ids.txt", "labels.npy", ...(whole.roles === undefined ? [] : ["split.json"])]) {
          expect(await readFile(at("part", file))).toEqual(await readFile(at("whole", file)));
        }
        for (const place of ["part", "whole"]) await rm(at(place), { recursive: true });
      }
    }
  });
});

describe("openShardList", () => {
  const shard = { index: 2, of: 2 };
  const file = (): string => shardListFile(at("lists"), shard);
  beforeAll(async () => {
    await writeShardLists(at("lists"), await openImageFolder(at("pictures")), { of: 2 });
    await cp(at("pictures"), at("other"), { recursive: true });
  });

  it("refuses a copy whose files are others, and names the first", async () => {
    const bytes = await readFile(at("other", "b/1.png"));
    await writeFile(
      at("other", "b/1.png"),
      bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
    );
    const opened = openShardList(file(), { shard, root: at("other") });
    await expect(opened).rejects.toThrow(
      /other\/b\/1\.png: this is another image than the one that was listed; .*of other content/,
    );
    await writeFile(at("other", "b/1.png"), bytes.subarray(1));
    await expect(openShardList(file(), { shard, root: at("other") })).rejects.toThrow(/bytes against/);
    await rm(at("other", "b/1.png"));
    await expect(openShardList(file(), { shard, root: at("other") })).rejects.toThrow(/b\/1\.png: .*it is not there/);
  });

  it("looks at no file of another shard", async () => {
    await rm(at("other", "a"), { recursive: true });
    await cp(at("pictures", "b"), at("other", "b"), { recursive: true });
    const part = await openShardList(file(), { shard, root: at("other") });
    await expect(part.image(0)).rejects.toThrow(/2-of-2\.json: row 0 is of another shard; expected 3\.\.6/);
  });

  it("refuses the list of another shard", async () => {
    await expect(openShardList(file(), { shard: { index: 1, of: 2 } })).rejects.toThrow(
      /2-of-2\.json: this is the list of another shard; expected rows 0 to 3; found rows 3 to 7/,
    );
  });
});

it("lists nothing where images are no files", async () => {
  const pixels = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 } as const;
  const whole = await openImageFolder(at("pictures"));
  expect(await writeShardLists(at("none"), { ...whole, image: async () => pixels }, { of: 2 })).toBe(false);
});
