import { describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { hashingSplit } from "../../src/datasets/split.js";
import { unseenClassSplit } from "../../src/datasets/unseen-class-split.js";

/** A dataset of labels only, rows in random order; a class may be empty. */
function labelled(sizes: readonly number[], seed = 0) {
  const labels = sizes.flatMap((size, label) => Array.from({ length: size }, () => label));
  const order = new Random(seed).permutation(labels.length);
  return {
    name: "made-up",
    classNames: sizes.map((_, label) => `class-${label}`),
    labels: Int32Array.from(order, at => labels[at]),
  };
}

/** Classes of rows, counted by hand. */
function countsOf(rows: Int32Array, labels: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
  return counts;
}

describe("unseenClassSplit", () => {
  it("keeps what it promises in 200 draws", () => {
    const chosen = new Map<number, number>();
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed).stream("test");
      const sizes = Array.from({ length: 4 + random.integer(6) }, () => 12 + random.integer(20));
      const dataset = labelled(sizes, seed);
      const { labels } = dataset;
      const unseenClasses = 2 + random.integer(sizes.length - 3);
      const options = {
        unseenClasses,
        queryPerClass: 1 + random.integer(5),
        trainPerClass: 1 + random.integer(6),
        seed,
      };
      const { query, train, database } = unseenClassSplit(dataset, options);
      for (const list of [query, train, database]) {
        for (let at = 1; at < list.length; at++) expect(list[at]).toBeGreaterThan(list[at - 1]);
      }
      const [queried, learned, searched] = [query, train, database].map(rows => countsOf(rows, labels));
      for (const row of query) {
        for (const other of train) if (labels[other] === labels[row]) throw new Error("a query's class is trained on");
        for (const other of database) if (other === row) throw new Error("a query is in the database");
      }
      for (const row of database) {
        for (const other of train) if (labels[other] === labels[row]) throw new Error("the database is trained on");
      }
      expect(queried.size).toBe(unseenClasses);
      for (const [label, size] of sizes.entries()) {
        const isUnseen = queried.has(label);
        expect(queried.get(label) ?? 0).toBe(isUnseen ? options.queryPerClass : 0);
        expect(searched.get(label) ?? 0).toBe(isUnseen ? size - options.queryPerClass : 0);
        expect(learned.get(label) ?? 0).toBe(isUnseen ? 0 : options.trainPerClass);
      }
      expect(unseenClassSplit(dataset, options)).toEqual(unseenClassSplit(dataset, options));
      if (sizes.length >= 5) for (const label of queried.keys()) chosen.set(label, (chosen.get(label) ?? 0) + 1);
    }
    // Each of the first five classes is left out now and then.
    for (const label of [0, 1, 2, 3, 4]) expect(chosen.get(label)).toBeGreaterThan(20);
  });

  it("draws a class's images as the usual protocol does with the same seed", () => {
    const dataset = labelled([30, 30, 30, 30, 30, 30, 30, 30]);
    const numbers = { queryPerClass: 4, trainPerClass: 10, seed: 7 };
    const usual = hashingSplit(dataset, numbers);
    const { query, train } = unseenClassSplit(dataset, numbers);
    const unseen = new Set(query.map(row => dataset.labels[row]));
    expect(unseen.size).toBe(2); // a quarter of eight
    expect([...query]).toEqual([...usual.query].filter(row => unseen.has(dataset.labels[row])));
    expect([...train]).toEqual([...usual.train].filter(row => !unseen.has(dataset.labels[row])));
  });

  it("leaves out a quarter of the classes, at least two, and no empty one; says which", () => {
    const ten = unseenClassSplit(labelled(Array(10).fill(20)), { queryPerClass: 2, trainPerClass: 5 });
    expect(ten.protocol).toMatch(
      /^3 of 10 classes never trained on \("class-\d", "class-\d", "class-\d"\): 6 query, .*; 35 train of the other 7 classes$/,
    );
    expect(ten.asPublished).toContain("ICASSP 2017");
    for (let seed = 0; seed < 50; seed++) {
      const dataset = labelled([9, 0, 9, 9, 0, 9, 9]);
      const { query } = unseenClassSplit(dataset, { queryPerClass: 1, trainPerClass: 1, seed });
      expect(countsOf(query, dataset.labels).size).toBe(2);
    }
  });

  it("refuses what leaves nothing to tell apart on a side, classes too small, several labels, numbers out of bounds", () => {
    const dataset = labelled([20, 20, 20, 20, 20]);
    const small = { queryPerClass: 2, trainPerClass: 5 };
    for (const unseenClasses of [0, 1, 4, 5, 2.5, Number.NaN]) {
      expect(() => unseenClassSplit(dataset, { ...small, unseenClasses })).toThrow(/5 classes of made-up.*2 to 3/);
    }
    expect(() => unseenClassSplit(labelled([20, 20, 20]), small)).toThrow(/four classes or more/);
    expect(() => unseenClassSplit(labelled([20, 20, 20, 6]), small)).toThrow(/class-3 has 6 and lacks 1/);
    expect(() => unseenClassSplit(dataset, { ...small, queryPerClass: 0 })).toThrow(/queryPerClass/);
    expect(() => unseenClassSplit(dataset, { ...small, trainPerClass: 0 })).toThrow(/trainPerClass/);
    const several = multiHotLabels({ data: new Uint8Array(20).fill(1), shape: [10, 2] });
    expect(() => unseenClassSplit({ name: "x", classNames: ["a", "b"], labels: several })).toThrow(/one label an item/);
  });
});
