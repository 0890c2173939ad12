import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachHypergeometric } from "../../src/metrics/hypergeometric.js";

function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let value = 1;
  for (let i = 0; i < k; i++) value = (value * (n - i)) / (i + 1);
  return value;
}

function chances(items: number, marked: number, drawn: number): Map<number, number> {
  const found = new Map<number, number>();
  eachHypergeometric({ items, marked, drawn }, (hits, chance) => {
    expect(found.has(hits)).toBe(false);
    found.set(hits, chance);
  });
  return found;
}

describe("eachHypergeometric", () => {
  it("visits every number with its chance", () => {
    const drawings = fc.nat({ max: 25 }).chain(items => {
      return fc.tuple(fc.constant(items), fc.nat({ max: items }), fc.nat({ max: items }));
    });
    fc.assert(
      fc.property(drawings, ([items, marked, drawn]) => {
        const found = chances(items, marked, drawn);
        for (let hits = 0; hits <= items; hits++) {
          const expected = (choose(marked, hits) * choose(items - marked, drawn - hits)) / choose(items, drawn);
          expect(found.get(hits) ?? 0).toBeCloseTo(expected, 12);
        }
      }),
    );
  });

  it("neither overflows nor loses anything among many", () => {
    const found = chances(200_000, 90_000, 50_000);
    const mean = [...found].reduce((sum, [hits, chance]) => sum + hits * chance, 0);
    expect([...found.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(mean).toBeCloseTo((50_000 * 90_000) / 200_000, 6);
  });
});
