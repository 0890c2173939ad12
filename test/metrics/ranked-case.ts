import fc from "fast-check";
import { harmonicNumbers } from "../../src/metrics/average-precision.js";
import type { Metric, MetricContext } from "../../src/metrics/metric.js";
import type { QueryRanking } from "../../src/ranking/query-ranking.js";

/** Labels shared by item, in tie groups, best group first. */
export type Grades = readonly (readonly number[])[];

/** A ranking that has at least one relevant item. */
export const grades = (most: { groups: number; items: number }): fc.Arbitrary<Grades> =>
  fc
    .array(fc.array(fc.nat({ max: 3 }), { maxLength: most.items }), { minLength: 1, maxLength: most.groups })
    .filter(groups => groups.flat().some(shared => shared > 0));

/** What a metric is given of it. */
export function rankingOf(groups: Grades): QueryRanking {
  const flat = groups.flat();
  return {
    groups: {
      sizes: Uint32Array.from(groups, group => group.length),
      relevant: Uint32Array.from(groups, group => group.filter(shared => shared > 0).length),
    },
    relevantRanks: Int32Array.from(flat.flatMap((shared, place) => (shared > 0 ? [place + 1] : []))),
    gains: Uint16Array.from(flat.filter(shared => shared > 0)),
  };
}

/** The value of a metric. */
export function measuredBy(metric: Metric, groups: Grades, cutoff?: number): number | undefined {
  const items = groups.flat().length;
  const discounts = new Float64Array(items + 1);
  for (let i = 1; i <= items; i++) discounts[i] = discounts[i - 1] + 1 / Math.log2(i + 1);
  const context: MetricContext = { cutoff, harmonic: harmonicNumbers(items), discounts };
  return metric.perQuery(rankingOf(groups), context);
}

/** The mean over all orders of tied items of a measure of an order without ties. */
export function overOrders(groups: Grades, measure: (ranked: readonly number[]) => number): number {
  const orders = groups.reduce<number[][]>(
    (heads, group) => heads.flatMap(head => permutations(group).map(tail => [...head, ...tail])),
    [[]],
  );
  return orders.reduce((sum, ranked) => sum + measure(ranked), 0) / orders.length;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map(rest => [item, ...rest]));
}
