import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acg } from "../../src/metrics/acg.js";
import { grades, measuredBy, overOrders } from "./ranked-case.js";

describe("acg", () => {
  it("is the mean over all orders of tied items of the labels shared in the first places", () => {
    fc.assert(
      fc.property(grades({ groups: 3, items: 4 }), fc.integer({ min: 1, max: 14 }), (groups, cutoff) => {
        const naive = (ranked: readonly number[]): number => {
          const first = ranked.slice(0, cutoff);
          return first.reduce((sum, shared) => sum + shared, 0) / first.length;
        };
        expect(measuredBy(acg, groups, cutoff)).toBeCloseTo(overOrders(groups, naive), 12);
      }),
    );
  });

  it("is not bounded by 1", () => {
    expect(measuredBy(acg, [[3], [2], [0]], 2)).toBe(2.5);
  });
});
