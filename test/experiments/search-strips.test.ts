import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { classPrecision } from "../../src/experiments/class-precision.js";
import { exampleQueries, findByCodes, searchStrips } from "../../src/experiments/search-strips.js";

const classNames = ["bag", "boot", "shirt"];
const sets = [[0, 1], [1], [0, 1, 2], [], [2], [0, 2], [1, 2], [0], [1], [0, 1]];
const dataset: Dataset = {
  name: "sets",
  description: "",
  classNames,
  ids: sets.map((_, row) => `${row}.jpg`),
  labels: multiHotLabels({
    data: Uint8Array.from(sets.flatMap(set => classNames.map((_, c) => Number(set.includes(c))))),
    shape: [10, 3],
  }),
  contentHash: "none",
  image: async row => `${row}.jpg`,
};
const split = {
  protocol: "by hand",
  seed: 0,
  query: Int32Array.of(0, 3, 4, 6),
  train: Int32Array.of(1),
  database: Int32Array.of(1, 2, 5, 7, 8, 9),
};
const bits = Int8Array.from({ length: 80 }, () => 0);
const random = new Random(4);
const codes = packCodes({ data: bits.map(() => (random.uniform() < 0.5 ? -1 : 1)), shape: [10, 8] });

describe("strips of items of several classes", () => {
  it("tell right from wrong by a class shared, and name the classes shared", async () => {
    const found = [
      [
        { row: 2, caption: "d 1" },
        { row: 4, caption: "d 2" },
      ],
      [{ row: 3, caption: "d 0" }],
    ];
    const strips = await searchStrips(dataset, Int32Array.of(0, 3), found);
    expect(strips[0]).toMatchObject({ query: "0.jpg", caption: "bag, boot" });
    expect(strips[0].results).toEqual([
      { image: "2.jpg", relevant: true, caption: "d 1", name: "bag, boot, shirt", shared: "bag, boot" },
      { image: "4.jpg", relevant: false, caption: "d 2", name: "shirt" },
    ]);
    // Two items without a class share none.
    expect(strips[1].results).toEqual([{ image: "3.jpg", relevant: false, caption: "d 0", name: undefined }]);
    expect(strips[1].caption).toBeUndefined();
  });

  it("show a query once, though it is the first of several classes", () => {
    expect(exampleQueries(dataset, split)).toEqual(Int32Array.of(0, 6, 4));
    expect(exampleQueries(dataset, split, { count: 1 })).toEqual(Int32Array.of(0));
  });
});

describe("classPrecision of items of several classes", () => {
  it("counts a query for each of its classes", () => {
    const k = 3;
    const found = findByCodes(codes, split, split.query, { k });
    const precisionOf = (query: number, place: number): number =>
      found[place].filter(({ row }) => sets[row].some(c => sets[query].includes(c))).length / k;
    const expected = classNames.map((name, c) => {
      const mine = Array.from(split.query, (query, place) => ({ query, place })).filter(({ query }) =>
        sets[query].includes(c),
      );
      const values = mine.map(({ query, place }) => precisionOf(query, place));
      return { class: name, queries: mine.length, precision: values.reduce((a, b) => a + b, 0) / mine.length };
    });
    const rows = classPrecision({ dataset, split } as never, codes, { k });
    expect([...rows].sort((a, b) => (a.class < b.class ? -1 : 1))).toEqual(expected);
    expect(rows.map(({ precision }) => precision)).toEqual(
      rows.map(({ precision }) => precision).sort((a, b) => a - b),
    );
  });
});
