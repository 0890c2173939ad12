import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { classesOf } from "../../src/core/classes-of-items.js";
import { openFashionMnist10k } from "../../src/datasets/fashion-mnist.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { ROLES } from "../../src/datasets/roles.js";
import { makeMultilabelSample, readMultilabelSampleInfo } from "../../src/multilabel-sample/generate.js";
import { samplePlan } from "../../src/multilabel-sample/plan.js";
import { findProtocol } from "../../src/protocols/known-protocols.js";

const FEW = { query: 5, train: 8, database: 20 };
let folder: string;
let whole: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-multilabel-"));
  whole = join(folder, "whole");
  await makeMultilabelSample(whole, { seed: 3, sizes: FEW });
});
afterAll(() => rm(folder, { recursive: true }));

const linesOf = async (name: string): Promise<string[]> =>
  (await readFile(join(whole, name), "utf8")).trimEnd().split("\n");

describe("makeMultilabelSample", () => {
  it("writes thuml's lists: a path and a column a class", async () => {
    const lists = { query: "test.txt", train: "train.txt", database: "database.txt" } as const;
    for (const [role, name] of Object.entries(lists)) {
      const lines = await linesOf(name);
      expect(lines).toHaveLength(FEW[role as keyof typeof FEW]);
      for (const line of lines) expect(line).toMatch(/^images\/\d{5}\.png( [01]){10}$/);
    }
    const database = new Set(await linesOf("database.txt"));
    expect((await linesOf("train.txt")).every(line => database.has(line))).toBe(true);
    expect((await linesOf("test.txt")).some(line => database.has(line))).toBe(false);
    expect(await linesOf("classes.txt")).toEqual((await openFashionMnist10k()).classNames);
  });

  it("draws each garment where it was planned, and black elsewhere; columns are the classes of these", async () => {
    const garments = await openFashionMnist10k();
    const columns = new Map(
      (await linesOf("database.txt")).map(line => [line.split(" ")[0], line.split(" ").slice(1)]),
    );
    for (const { path, garments: placed } of samplePlan(garments, 3, FEW)) {
      const { data, info } = await sharp(join(whole, path))
        .toColourspace("b-w") // as it is stored; sharp gives RGB otherwise
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([64, 64, 1]);
      const expected = new Uint8Array(64 * 64);
      for (const { row, left, top, mirrored } of placed) {
        const { data: garment } = (await garments.image(row)) as RawImage;
        garment.forEach((value, at) => {
          const x = mirrored ? 27 - (at % 28) : at % 28;
          expected[(top + Math.floor(at / 28)) * 64 + left + x] = value;
        });
      }
      expect(Buffer.compare(data, expected)).toBe(0);
      const labels = placed.map(({ row }) => garments.labels[row]);
      if (columns.has(path)) {
        expect(columns.get(path)!.flatMap((value, label) => (value === "1" ? [label] : []))).toEqual(labels.sort());
      }
    }
  });

  it("makes the same again from the same seed, and leaves nothing else behind", async () => {
    const again = join(folder, "again");
    await makeMultilabelSample(again, { seed: 3, sizes: FEW });
    const names = (await readdir(whole, { recursive: true })).sort();
    expect((await readdir(again, { recursive: true })).sort()).toEqual(names);
    expect(
      names.filter(name => !/^images(\/\d{5}\.png)?$|^(train|test|database|classes)\.txt$|^sample\.json$/.test(name)),
    ).toEqual([]);
    for (const name of names.filter(one => one.includes("."))) {
      expect(Buffer.compare(await readFile(join(again, name)), await readFile(join(whole, name))), name).toBe(0);
    }
  });

  it("says what it is, and refuses another sample's folder, one of something else, and no seed", async () => {
    const info = await readMultilabelSampleInfo(whole);
    expect(info).toMatchObject({ synthetic: true, seed: 3, sizes: FEW });
    expect(info!.description).toMatch(/^Synthetic: two to four garments of Fashion-MNIST/);
    await expect(makeMultilabelSample(whole, { seed: 4, sizes: FEW })).rejects.toThrow(/with other settings; .*seed 3/);
    const other = join(folder, "other");
    await mkdir(other);
    await writeFile(join(other, "mine.txt"), "mine");
    await expect(makeMultilabelSample(other, { sizes: FEW })).rejects.toThrow(/holds no fashion-mnist-multilabel/);
    await expect(makeMultilabelSample(join(folder, "none"), { seed: -1 })).rejects.toThrow(/seed/);
  });
});

describe("openDataset", () => {
  it("opens it with its roles, label sets and class names, and says what it is", async () => {
    const dataset = await openDataset("fashion-mnist-multilabel", { root: whole });
    const garments = await openFashionMnist10k();
    expect(dataset).toMatchObject({
      name: "fashion-mnist-multilabel",
      synthetic: true,
      classNames: garments.classNames,
    });
    expect(dataset.description).toMatch(/^Synthetic: .*seed 3/);
    const { query, train, database, name, asPublished } = dataset.roles!;
    expect([query.length, train.length, database.length]).toEqual([FEW.query, FEW.train, FEW.database]);
    expect({ name, asPublished }).toEqual({ name: "fashion-mnist-multilabel", asPublished: undefined });
    expect(findProtocol(name)).toBeDefined();
    const rowOf = new Map(dataset.ids.map((id, row) => [id, row]));
    const roles = { query: new Set(query), train: new Set(train), database: new Set(database) };
    for (const canvas of samplePlan(garments, 3, FEW)) {
      const row = rowOf.get(canvas.path)!;
      expect(ROLES.filter(role => roles[role].has(row))).toEqual(canvas.roles);
      expect(classesOf(dataset.labels, row)).toEqual(canvas.garments.map(one => garments.labels[one.row]).sort());
    }
  });
});
