import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainRamap, ramap } from "../../src/metrics/ramap.js";
import { grades, measuredBy } from "./ranked-case.js";

/** From the definition, over items with their distances. */
function naive(items: readonly { distance: number; relevant: boolean }[], bits: number, R: number, cost: boolean) {
  let sum = 0;
  for (let radius = 0; radius <= R; radius++) {
    const ball = items.filter(({ distance }) => distance <= radius);
    // Codes of so many bits within the radius of one, counted.
    const buckets = Array.from({ length: 2 ** bits }, (_, code) => code.toString(2).split("1").length - 1).filter(
      ones => ones <= radius,
    ).length;
    if (ball.length > 0) sum += ball.filter(({ relevant }) => relevant).length / ball.length / (cost ? buckets : 1);
  }
  return sum / (R + 1);
}

describe.each([
  ["ramap", ramap, true],
  ["ramap-plain", plainRamap, false],
] as const)("%s", (_, metric, cost) => {
  it("is the mean over radii, up to bits or the cutoff", () => {
    const cutoffs = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined });
    fc.assert(
      fc.property(grades({ groups: 8, items: 5 }), cutoffs, (groups, cutoff) => {
        const bits = groups.length - 1;
        const items = groups.flatMap((group, distance) => group.map(shared => ({ distance, relevant: shared > 0 })));
        const expected = naive(items, bits, Math.min(cutoff ?? bits, bits), cost);
        expect(measuredBy(metric, groups, cutoff)).toBeCloseTo(expected, 12);
      }),
    );
  });
});
