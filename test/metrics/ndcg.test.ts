import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linearNdcg, ndcg } from "../../src/metrics/ndcg.js";
import { grades, measuredBy, overOrders, rankingOf } from "./ranked-case.js";

/** From the definition, of an order without ties. */
function naive(ranked: readonly number[], gain: (shared: number) => number, cutoff = ranked.length): number {
  const cumulated = (order: readonly number[]): number =>
    order.slice(0, cutoff).reduce((sum, shared, i) => sum + gain(shared) / Math.log2(i + 2), 0);
  return cumulated(ranked) / cumulated([...ranked].sort((a, b) => b - a));
}

const cutoffs = fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined });

describe.each([
  ["ndcg", ndcg, (shared: number) => 2 ** shared - 1],
  ["ndcg-linear", linearNdcg, (shared: number) => shared],
] as const)("%s", (_, metric, gain) => {
  it("is the mean over all orders of tied items, at any cutoff", () => {
    fc.assert(
      fc.property(grades({ groups: 3, items: 4 }), cutoffs, (groups, cutoff) => {
        const expected = overOrders(groups, ranked => naive(ranked, gain, cutoff));
        expect(measuredBy(metric, groups, cutoff)).toBeCloseTo(expected, 12);
      }),
    );
  });

  it("is 1 for the best order, and does not depend on the order within a tie", () => {
    expect(measuredBy(metric, [[3], [2], [2], [1], [0]])).toBeCloseTo(1, 14);
    expect(measuredBy(metric, [[0, 3, 1], [2]], 2)).toBeCloseTo(measuredBy(metric, [[3, 1, 0], [2]], 2)!, 14);
    expect(measuredBy(metric, [[0], [1, 3]])).toBeLessThan(1);
  });

  it("refuses a ranking without gains", () => {
    const { gains: _gains, ...ranking } = rankingOf([[1]]);
    const context = { harmonic: new Float64Array(2), discounts: new Float64Array(2) };
    expect(() => metric.perQuery(ranking, context)).toThrow(/graded: true/);
  });
});
