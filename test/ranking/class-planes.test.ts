import fc from "fast-check";
import { expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { classPlanes } from "../../src/ranking/class-planes.js";

const matrix = (classes: number) =>
  fc.array(fc.array(fc.constantFrom(0, 0, 1), { minLength: classes, maxLength: classes }), {
    minLength: 1,
    maxLength: 150,
  });
const sides = fc.integer({ min: 1, max: 70 }).chain(classes => fc.tuple(matrix(classes), matrix(classes)));
const labelsOf = (rows: number[][]) =>
  multiHotLabels({ data: Uint8Array.from(rows.flat()), shape: [rows.length, rows[0].length] });

it("tells for each query, class by class, which items have it", () => {
  fc.assert(
    fc.property(sides, ([queries, database]) => {
      const { planes, perQuery, most } = classPlanes(labelsOf(queries), labelsOf(database));
      const words = 2 * Math.ceil(database.length / 64);
      const counts = queries.map((query, q) => {
        const rows = [...perQuery.subarray(perQuery[2 * q] / 4, perQuery[2 * q + 1] / 4)];
        const found = rows.map(byte => database.map((_, i) => (planes[byte / 4 + (i >> 5)] >>> (i & 31)) & 1));
        const classes = query.flatMap((has, c) => (has ? [c] : []));
        expect(found).toEqual(classes.map(c => database.map(item => item[c])));
        return found.flat().filter(bit => bit === 1).length;
      });
      expect(most).toBe(Math.min(database.length, Math.max(...counts)));
      // Nothing past the last item.
      const past = [...planes].filter(
        (word, at) => at % words === words - 1 && (database.length - 1) >> 5 < words - 1 && word !== 0,
      );
      expect(past).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
