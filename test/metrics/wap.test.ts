import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wap } from "../../src/metrics/wap.js";
import { grades, measuredBy, overOrders } from "./ranked-case.js";

/** From the definition, of an order without ties. */
function naive(ranked: readonly number[], cutoff = ranked.length): number {
  const values: number[] = [];
  for (let place = 0; place < Math.min(cutoff, ranked.length); place++) {
    const first = ranked.slice(0, place + 1);
    if (ranked[place] > 0) values.push(first.reduce((sum, shared) => sum + shared, 0) / first.length);
  }
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}

describe("wap", () => {
  it("is the mean over all orders of tied items, the cutoff inside of a tie or not", () => {
    const cutoffs = fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined });
    fc.assert(
      fc.property(grades({ groups: 3, items: 4 }), cutoffs, (groups, cutoff) => {
        expect(measuredBy(wap, groups, cutoff)).toBeCloseTo(
          overOrders(groups, ranked => naive(ranked, cutoff)),
          11,
        );
      }),
      { numRuns: 150 },
    );
  });

  it("divides by the relevant items found, 0 where there are none", () => {
    expect(measuredBy(wap, [[0], [3], [1]], 2)).toBeCloseTo(3 / 2, 14);
    expect(measuredBy(wap, [[0], [0], [1]], 2)).toBe(0);
  });

  it("is finite where a tie holds tens of thousands", () => {
    const crowd = [[1], Array.from({ length: 60_000 }, (_, i) => (i % 3 === 0 ? 2 : 0))];
    // Of the places behind the first a third are relevant, 2 labels each: ACG tends to 2/3.
    expect(measuredBy(wap, crowd, 30_000)).toBeCloseTo(2 / 3, 2);
  });
});
