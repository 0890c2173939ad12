// The rules that lists are drawn by, at their published counts, on labels alone.
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import type { MultiHotLabels } from "../../src/core/labels.js";
import { hasClass, multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import type { Split } from "../../src/datasets/roles.js";
import type { Labelled } from "../../src/datasets/split.js";
import { hashingSplit } from "../../src/datasets/split.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";
import type { RuleOptions } from "../../src/protocols/protocol.js";

const names = (classes: number): string[] => Array.from({ length: classes }, (_, label) => `class ${label}`);

/** 60,000 images, 6,000 of each class, in random order. */
const CIFAR: Labelled = {
  name: "cifar-10",
  classNames: names(10),
  labels: Int32Array.from(new Random(7).stream("labels").permutation(60_000), i => i % 10),
};

/** Images of one to three classes, some of none. */
function multiLabelled(count: number, classes: number): Labelled & { labels: MultiHotLabels } {
  const places = new Random(8).stream("multi").permutation(count * 4);
  const data = new Uint8Array(count * classes);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < row % 4; i++) data[row * classes + (places[4 * row + i] % classes)] = 1;
  }
  return { name: "multi", classNames: names(classes), labels: multiHotLabels({ data, shape: [count, classes] }) };
}

const draw = (name: string, data: Labelled, options?: RuleOptions): Split => protocolOf(name).rule!.draw(data, options);

/** How many rows of each class. */
function perClass(rows: Int32Array): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const row of rows) counts[(CIFAR.labels as Int32Array)[row]]++;
  return counts;
}

const shared = (a: Int32Array, b: Int32Array): number => a.filter(row => b.includes(row)).length;

describe.each([
  ["cifar10", 100, 500, 5400, 0],
  ["cifar10-1", 100, 500, 5900, 5000],
  ["cifar10-2", 1000, 5000, 5000, 50_000],
])("rule %s", (name, query, train, database, trainInDatabase) => {
  const split = draw(name, CIFAR);

  it("has the published counts, alike in every class", () => {
    const { expected } = protocolOf(name);
    expect([split.query.length, split.train.length, split.database.length]).toEqual([
      expected.query,
      expected.train,
      expected.database,
    ]);
    expect(perClass(split.query)).toEqual(new Array(10).fill(query));
    expect(perClass(split.train)).toEqual(new Array(10).fill(train));
    expect(perClass(split.database)).toEqual(new Array(10).fill(database));
  });

  it("keeps the roles apart as published", () => {
    expect(new Set(split.query).size + new Set(split.database).size).toBe(split.query.length + split.database.length);
    const [queries, searched] = [new Set(split.query), new Set(split.database)];
    expect(split.database.some(row => queries.has(row))).toBe(false);
    expect(split.train.some(row => queries.has(row))).toBe(false);
    expect(split.train.filter(row => searched.has(row)).length).toBe(trainInDatabase);
  });

  it("is the same for a seed, and another for another", () => {
    expect(draw(name, CIFAR, { seed: 0 })).toEqual(split);
    const other = draw(name, CIFAR, { seed: 1 });
    expect(other.query).not.toEqual(split.query);
    expect(other.seed).toBe(1);
    expect(split).toMatchObject({ name, seed: 0 });
    expect(split.asPublished).toContain("cifar_dataset");
  });
});

describe("rules by class", () => {
  it("draw the queries and train rows of hashingSplit", () => {
    const { query, train, database } = hashingSplit(CIFAR, { seed: 4 });
    const one = draw("cifar10-1", CIFAR, { seed: 4 });
    expect([one.query, one.train, one.database]).toEqual([query, train, database]);
    const apart = draw("cifar10", CIFAR, { seed: 4 });
    expect([apart.query, apart.train]).toEqual([query, train]);
  });

  it("scale", () => {
    const data = { ...CIFAR, labels: (CIFAR.labels as Int32Array).slice(0, 1000) };
    const split = draw("cifar10", data, { scale: 0.05 });
    expect([split.query.length, split.train.length, split.database.length]).toEqual([50, 250, 700]);
    expect(() => draw("cifar10", data, { scale: 0 })).toThrow("scale is out of bounds");
    expect(() => draw("cifar10", data, { scale: 1.5 })).toThrow(InputError);
  });

  it("refuse data they cannot be drawn from", () => {
    const small = { ...CIFAR, labels: (CIFAR.labels as Int32Array).slice(0, 5000) };
    expect(() => draw("cifar10-1", small)).toThrow(/protocol cifar10-1 needs larger classes; expected 600 images/);
    expect(() => draw("cifar10", multiLabelled(100, 10))).toThrow("protocol cifar10 takes one label an item");
  });
});

