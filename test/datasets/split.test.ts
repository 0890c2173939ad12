import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import type { Split } from "../../src/datasets/split.js";
import { hashingSplit, officialSplit, validationSplit } from "../../src/datasets/split.js";

/** A dataset of labels only; class c has sizes[c] images, spread over the rows. */
function labelled(sizes: readonly number[]) {
  const left = [...sizes];
  const labels: number[] = [];
  while (left.some(count => count > 0)) {
    for (let label = 0; label < left.length; label++) if (left[label]-- > 0) labels.push(label);
  }
  return { name: "made-up", classNames: sizes.map((_, c) => `class-${c}`), labels: Int32Array.from(labels) };
}

const countOf = (rows: Int32Array, labels: Int32Array, label: number): number =>
  rows.reduce((count, row) => count + (labels[row] === label ? 1 : 0), 0);

function expectSound(split: Split, rows: number): void {
  for (const list of [split.query, split.train, split.database]) {
    expect(list.every((row, i) => row >= 0 && row < rows && (i === 0 || row > list[i - 1]))).toBe(true);
  }
  const database = new Set(split.database);
  expect(split.query.some(row => database.has(row))).toBe(false);
  expect(split.train.every(row => database.has(row))).toBe(true);
}

/** Class sizes, and numbers a class that fit the smallest of them. */
const cases = fc
  .array(fc.integer({ min: 3, max: 40 }), { minLength: 1, maxLength: 6 })
  .chain(sizes =>
    fc.record({
      sizes: fc.constant(sizes),
      queryPerClass: fc.integer({ min: 1, max: Math.min(...sizes) - 2 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      more: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      seed: fc.integer({ min: -5, max: 100 }),
    }),
  )
  .map(({ sizes, queryPerClass, part, more, seed }) => {
    const trainPerClass = Math.floor(part * (Math.min(...sizes) - queryPerClass));
    const databasePerClass = more === undefined ? undefined : trainPerClass + more;
    return { sizes, options: { queryPerClass, trainPerClass, databasePerClass, seed } };
  });

describe("hashingSplit", () => {
  it("keeps queries out of the database and train in it, with the numbers asked for", () => {
    fc.assert(
      fc.property(cases, ({ sizes, options }) => {
        const dataset = labelled(sizes);
        const split = hashingSplit(dataset, options);
        expectSound(split, dataset.labels.length);
        const { queryPerClass, trainPerClass, databasePerClass = Number.POSITIVE_INFINITY } = options;
        for (const [label, size] of sizes.entries()) {
          expect(countOf(split.query, dataset.labels, label)).toBe(queryPerClass);
          expect(countOf(split.train, dataset.labels, label)).toBe(trainPerClass);
          const rest = Math.min(databasePerClass, size - queryPerClass);
          expect(countOf(split.database, dataset.labels, label)).toBe(rest);
        }
        expect(hashingSplit(dataset, options)).toEqual(split);
      }),
    );
  });

  it("holds nothing but the queries back when the database is not capped", () => {
    const dataset = labelled([30, 20, 25]);
    const split = hashingSplit(dataset, { queryPerClass: 4, trainPerClass: 6 });
    expect([...split.query, ...split.database].sort((a, b) => a - b)).toEqual([...dataset.labels.keys()]);
  });

  it("depends on the seed, is random within a class, and nests", () => {
    const dataset = labelled([200, 200]);
    const small = { queryPerClass: 20, trainPerClass: 10, databasePerClass: 40 };
    const one = hashingSplit(dataset, { ...small, seed: 1 });
    expect(hashingSplit(dataset, { ...small, seed: 2 }).query).not.toEqual(one.query);
    const large = hashingSplit(dataset, { queryPerClass: 20, trainPerClass: 100, seed: 1 });
    expect(large.query).toEqual(one.query);
    expect(one.train.every(row => large.train.includes(row))).toBe(true);
    // 40 of 400 rows drawn evenly: the mean row is 199.5 with a standard deviation of about 17.
    const mean = one.query.reduce((sum, row) => sum + row, 0) / one.query.length;
    expect(Math.abs(mean - 199.5)).toBeLessThan(70);
  });

  it("states its rule", () => {
    const split = hashingSplit(labelled([700, 700]), { seed: 3 });
    expect(split.seed).toBe(3);
    expect(split.protocol).toBe(
      "per class: 100 query, 500 train, database everything but the queries; train is part of it",
    );
    expect(hashingSplit(labelled([9]), { queryPerClass: 1, trainPerClass: 2, databasePerClass: 4 }).protocol).toContain(
      "database 4",
    );
  });

  it("names the class that is too small, and bounds its options", () => {
    expect(() => hashingSplit(labelled([700, 599, 620, 40]))).toThrow(
      /made-up has classes that are too small.*expected 600 images a class.*`split` with --query-per-class 8 --train-per-class 20 would fit; found class-1 has 599 and lacks 1, class-3 has 40 and lacks 560$/,
    );
    expect(() => hashingSplit(labelled([700]), { queryPerClass: 0 })).toThrow("queryPerClass");
    expect(() => hashingSplit(labelled([700]), { trainPerClass: 1.5 })).toThrow("trainPerClass");
    expect(() => hashingSplit(labelled([700]), { trainPerClass: 5, databasePerClass: 4 })).toThrow("databasePerClass");
  });
});

describe("officialSplit", () => {
  it("searches the train part with the test part", () => {
    const split = officialSplit({ name: "small", ids: ["train/0", "train/1", "t10k/0", "train/2"] });
    expect(split).toMatchObject({
      query: Int32Array.of(2),
      train: Int32Array.of(0, 1, 3),
      database: Int32Array.of(0, 1, 3),
    });
    expect(() => officialSplit({ name: "other", ids: ["train/0", "t10k/0", "c"] })).toThrow("other has no official");
  });
});

describe("validationSplit", () => {
  it("takes its queries from train alone, and shows test queries to nobody", () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0.01, max: 0.99, noNaN: true }), ({ sizes, options }, fraction) => {
        fc.pre(options.trainPerClass >= 2);
        const dataset = labelled(sizes);
        const test = hashingSplit(dataset, options);
        const split = validationSplit(dataset, test, { fraction });
        expectSound(split, dataset.labels.length);
        expect([...split.query, ...split.train].sort((a, b) => a - b)).toEqual([...test.train]);
        expect([...split.query, ...split.database].sort((a, b) => a - b)).toEqual([...test.database]);
        for (const label of sizes.keys()) {
          const held = countOf(split.query, dataset.labels, label);
          const asked = Math.round(fraction * options.trainPerClass);
          expect(held).toBe(Math.min(options.trainPerClass - 1, Math.max(1, asked)));
        }
        expect(validationSplit(dataset, test, { fraction })).toEqual(split);
      }),
    );
  });

  it("holds out another part with another seed, and refuses what cannot be", () => {
    const dataset = labelled([60, 60]);
    const test = hashingSplit(dataset, { queryPerClass: 5, trainPerClass: 40 });
    const one = validationSplit(dataset, test, { fraction: 0.2, seed: 1 });
    expect(one.query.length).toBe(16);
    expect(validationSplit(dataset, test, { fraction: 0.2, seed: 2 }).query).not.toEqual(one.query);
    for (const fraction of [0, 1, Number.NaN]) {
      expect(() => validationSplit(dataset, test, { fraction })).toThrow("fraction is out of bounds");
    }
    const bare = hashingSplit(dataset, { queryPerClass: 5, trainPerClass: 1 });
    expect(() => validationSplit(dataset, bare)).toThrow("nothing to hold out");
  });

  it("holds out of all labelled train rows alike where they have several classes", () => {
    const rows = 40;
    // Rows 0, 10, 20, 30 carry no label; the others one to three of five.
    const matrix = Uint8Array.from({ length: rows * 5 }, (_, at) => {
      const [row, label] = [Math.floor(at / 5), at % 5];
      return row % 10 !== 0 && (label === row % 5 || (row * 7 + label) % 4 === 0) ? 1 : 0;
    });
    const dataset = { ...labelled([1, 1, 1, 1, 1]), labels: multiHotLabels({ data: matrix, shape: [rows, 5] }) };
    const all = Int32Array.from({ length: rows }, (_, row) => row);
    const test = { protocol: "made-up", seed: 0, query: all.slice(0, 5), train: all.slice(10), database: all.slice(5) };
    const split = validationSplit(dataset, test, { fraction: 1 / 3 });
    expectSound(split, rows);
    expect(split.query).toHaveLength(9); // of 27 train rows with a label
    expect(split.query.every(row => row % 10 !== 0)).toBe(true);
    expect(split.asPublished).toBeUndefined();
    expect(validationSplit(dataset, { ...test, asPublished: "somewhere" }).asPublished).toBe("somewhere");
    expect([...split.query, ...split.train].sort((a, b) => a - b)).toEqual([...test.train]);
    expect([...split.query, ...split.database].sort((a, b) => a - b)).toEqual([...test.database]);
  });
});
