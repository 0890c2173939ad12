import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { precision } from "../../src/metrics/precision.js";
import { grades, measuredBy, overOrders } from "./ranked-case.js";

describe("precision", () => {
  it("is the mean over all orders of tied items", () => {
    fc.assert(
      fc.property(grades({ groups: 3, items: 4 }), fc.integer({ min: 1, max: 14 }), (groups, cutoff) => {
        const naive = (ranked: readonly number[]): number => {
          const first = ranked.slice(0, cutoff);
          return first.filter(shared => shared > 0).length / first.length;
        };
        expect(measuredBy(precision, groups, cutoff)).toBeCloseTo(overOrders(groups, naive), 12);
      }),
    );
  });
});