describe("rule mirflickr", () => {
  const data = multiLabelled(25_000, 38);

  it("deals all images, labelled or not", () => {
    const split = draw("mirflickr", data);
    expect([split.query.length, split.train.length, split.database.length]).toEqual([1000, 4000, 20_000]);
    expect(new Set([...split.query, ...split.train, ...split.database]).size).toBe(25_000);
    expect(draw("mirflickr", data, { seed: 3 }).query).not.toEqual(split.query);
    for (const role of [split.query, split.train, split.database]) expect(role).toEqual(role.slice().sort());
  });

  it("refuses too few", () => {
    expect(() => draw("mirflickr", multiLabelled(5000, 38))).toThrow("more than 4000 to train with and 1000 queries");
  });
});

describe("rule nuswide-21", () => {
  const data = multiLabelled(40_000, 21);

  it("gives each class its images, and a query no second role", () => {
    const split = draw("nuswide-21", data);
    expect([split.query.length, split.train.length, split.database.length]).toEqual([2100, 10_500, 37_900]);
    expect(shared(split.query, split.database)).toBe(0);
    const searched = new Set(split.database);
    expect(split.train.every(row => searched.has(row))).toBe(true);
    for (let label = 0; label < 21; label++) {
      const own = (rows: Int32Array): number => rows.filter(row => hasClass(data.labels, row, label)).length;
      expect(own(split.query)).toBeGreaterThanOrEqual(100);
      expect(own(split.train)).toBeGreaterThanOrEqual(500);
    }
    expect(draw("nuswide-21", data, { seed: 1 }).train).not.toEqual(split.train);
  });

  it("deals as the published loop does", () => {
    const few = multiLabelled(60, 5);
    const order = new Random(2).stream("protocol nuswide-21").permutation(60);
    const [train, test] = [new Array<number>(5).fill(3), new Array<number>(5).fill(1)];
    const expected = { train: [] as number[], query: [] as number[] };
    for (const row of order) {
      for (let label = 0; label < 5; label++) {
        if (!hasClass(few.labels, row, label)) continue;
        if (train[label] > 0) {
          train[label]--;
          expected.train.push(row);
          break;
        }
        if (test[label] > 0) {
          test[label]--;
          expected.query.push(row);
          break;
        }
      }
    }
    const split = draw("nuswide-21", few, { seed: 2, scale: 0.006 });
    expect(Array.from(split.train)).toEqual(expected.train.sort((a, b) => a - b));
    expect(Array.from(split.query)).toEqual(expected.query.sort((a, b) => a - b));
  });

  it("refuses classes that are too small", () => {
    expect(() => draw("nuswide-21", multiLabelled(1000, 21))).toThrow("protocol nuswide-21 needs larger classes");
  });
});

describe("rule cifar10-unseen", () => {
  it("has its counts, and no class on both sides, in 20 draws; its images are those of cifar10-1", () => {
    const { expected } = protocolOf("cifar10-unseen");
    const labels = CIFAR.labels as Int32Array;
    for (let seed = 0; seed < 20; seed++) {
      const { query, train, database, ...said } = draw("cifar10-unseen", CIFAR, { seed });
      expect([query.length, train.length, database.length]).toEqual([300, 3500, 17_700]);
      expect([expected.query, expected.train, expected.database]).toEqual([300, 3500, 17_700]);
      const unseen = new Set(query.map(row => labels[row]));
      expect(unseen.size).toBe(3);
      expect(new Set(database.map(row => labels[row]))).toEqual(unseen);
      expect(train.some(row => unseen.has(labels[row]))).toBe(false);
      expect(said).toMatchObject({ name: "cifar10-unseen", asPublished: expect.stringContaining("ICASSP 2017"), seed });
      const usual = draw("cifar10-1", CIFAR, { seed });
      expect(shared(query, usual.query)).toBe(300);
      expect(shared(train, usual.train)).toBe(3500);
    }
  });

  it("takes a scale, and refuses classes that are too small", () => {
    const small = draw("cifar10-unseen", CIFAR, { scale: 0.02 });
    expect([small.query.length, small.train.length]).toEqual([6, 70]);
    const few = { name: "few", classNames: names(10), labels: Int32Array.from({ length: 500 }, (_, row) => row % 10) };
    expect(() => draw("cifar10-unseen", few)).toThrow(/few has classes that are too small/);
  });
});
