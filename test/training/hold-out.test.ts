import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasClass, multiHotLabels } from "../../src/core/labels.js";
import { holdOut } from "../../src/training/hold-out.js";

const classSizes = fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 4, maxLength: 9 });
const labelsOf = (sizes: readonly number[]): Int32Array =>
  Int32Array.from(sizes.flatMap((size, c) => Array.from({ length: size }, () => 3 * c)));

describe("holdOut", () => {
  it("by items: a part of each class, the rest trains and is the database", () => {
    fc.assert(
      fc.property(classSizes, fc.constantFrom(0.1, 0.3, 0.5), (sizes, fraction) => {
        const labels = labelsOf(sizes);
        const { train, query, database } = holdOut(labels, { fraction });
        expect([...train, ...query].sort((a, b) => a - b)).toEqual([...labels.keys()]);
        expect(database).toEqual(train);
        sizes.forEach((size, c) => {
          const held = query.filter(row => labels[row] === 3 * c).length;
          expect(held).toBe(Math.min(size - 1, Math.max(1, Math.round(fraction * size))));
        });
      }),
      { seed: 5 },
    );
  });

  it("by classes: no class is on both sides, and held ones are searched with and in", () => {
    fc.assert(
      fc.property(classSizes, fc.constantFrom(0.1, 0.5), (sizes, fraction) => {
        const labels = labelsOf(sizes);
        const { train, query, database } = holdOut(labels, { fraction, by: "classes" });
        expect([...train, ...query, ...database].sort((a, b) => a - b)).toEqual([...labels.keys()]);
        const classesOf = (rows: Int32Array): Set<number> => new Set(rows.map(row => labels[row]));
        expect(classesOf(query)).toEqual(classesOf(database));
        for (const label of classesOf(query)) expect(classesOf(train).has(label)).toBe(false);
        expect(classesOf(query).size).toBe(Math.max(2, Math.round(fraction * sizes.length)));
      }),
      { seed: 6 },
    );
  });

  it("depends on the seed, and takes multi-label items by items only", () => {
    const labels = labelsOf([20, 20, 20]);
    expect(holdOut(labels, { fraction: 0.2 })).toEqual(holdOut(labels, { fraction: 0.2, seed: 0 }));
    expect(holdOut(labels, { fraction: 0.2, seed: 1 })).not.toEqual(holdOut(labels, { fraction: 0.2 }));
    const multi = multiHotLabels({ data: Uint8Array.from({ length: 40 }, (_, i) => i % 2), shape: [20, 2] });
    expect(holdOut(multi, { fraction: 0.2 }).query).toHaveLength(4);
    const shares = [0, 1].map(
      c => holdOut(multi, { fraction: 0.2 }).query.filter(row => hasClass(multi, row, c)).length,
    );
    expect(shares).toEqual([0, 4]); // class 0 has no item, class 1 all
    expect(() => holdOut(multi, { fraction: 0.2, by: "classes" })).toThrow(/overlap/);
  });

  it("takes classes of more rows than a call takes arguments", () => {
    const labels = Int32Array.from({ length: 800_000 }, (_, row) => row % 4);
    expect(holdOut(labels, { fraction: 0.8 }).query).toHaveLength(640_000);
    const byClasses = holdOut(labels, { fraction: 0.5, by: "classes" });
    expect(byClasses.query.length + byClasses.database.length).toBe(400_000);
  });

  it("refuses what leaves nothing", () => {
    for (const fraction of [0, 1, Number.NaN]) expect(() => holdOut(labelsOf([4, 4]), { fraction })).toThrow(/bounds/);
    expect(() => holdOut(Int32Array.of(0, 1, 2), { fraction: 0.3 })).toThrow(/0 queries/);
    expect(() => holdOut(Int32Array.of(0, 0, 0), { fraction: 0.3, by: "classes" })).toThrow(/by classes/);
    expect(() => holdOut(labelsOf([5, 5, 5]), { fraction: 0.3, by: "classes" })).toThrow(/four classes or more/);
  });
});
