import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { InputError, UnavailableError, UsageError } from "../../src/core/errors.js";
import { hasClass } from "../../src/core/labels.js";
import { checkProtocol } from "../../src/protocols/check-protocol.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-protocol-"));
  mkdirSync(at("images", "train2014"), { recursive: true });
  await sharp({ create: { width: 8, height: 8, channels: 3, background: "#345678" } })
    .jpeg()
    .toFile(at("one.jpg"));
  for (let i = 0; i < 12; i++) linkSync(at("one.jpg"), at("images", "train2014", `${i}.jpg`));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Lists whose query, image 0, is in the database, and whose train images are not. */
function writeLists(name: string, classes: number): string {
  const line = (i: number): string =>
    `train2014/${i}.jpg ${Array.from({ length: classes }, (_, label) => (label === i % 3 ? 1 : 0)).join(" ")}\n`;
  mkdirSync(at(name), { recursive: true });
  const lines = (numbers: readonly number[]): string => numbers.map(line).join("");
  writeFileSync(at(name, "test.txt"), lines([0]));
  writeFileSync(at(name, "train.txt"), lines([9, 10, 11]));
  writeFileSync(at(name, "database.txt"), lines([0, 1, 2, 3, 4, 5, 6, 7, 8]));
  return at(name);
}

describe("a protocol by its lists", () => {
  it("has its name and where its lists come from, whatever their counts", async () => {
    const lists = writeLists("coco", 80);
    const dataset = await openDataset("coco", { lists, images: at("images") });
    expect(dataset).toMatchObject({ name: "coco", roles: { name: "coco", seed: 0 } });
    expect(dataset.roles?.asPublished).toContain("thuml/HashNet");
    expect(dataset.roles?.query).toHaveLength(1);
    const check = checkProtocol(protocolOf("coco"), { ...dataset, roles: dataset.roles! });
    expect(check.differs.map(({ what, found }) => [what, found])).toEqual([
      ["query", 1],
      ["train", 3],
      ["database", 9],
      ["queries in the database", 1],
      ["train images outside the database", 3],
    ]);
    const plain = await openDataset("lists", { lists, images: at("images") });
    expect(dataset.contentHash).not.toBe(plain.contentHash);
    expect(await dataset.image(0)).toBe(await plain.image(0));
  });

  it("takes the lists as its root too", async () => {
    const dataset = await openDataset("coco-swuxyj", { root: writeLists("coco", 80), images: at("images") });
    expect(dataset.roles?.name).toBe("coco-swuxyj");
  });

  it("refuses another number of columns", async () => {
    const opened = openDataset("coco", { lists: writeLists("nus", 81), images: at("images") });
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(
      "these are not the lists of protocol coco; expected labels of 80 classes; found 81",
    );
    const either = openDataset("mirflickr", { lists: writeLists("nus", 81), images: at("images") });
    await expect(either).rejects.toThrow("labels of 38 or 24 classes");
  });

  it("says whose lists are needed when there are none", async () => {
    await expect(openDataset("voc2012")).rejects.toThrow(UnavailableError);
    await expect(openDataset("voc2012")).rejects.toThrow(
      /--lists with a folder of train\.txt.*swuxyj\/DeepHash-pytorch, data\/voc2012.*--images/s,
    );
    await expect(openDataset("mirflickr")).rejects.toThrow("or what its rule draws from: all 25,000 images");
  });

  it("refuses a seed where nothing is drawn", async () => {
    const opened = openDataset("coco", { lists: writeLists("coco", 80), images: at("images"), seed: 1 });
    await expect(opened).rejects.toThrow(UsageError);
  });

  it("draws NUS-WIDE's roles where the lists have no train list", async () => {
    const lists = writeLists("nus-21", 21);
    rmSync(at("nus-21", "train.txt"));
    await expect(openDataset("nuswide-21", { lists, images: at("images") })).rejects.toThrow(
      "protocol nuswide-21 needs larger classes",
    );
  });
});

describe("MIRFlickr from its annotations", () => {
  const PICTURES = 5010;
  const classNames = ["animals", "baby", "sky", "sky_r1"].concat(Array.from({ length: 34 }, (_, i) => `x${i + 10}`));
  beforeAll(() => {
    mkdirSync(at("mirflickr"));
    mkdirSync(at("annotations"));
    // A file system allows only so many links to one file.
    for (let i = 1; i <= PICTURES; i++) linkSync(at("one.jpg"), at("mirflickr", `im${i}.jpg`));
    writeFileSync(at("annotations", "README.txt"), "not a class\n");
    for (const [label, name] of classNames.entries()) {
      const numbers = Array.from({ length: 20 }, (_, i) => 1 + ((label * 7 + 131 * i) % PICTURES));
      writeFileSync(at("annotations", `${name}.txt`), `${numbers.join("\r\n")}\r\n`);
    }
  });

  it("has a class for each file, and the roles of the rule", async () => {
    const dataset = await openDataset("mirflickr", { lists: at("annotations"), images: at("mirflickr"), seed: 2 });
    expect(dataset.classNames).toEqual(classNames.slice().sort());
    expect(dataset.ids.slice(0, 2)).toEqual(["im1.jpg", "im2.jpg"]);
    const sky = dataset.classNames.indexOf("sky");
    const shown = dataset.ids.filter((_, row) => hasClass(dataset.labels, row, sky));
    expect(shown).toHaveLength(20);
    expect(shown).toContain("im15.jpg"); // 1 + 2 · 7
    const { roles } = dataset;
    expect([roles?.query.length, roles?.train.length, roles?.database.length]).toEqual([1000, 4000, 10]);
    expect(roles).toMatchObject({ name: "mirflickr", seed: 2 });
  });

  it("refuses a number of no picture, with its line", async () => {
    writeFileSync(at("annotations", "sky.txt"), `1\n${PICTURES + 1}\n`);
    await expect(openDataset("mirflickr", { lists: at("annotations"), images: at("mirflickr") })).rejects.toThrow(
      `sky.txt, line 2: this is no number of a picture; expected 1..${PICTURES}; found "${PICTURES + 1}"`,
    );
    writeFileSync(at("annotations", "sky.txt"), "1\nsky\n");
    await expect(openDataset("mirflickr", { lists: at("annotations"), images: at("mirflickr") })).rejects.toThrow(
      '"sky"',
    );
  });

  it("refuses images with a gap", async () => {
    rmSync(at("mirflickr", "im77.jpg"));
    await expect(openDataset("mirflickr", { lists: at("annotations"), images: at("mirflickr") })).rejects.toThrow(
      "no im77.jpg",
    );
  });
});
