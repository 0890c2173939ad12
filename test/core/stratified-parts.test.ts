import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classesOf } from "../../src/core/classes-of-items.js";
import type { MultiHotLabels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { stratifiedParts } from "../../src/core/stratified-parts.js";

/** Labels as COCO's: one common class, the others rarer and rarer. */
function drawnLabels(count: number, classes: number, seed: number): MultiHotLabels {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: count * classes }, (_, at) =>
    random.uniform() < 0.6 * Math.exp((-4 * (at % classes)) / classes) ? 1 : 0,
  );
  return multiHotLabels({ data, shape: [count, classes] });
}

const everyRow = (count: number): Int32Array => Int32Array.from({ length: count }, (_, row) => row);

/** How far each class' count in the first part is from its share, summed over classes. */
function deviation(labels: MultiHotLabels, part: Int32Array): number {
  const counts = (rows: Int32Array): number[] => {
    const found = new Array<number>(labels.classes).fill(0);
    for (const row of rows) for (const label of classesOf(labels, row)) found[label]++;
    return found;
  };
  const all = counts(everyRow(labels.count));
  return counts(part).reduce((sum, n, label) => sum + Math.abs(n - (all[label] * part.length) / labels.count), 0);
}

describe("stratifiedParts", () => {
  const cases = fc.record({
    count: fc.integer({ min: 2, max: 80 }),
    classes: fc.integer({ min: 2, max: 40 }),
    seed: fc.nat(1000),
    fraction: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it("deals every row once, to parts of exactly the sizes asked for, and the same with the same seed", () => {
    fc.assert(
      fc.property(cases, ({ count, classes, seed, fraction }) => {
        const labels = drawnLabels(count, classes, seed);
        const first = Math.round(fraction * count);
        const parts = stratifiedParts(labels, everyRow(count), [first, count - first], new Random(seed));
        expect(parts.map(part => part.length)).toEqual([first, count - first]);
        expect([...parts[0], ...parts[1]].sort((a, b) => a - b)).toEqual([...everyRow(count)]);
        for (const part of parts) expect([...part]).toEqual([...part].sort((a, b) => a - b));
        expect(stratifiedParts(labels, everyRow(count), [first, count - first], new Random(seed))).toEqual(parts);
      }),
      { seed: 1 },
    );
  });

  it("gives each class its share within a row where rows have one class", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 }), { minLength: 2, maxLength: 60 }), fc.nat(100), (list, seed) => {
        const labels = Int32Array.from(list);
        const first = Math.floor(list.length / 3);
        const [part] = stratifiedParts(labels, everyRow(list.length), [first, list.length - first], new Random(seed));
        for (const label of new Set(list)) {
          const size = list.filter(one => one === label).length;
          const held = part.filter(row => labels[row] === label).length;
          // a class whose last rows find one part full is the only one that can be off by more
          expect(Math.abs(held - (size * first) / list.length)).toBeLessThan(2);
        }
      }),
      { seed: 2 },
    );
  });

  it("spreads classes of several-label rows far more evenly than chance does", () => {
    let [stratified, random] = [0, 0];
    for (let seed = 0; seed < 10; seed++) {
      const labels = drawnLabels(400, 30, seed);
      const [part] = stratifiedParts(labels, everyRow(400), [80, 320], new Random(seed));
      stratified += deviation(labels, part);
      random += deviation(labels, new Random(seed).permutation(400).slice(0, 80));
    }
    expect(stratified).toBeLessThan(random / 3);
  });

  it("takes rows of some, and refuses sizes that do not fit them", () => {
    const labels = drawnLabels(30, 5, 1);
    const rows = Int32Array.of(3, 9, 12, 20);
    const parts = stratifiedParts(labels, rows, [1, 2, 1], new Random(0));
    expect([...parts.flatMap(part => [...part])].sort((a, b) => a - b)).toEqual([...rows]);
    expect(() => stratifiedParts(labels, rows, [1, 2], new Random(0))).toThrow(/sizes of 4 in all; found 3/);
  });
});
