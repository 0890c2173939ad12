import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { queryClasses, queryClassesText, queryClassesWord } from "../../src/datasets/query-classes.js";

describe("queryClasses", () => {
  it("counts by hand, one class an item or several", () => {
    const items = fc.array(fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (sets, a, b) => {
        const rows = Int32Array.from(sets.keys());
        const [query, learned] = [rows.subarray(0, a), rows.subarray(b)];
        const has = (list: Int32Array, label: number): boolean => [...list].some(row => sets[row][label]);
        const asked = [0, 1, 2, 3, 4].filter(label => has(query, label));
        const expected = { count: asked.length, learned: asked.filter(label => has(learned, label)).length };
        const labels = multiHotLabels({ data: Uint8Array.from(sets.flat(), Number), shape: [sets.length, 5] });
        expect(queryClasses(labels, query, learned)).toEqual(expected);
        const first = Int32Array.from(sets, set => set.indexOf(true)); // −1 where there is none
        const single = [...new Set(query.map(row => first[row]))].filter(label => label >= 0);
        expect(queryClasses(first, query, learned)).toEqual({
          count: single.length,
          learned: single.filter(label => [...learned].some(row => first[row] === label)).length,
        });
      }),
      { seed: 3 },
    );
  });

  it("says what a result is of", () => {
    expect(queryClassesText({ count: 3, learned: 0 })).toBe("classes of the queries: never trained on (3)");
    expect(queryClassesText({ count: 10, learned: 10 })).toMatch(
      /all 10 trained on.*what a classifier predicts is the baseline/,
    );
    expect(queryClassesText({ count: 10, learned: 7 })).toMatch(/7 of 10 trained on/);
    const words = [0, 10, 7].map(learned => queryClassesWord({ count: 10, learned }));
    expect(words).toEqual(["new", "seen", "7 of 10 seen"]);
  });
});
