import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldsLike, productFold } from "../../src/challenge/product-folds.js";
import { InputError } from "../../src/core/errors.js";
import { Random } from "../../src/core/random.js";

/** Rows of product p (label 7 p), sizes[p] of them, in random order, with some unknown ones between. */
function labelsOf(sizes: readonly number[], unknown: number, seed: number): Int32Array {
  const ordered = sizes.flatMap((size, p) => Array.from({ length: size }, () => 7 * p));
  const all = [...ordered, ...Array.from({ length: unknown }, () => -1)];
  return Int32Array.from(new Random(seed).permutation(all.length), at => all[at]);
}

const cases = fc
  .record({
    // The first product has two images or more, but may lie in another fold: some folds have no query.
    sizes: fc.array(fc.integer({ min: 2, max: 23 }), { minLength: 2, maxLength: 25 }),
    singles: fc.integer({ min: 0, max: 4 }),
    unknown: fc.integer({ min: 0, max: 5 }),
    of: fc.integer({ min: 2, max: 6 }),
    seed: fc.integer({ min: -3, max: 50 }),
  })
  .filter(({ sizes, of }) => of <= sizes.length)
  .map(({ sizes, singles, ...rest }) => ({ ...rest, sizes: [...sizes, ...Array<number>(singles).fill(1)] }));

