import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecision, tieAwareAveragePrecision } from "../../src/metrics/average-precision.js";
import { averagePrecisionBounds } from "../../src/metrics/average-precision-bounds.js";
import type { TieGroups } from "../../src/ranking/distance-histogram.js";

type Group = readonly boolean[];

const groupsOf = (groups: readonly Group[]): TieGroups => ({
  sizes: Uint32Array.from(groups, group => group.length),
  relevant: Uint32Array.from(groups, group => group.filter(Boolean).length),
});

/** Average precision of one order, groups one after the other. */
function apOf(order: readonly Group[], cutoff?: number): number {
  const ranks = order.flat().flatMap((relevant, place) => (relevant ? [place + 1] : []));
  return averagePrecision(Int32Array.from(ranks), { cutoff });
}

function permutations(items: Group): boolean[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map(rest => [item, ...rest]));
}

const cutoffs = fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined });

describe("averagePrecisionBounds", () => {
  it("are the largest and the smallest AP over all orders of tied items, at any cutoff", () => {
    const small = fc.array(fc.array(fc.boolean(), { maxLength: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(small, cutoffs, (groups, cutoff) => {
        const orders = groups.reduce<boolean[][][]>(
          (heads, group) => heads.flatMap(head => permutations(group).map(tail => [...head, tail])),
          [[]],
        );
        const all = orders.map(order => apOf(order, cutoff));
        const { optimistic, pessimistic } = averagePrecisionBounds(groupsOf(groups), { cutoff });
        expect(optimistic).toBeCloseTo(Math.max(...all), 12);
        expect(pessimistic).toBeCloseTo(Math.min(...all), 12);
      }),
    );
  });

  it("enclose the tie-aware AP in large ties", () => {
    const large = fc.array(fc.array(fc.boolean(), { maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(large, cutoffs, (groups, cutoff) => {
        const { optimistic, pessimistic } = averagePrecisionBounds(groupsOf(groups), { cutoff });
        const first = groups.map(group => [...group].sort((a, b) => Number(b) - Number(a)));
        const last = groups.map(group => [...group].sort((a, b) => Number(a) - Number(b)));
        expect(optimistic).toBeCloseTo(apOf(first, cutoff), 12);
        expect(pessimistic).toBeCloseTo(apOf(last, cutoff), 12);
        const expected = tieAwareAveragePrecision(groupsOf(groups), { cutoff });
        expect(expected).toBeLessThanOrEqual(optimistic + 1e-12);
        expect(expected).toBeGreaterThanOrEqual(pessimistic - 1e-12);
      }),
    );
  });
});
