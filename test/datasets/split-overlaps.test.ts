import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Split } from "../../src/datasets/roles.js";
import { splitOfPart } from "../../src/datasets/roles.js";
import { readSplit, writeSplit } from "../../src/datasets/split-file.js";
import {
  checkRolesApart,
  overlapText,
  splitOverlaps,
  withoutQueriesInDatabase,
} from "../../src/datasets/split-overlaps.js";

/** Queries 1 and 4 of three in the database, train row 0 of two outside of it, query 5 trained on. */
const published: Split = {
  protocol: "by lists",
  seed: 0,
  name: "coco",
  asPublished: "lists of thuml/HashNet",
  query: Int32Array.of(1, 4, 5),
  train: Int32Array.of(0, 5),
  database: Int32Array.of(1, 3, 4, 5),
};
const apart: Split = {
  protocol: "drawn",
  seed: 3,
  query: Int32Array.of(0),
  train: Int32Array.of(2),
  database: Int32Array.of(2, 3),
};

describe("overlaps of roles", () => {
  it("are counted, and said in a sentence with where they come from", () => {
    expect(splitOverlaps(published)).toEqual({ queriesInDatabase: 3, trainOutsideDatabase: 1, trainQueries: 1 });
    expect(overlapText(published)).toBe(
      "all 3 queries are in the database, each the nearest item to itself; 1 of 2 train rows are outside the database; " +
        "1 of 3 queries are among the train rows (as published: lists of thuml/HashNet)",
    );
    expect(splitOverlaps(apart)).toEqual({ queriesInDatabase: 0, trainOutsideDatabase: 0, trainQueries: 0 });
    expect(overlapText(apart)).toBeUndefined();
  });

  it("of a way to draw are not told as published", () => {
    const drawn = { ...apart, database: Int32Array.of(3), asPublished: "drawn as in a paper: for a reason" };
    expect(overlapText(drawn)).toBe("all 1 train rows are outside the database (drawn as in a paper: for a reason)");
  });

  it("are refused unless they are as published", () => {
    checkRolesApart(published);
    checkRolesApart(apart);
    const { asPublished: _, ...bare } = published;
    expect(() => checkRolesApart(bare)).toThrow(/a row is query and database.*"asPublished".*row 1/);
    expect(() => checkRolesApart({ ...bare, query: Int32Array.of(2) })).toThrow(/a train row is not in.*row 0/);
  });

  it("of queries go with the clean variant, the rest stays", () => {
    const clean = withoutQueriesInDatabase(published);
    expect(clean.database).toEqual(Int32Array.of(3));
    expect(clean.protocol).toBe("by lists; queries dropped from the database");
    expect(clean).toMatchObject({ name: "coco", query: published.query, train: published.train });
    expect(withoutQueriesInDatabase(apart)).toBe(apart);
    expect(published.database).toHaveLength(4);
  });

  it("stay with a part of the rows", () => {
    expect(splitOfPart(published, 3, 6)).toMatchObject({
      name: "coco",
      asPublished: "lists of thuml/HashNet",
      query: Int32Array.of(1, 2),
      database: Int32Array.of(0, 1, 2),
    });
  });
});

describe("split.json", () => {
  let folder: string;
  const subject = { contentHash: "ab".repeat(32), rows: 6 };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-split-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("holds name and origin of a published split, and overlaps as it has them", async () => {
    await writeSplit(folder, published, subject);
    expect(await readSplit(folder, subject)).toEqual({ split: published, checked: true });
  });

  it("has neither where there is none, as earlier files", async () => {
    await writeSplit(folder, apart, subject);
    expect(Object.keys(JSON.parse(await readFile(join(folder, "split.json"), "utf8")))).toEqual([
      "format",
      "protocol",
      "seed",
      "contentHash",
      "rows",
      "digest",
      "query",
      "train",
      "database",
    ]);
    expect(await readSplit(folder, subject)).toEqual({ split: apart, checked: true });
  });

  it("changed by hand is refused, its digest names why; without one it is read, unchecked", async () => {
    const file = join(folder, "split.json");
    const edit = async (change: (value: Record<string, unknown>) => object): Promise<void> => {
      await writeSplit(folder, published, subject);
      await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, "utf8")))));
    };
    const fewer = { query: Array.from(published.query.subarray(1)) };
    const changes = [fewer, { name: "nus-wide" }, { asPublished: "lists of mine" }, { seed: 9 }, { train: [3] }];
    for (const change of changes) {
      await edit(value => ({ ...value, ...change }));
      await expect(readSplit(folder, subject)).rejects.toThrow(
        /were changed after they were written; expected .*split --replace.*without name, asPublished and digest/,
      );
    }
    await edit(value => ({ ...value, ...fewer, digest: undefined }));
    expect(await readSplit(folder, subject)).toMatchObject({ checked: false });
    await writeSplit(folder, published, subject);
    await writeFile(join(folder, "labels.npy"), "other labels");
    await expect(readSplit(folder, subject)).rejects.toThrow(/of protocol coco, or the labels, were changed after/);
    await writeSplit(folder, published, subject);
    expect(await readSplit(folder, subject)).toMatchObject({ checked: true });
    await rm(join(folder, "labels.npy"));
  });

  it("with overlaps of no origin is refused by name", async () => {
    const { asPublished: _, ...bare } = published;
    await writeSplit(folder, bare, subject);
    await expect(readSplit(folder, subject)).rejects.toThrow(/split\.json: a row is query and database/);
    const file = join(folder, "split.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"seed"', '"asPublished": 7, "seed"'));
    await expect(readSplit(folder, subject)).rejects.toThrow(/"asPublished" cannot be this; expected a text; found 7/);
  });
});
