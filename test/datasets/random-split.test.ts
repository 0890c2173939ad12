import { describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { randomSplit } from "../../src/datasets/random-split.js";
import { hashingSplit, validationSplit } from "../../src/datasets/split.js";
import { splitOverlaps } from "../../src/datasets/split-overlaps.js";

/** 60 items of four classes, several each; every tenth has none. */
const labels = multiHotLabels({
  data: Uint8Array.from({ length: 240 }, (_, at) => (Math.floor(at / 4) % 10 !== 0 && (at * 7) % 3 !== 0 ? 1 : 0)),
  shape: [60, 4],
});
const data = { name: "sets", classNames: ["a", "b", "c", "d"], labels };

describe("randomSplit", () => {
  it("draws from all labelled items, apart, by the seed", () => {
    const split = randomSplit(data, { queries: 10, train: 20, seed: 3 });
    const { query, train, database } = split;
    expect([query.length, train.length, database.length]).toEqual([10, 20, 44]);
    expect(splitOverlaps(split)).toEqual({ queriesInDatabase: 0, trainOutsideDatabase: 0, trainQueries: 0 });
    const labelled = Array.from({ length: 60 }, (_, row) => row).filter(row => row % 10 !== 0);
    expect([...query, ...database].sort((a, b) => a - b)).toEqual(labelled);
    expect(split.protocol).toContain("at random: 10 query, 20 train of 54 labelled images");
    expect(randomSplit(data, { queries: 10, train: 20, seed: 3 })).toEqual(split);
    expect(randomSplit(data, { queries: 10, train: 20, seed: 4 })).not.toEqual(split);
    const fewer = randomSplit(data, { queries: 10, train: 5, seed: 3 });
    expect(fewer.query).toEqual(query);
    expect(fewer.train.every(row => train.includes(row))).toBe(true);
  });

  it("says what is lacking", () => {
    expect(() => randomSplit(data, { queries: 50, train: 20 })).toThrow(/expected 70 labelled images.*found 54/);
    expect(() => randomSplit(data, { queries: 0, train: 20 })).toThrow(/queries is out of bounds/);
    expect(() => hashingSplit(data)).toThrow(/a split by class takes one label an item/);
  });
});

describe("validationSplit of items of several classes", () => {
  it("holds out a part of the train rows; queries in the database, as published, are in none of it", () => {
    const split = randomSplit(data, { queries: 10, train: 20, seed: 3 });
    const published = {
      ...split,
      asPublished: "a test",
      database: Int32Array.of(...split.query, ...split.database).sort(),
    };
    const { query, train, database } = validationSplit(data, published, { fraction: 0.2 });
    expect(query).toHaveLength(4);
    expect([...query, ...train].sort((a, b) => a - b)).toEqual([...split.train]);
    const away = new Set([...query, ...split.query]);
    expect([...database]).toEqual([...published.database].filter(row => !away.has(row)));
  });
});