describe("productFold", () => {
  it("holds each product out exactly once, and never trains on what it searches", () => {
    fc.assert(
      fc.property(cases, ({ sizes, unknown, of, seed }) => {
        const labels = labelsOf(sizes, unknown, seed);
        const known = [...labels.keys()].filter(row => labels[row] >= 0);
        const heldBy = new Map<number, number>();
        for (let fold = 1; fold <= of; fold++) {
          let made: ReturnType<typeof productFold>;
          try {
            made = productFold(labels, { fold, of, seed });
          } catch (error) {
            expect((error as Error).message).toContain("nothing to search with");
            expect(sizes.filter(size => size === 1).length).toBeGreaterThan(0);
            return;
          }
          const { train, query, gallery } = made;
          // Every known row exactly once, every list ascending.
          expect([...train, ...query, ...gallery].sort((a, b) => a - b)).toEqual(known);
          for (const list of [train, query, gallery]) expect([...list]).toEqual([...list].sort((a, b) => a - b));
          const trained = new Set(Array.from(train, row => labels[row]));
          const held = new Set(Array.from([...query, ...gallery], row => labels[row]));
          for (const label of held) {
            expect(trained.has(label)).toBe(false);
            expect(heldBy.has(label)).toBe(false);
            heldBy.set(label, fold);
          }
          expect(Math.abs(held.size - sizes.length / of)).toBeLessThan(1);
        }
        expect(heldBy.size).toBe(sizes.length);
      }),
      { seed: 11 },
    );
  });

  it("searches with about a fifth of each held-out product, and leaves some of each to be found", () => {
    fc.assert(
      fc.property(cases, ({ sizes, unknown, of, seed }) => {
        const labels = labelsOf(sizes, unknown, seed);
        let made: ReturnType<typeof productFold>;
        try {
          made = productFold(labels, { fold: 1, of, seed });
        } catch {
          return; // The property above checks when that happens.
        }
        const count = (rows: Int32Array, p: number): number => rows.filter(row => labels[row] === 7 * p).length;
        for (const [p, size] of sizes.entries()) {
          const [queries, found] = [count(made.query, p), count(made.gallery, p)];
          if (queries + found === 0) continue;
          expect(queries + found).toBe(size);
          if (size === 1) expect(queries).toBe(0);
          else {
            expect(queries).toBeGreaterThanOrEqual(1);
            expect(found).toBeGreaterThanOrEqual(1);
            expect(Math.abs(queries - size / 5)).toBeLessThanOrEqual(0.8);
          }
        }
      }),
      { seed: 12 },
    );
  });

  it("follows from labels and seed alone", () => {
    const labels = labelsOf(Array<number>(30).fill(10), 0, 1);
    const one = productFold(labels, { fold: 2, of: 5, seed: 4 });
    expect(productFold(labels.slice(), { fold: 2, of: 5, seed: 4 })).toEqual(one);
    expect(productFold(labels, { fold: 2, of: 5, seed: 5 })).not.toEqual(one);
    expect(productFold(labels, { fold: 2, of: 5 })).toEqual(productFold(labels, { fold: 2, of: 5, seed: 0 }));
    // Which images of a product are queries does not depend on the number of folds.
    const queriesOf = (of: number): Set<number> =>
      new Set(
        Array.from({ length: of }, (_, i) => i + 1).flatMap(fold => [...productFold(labels, { fold, of }).query]),
      );
    expect(queriesOf(3)).toEqual(queriesOf(5));
  });

  it("is random among products and among images", () => {
    // Products in order of label, images in order of row: means of a random choice are near the middle.
    const labels = Int32Array.from({ length: 4000 }, (_, row) => Math.floor(row / 20));
    const { query, gallery } = productFold(labels, { fold: 1, of: 4, seed: 9 });
    const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    // 50 products of 0..199: standard deviation of the mean about 7. 200 places of 0..19: about 0.4.
    expect(Math.abs(mean([...query, ...gallery].map(row => labels[row])) - 99.5)).toBeLessThan(25);
    expect(Math.abs(mean(Array.from(query, row => row % 20)) - 9.5)).toBeLessThan(1.6);
  });

  it("searches with what a test would search with, where that is known", () => {
    const labels = labelsOf([5, 4, 6, 3, 1], 3, 2);
    const searchedAs = Array.from(labels, (_, row) => (row % 3 === 1 ? ("query" as const) : ("gallery" as const)));
    const plain = productFold(labels, { fold: 2, of: 2 });
    const made = productFold(labels, { fold: 2, of: 2, searchedAs });
    expect(made.train).toEqual(plain.train);
    const held = [...plain.query, ...plain.gallery].sort((a, b) => a - b);
    expect([...made.query]).toEqual(held.filter(row => searchedAs[row] === "query"));
    expect([...made.gallery]).toEqual(held.filter(row => searchedAs[row] === "gallery"));
    const none = searchedAs.map(() => "gallery" as const);
    expect(() => productFold(labels, { fold: 2, of: 2, searchedAs: none })).toThrow("a held-out product with a query");
  });

  it("bounds its options", () => {
    const labels = Int32Array.of(0, 0, 1, 1, 2, 2);
    for (const of of [0, 1, 1.5, 4, Number.NaN]) {
      expect(() => productFold(labels, { fold: 1, of })).toThrow(/number of folds is out of bounds; .* 3; found/);
    }
    for (const fold of [0, 4, 2.5, -1]) {
      expect(() => productFold(labels, { fold, of: 3 })).toThrow(/fold is out of bounds; .* 1 to 3; found/);
    }
    expect(() => productFold(labels, { fold: 1, of: 2, seed: 0.5 })).toThrow("no whole number");
    const lonely = Int32Array.of(0, 1, 2, 3, -1, -1);
    expect(() => productFold(lonely, { fold: 1, of: 2 })).toThrow(InputError);
    expect(() => productFold(lonely, { fold: 1, of: 2 })).toThrow("2 products with one image each");
  });
});

describe("foldsLike", () => {
  const labels = labelsOf(Array<number>(40).fill(3), 5, 1);
  it("holds out about as many products as the test has", () => {
    expect(
      foldsLike(
        labels,
        Int32Array.from({ length: 30 }, (_, row) => row % 10),
      ),
    ).toBe(4);
    expect(
      foldsLike(
        labels,
        Int32Array.from({ length: 30 }, (_, row) => row % 9),
      ),
    ).toBe(4);
    expect(
      foldsLike(
        labels,
        Int32Array.from({ length: 90 }, (_, row) => row % 90),
      ),
    ).toBe(2);
    expect(foldsLike(labels, Int32Array.of(-1, -1))).toBe(5);
    expect(foldsLike(labels)).toBe(5);
  });
});
