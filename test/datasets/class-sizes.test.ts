import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classSizes } from "../../src/datasets/class-sizes.js";

describe("classSizes", () => {
  it("counts every class in exactly one bin", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }), counts => {
        const { classes, empty, quartiles, histogram } = classSizes(counts);
        expect(classes + empty).toBe(counts.length);
        expect(empty).toBe(counts.filter(count => count === 0).length);
        expect(histogram.length).toBeLessThanOrEqual(10);
        for (const { from, to, classes: held } of histogram) {
          expect(held).toBe(counts.filter(count => count > 0 && count >= from && count <= to).length);
        }
        expect(histogram.reduce((sum, bin) => sum + bin.classes, 0)).toBe(classes);
        expect(quartiles.length).toBe(classes === 0 ? 0 : 5);
        if (classes > 0) {
          const known = counts.filter(count => count > 0);
          expect([quartiles[0], quartiles[4]]).toEqual([Math.min(...known), Math.max(...known)]);
          expect(known.filter(count => count <= quartiles[2]).length * 2).toBeGreaterThanOrEqual(classes);
        }
      }),
      { seed: 2 },
    );
  });

  it("has NumPy's quartiles", () => {
    // numpy.percentile([1, 2, 4, 8, 16, 3], [0, 25, 50, 75, 100])
    expect(classSizes([1, 2, 4, 8, 16, 3, 0]).quartiles).toEqual([1, 2.25, 3.5, 7, 16]);
  });
});
