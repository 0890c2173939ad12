import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Labels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import type { BatchOptions } from "../../src/training/batches.js";
import { batchesPerEpoch, epochBatches } from "../../src/training/batches.js";

/** The epoch as a list of batches. */
function drawn(labels: Labels, train: Int32Array, batch: number, options: BatchOptions, seed = 0): number[][] {
  const rows = epochBatches({ labels, train, batch }, options, new Random(seed));
  const count = batchesPerEpoch({ train, batch }, options);
  expect(rows).toHaveLength(count * batch);
  return Array.from({ length: count }, (_, i) => Array.from(rows.subarray(i * batch, (i + 1) * batch)));
}

/** Labels by class sizes, and every row but some for training. */
const sources = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 12 }).map(sizes => {
  const labels = Int32Array.from(sizes.flatMap((size, c) => Array.from({ length: size }, () => 7 * c)));
  return { labels, train: Int32Array.from(labels.keys()).filter(row => row % 5 !== 4) };
});

const options = (kind: BatchOptions["kind"]): BatchOptions => ({ kind, perClass: 4 });

describe("epochBatches", () => {
  it("uniform: every row once, some twice to fill the last batch, none twice in a batch", () => {
    fc.assert(
      fc.property(sources, fc.integer({ min: 2, max: 9 }), ({ labels, train }, size) => {
        const batch = Math.min(size, train.length);
        const batches = drawn(labels, train, batch, options("uniform"));
        expect([...new Set(batches.flat())].sort((a, b) => a - b)).toEqual([...train]);
        expect(batches.flat().length).toBeLessThan(train.length + batch);
        for (const rows of batches) expect(new Set(rows).size).toBe(batch);
      }),
      { seed: 1 },
    );
  });

  it("balanced: no row twice in a batch, and `perClass` of each class while classes last", () => {
    fc.assert(
      fc.property(sources, fc.integer({ min: 2, max: 9 }), ({ labels, train }, size) => {
        const batch = Math.min(size, train.length);
        for (const rows of drawn(labels, train, batch, { kind: "balanced", perClass: 2 })) {
          expect(new Set(rows).size).toBe(batch);
          expect(rows.every(row => train.includes(row))).toBe(true);
        }
      }),
      { seed: 2 },
    );
    // 300 classes of 5: a uniform batch of 16 holds few similar pairs, a balanced one 4 classes of 4
    const labels = Int32Array.from({ length: 1500 }, (_, row) => row % 300);
    const train = Int32Array.from(labels.keys());
    const seen = new Map<number, number>();
    for (const rows of drawn(labels, train, 16, options("balanced"))) {
      const counts = new Map<number, number>();
      for (const row of rows) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
      expect([...counts.values()]).toEqual([4, 4, 4, 4]);
      for (const label of counts.keys()) seen.set(label, (seen.get(label) ?? 0) + 1);
    }
    // 94 batches of 4 classes meet each of 300 once or twice
    expect(seen.size).toBe(300);
    expect(Math.max(...seen.values())).toBe(2);
  });

  it("pairs: half of the partners of the same class, from the whole class, never the item itself", () => {
    const labels = Int32Array.from({ length: 400 }, (_, row) => row % 4);
    const train = Int32Array.from(labels.keys());
    let similar = 0;
    let far = 0;
    const batches = drawn(labels, train, 40, options("pairs"));
    expect(batches.flatMap(rows => rows.slice(0, 20)).sort((a, b) => a - b)).toEqual(Array.from(train));
    for (const rows of batches) {
      for (let i = 0; i < 20; i++) {
        const [a, b] = [rows[i], rows[20 + i]];
        expect(a).not.toBe(b);
        if (labels[a] === labels[b]) similar++;
        if (labels[a] === labels[b] && Math.abs(a - b) > 40) far++;
      }
    }
    expect(similar / 400).toBeGreaterThan(0.42);
    expect(similar / 400).toBeLessThan(0.58);
    expect(far / similar).toBeGreaterThan(0.7); // not from the neighbourhood
  });

  it("pairs: a row without a partner of one kind gets one of the other", () => {
    const train = Int32Array.of(0, 1, 2, 3);
    for (const rows of drawn(Int32Array.of(0, 1, 2, 3), train, 4, options("pairs"))) {
      expect(rows[0] === rows[2] || rows[1] === rows[3]).toBe(false);
    }
    for (const rows of drawn(Int32Array.of(5, 5, 5, 5), train, 4, options("pairs"))) {
      expect(rows[0] === rows[2] || rows[1] === rows[3]).toBe(false);
    }
  });

  it("balanced: evens out the classes of multi-label items, of which each comes with the others that it has", () => {
    const classes = 12;
    const random = new Random(8);
    const data = Uint8Array.from({ length: 600 * classes }, (_, at) =>
      random.uniform() < 0.6 * Math.exp((-4 * (at % classes)) / classes) ? 1 : 0,
    );
    const labels = multiHotLabels({ data, shape: [600, classes] });
    const train = Int32Array.from({ length: 600 }, (_, row) => row);
    const countsOf = (kind: BatchOptions["kind"]): number[] => {
      const counts = new Array<number>(classes).fill(0);
      for (const batch of drawn(labels, train, 24, { kind, perClass: 2 })) {
        expect(new Set(batch).size).toBe(24);
        // two of each class that was drawn, at least: the batch's rows in the order drawn, two by two
        if (kind === "balanced") {
          for (let i = 0; i < 24; i += 2) {
            const both = Array.from(
              { length: classes },
              (_, c) => data[batch[i] * classes + c] & data[batch[i + 1] * classes + c],
            );
            expect(both).toContain(1);
          }
        }
        for (const row of batch) for (let c = 0; c < classes; c++) counts[c] += data[row * classes + c];
      }
      return counts;
    };
    const spread = (counts: number[]): number => Math.max(...counts) / Math.min(...counts);
    expect(spread(countsOf("balanced"))).toBeLessThan(spread(countsOf("uniform")) / 3);
  });

  it("knows multi-label items by any class they share", () => {
    // item 0 has classes 0 and 1, items 1 and 2 one of them, item 3 a third
    const labels = multiHotLabels({ data: Uint8Array.of(1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1), shape: [4, 3] });
    const train = Int32Array.of(0, 1, 2, 3);
    const partnersOf = (item: number): Set<number> => {
      const found = new Set<number>();
      for (let seed = 0; seed < 60; seed++) {
        const rows = epochBatches({ labels, train, batch: 8 }, options("pairs"), new Random(seed));
        found.add(rows[4 + rows.indexOf(item)]);
      }
      return found;
    };
    expect(partnersOf(0)).toEqual(new Set([1, 2, 3])); // 3 is its only dissimilar one
    expect(partnersOf(3).has(3)).toBe(false);
    const balanced = epochBatches({ labels, train, batch: 4 }, { kind: "balanced", perClass: 2 }, new Random(0));
    expect([...balanced].sort()).toEqual([0, 1, 2, 3]);
  });

  it("depends on the seed alone", () => {
    const labels = Int32Array.from({ length: 60 }, (_, row) => row % 6);
    const train = Int32Array.from(labels.keys());
    for (const kind of ["uniform", "balanced", "pairs"] as const) {
      expect(drawn(labels, train, 12, options(kind), 3)).toEqual(drawn(labels, train, 12, options(kind), 3));
      expect(drawn(labels, train, 12, options(kind), 4)).not.toEqual(drawn(labels, train, 12, options(kind), 3));
    }
  });

  it("refuses batches that cannot be", () => {
    const labels = Int32Array.of(0, 0, 1, 1);
    const train = Int32Array.of(0, 1, 2, 3);
    expect(() => drawn(labels, train, 3, options("pairs"))).toThrow(/even batch/);
    expect(() => drawn(Int32Array.of(0), Int32Array.of(0), 2, options("pairs"))).toThrow(/at least 2 train rows/);
    const none = multiHotLabels({ data: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), shape: [4, 2] });
    const few = (): Int32Array => epochBatches({ labels: none, train, batch: 2 }, options("balanced"), new Random(0));
    expect(few).toThrow(/at least 2 labelled train rows; found 1 of 4/);
  });
});
