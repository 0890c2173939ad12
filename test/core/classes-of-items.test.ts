import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classesOf, sharedClasses, withUnknown } from "../../src/core/classes-of-items.js";
import { isLabelled, multiHotLabels } from "../../src/core/labels.js";

/** Sets of classes below 70: in words of which the last is not full, and bit 31 is used. */
const sets = fc.array(fc.uniqueArray(fc.nat({ max: 69 }), { maxLength: 6 }), { minLength: 1, maxLength: 6 });
const labelsOf = (rows: readonly (readonly number[])[]) =>
  multiHotLabels({
    data: Uint8Array.from(rows.flatMap(row => Array.from({ length: 70 }, (_, c) => Number(row.includes(c))))),
    shape: [rows.length, 70],
  });

describe("classes of items", () => {
  it("are those of the sets, and shared ones those of both", () => {
    fc.assert(
      fc.property(sets, rows => {
        const labels = labelsOf(rows);
        const ascending = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);
        rows.forEach((row, i) => {
          expect(classesOf(labels, i)).toEqual(ascending(row));
          rows.forEach((other, j) => {
            expect(sharedClasses(labels, i, j)).toEqual(ascending(row.filter(c => other.includes(c))));
          });
        });
      }),
    );
  });

  it("are none where the class is not known", () => {
    const single = Int32Array.of(3, -1, 3);
    expect([0, 1].map(row => classesOf(single, row))).toEqual([[3], []]);
    expect([sharedClasses(single, 0, 2), sharedClasses(single, 1, 1)]).toEqual([[3], []]);
  });

  it("are taken from some rows", () => {
    expect(withUnknown(Int32Array.of(3, 4), [1])).toEqual(Int32Array.of(3, -1));
    const labels = withUnknown(labelsOf([[1], [40, 69], [2]]), Int32Array.of(1));
    expect([0, 1, 2].map(row => isLabelled(labels, row))).toEqual([true, false, true]);
    expect(classesOf(labels, 2)).toEqual([2]);
  });
});
