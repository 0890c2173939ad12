import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { pairedTest } from "../../src/metrics/paired-test.js";

/** Share of the ways to exchange the two methods, query by query, that give at least the observed difference. */
function naive(a: number[], b: number[]): number {
  const ways = (i: number): number[] =>
    i === a.length ? [0] : ways(i + 1).flatMap(rest => [rest + a[i] - b[i], rest + b[i] - a[i]]);
  const observed = Math.abs(a.reduce((sum, x, i) => sum + x - b[i], 0));
  const all = ways(0);
  return all.filter(sum => Math.abs(sum) >= observed - 1e-9).length / all.length;
}

describe("pairedTest", () => {
  it("counts all exchanges of few queries", () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(pairs, values => {
        const [a, b] = [values.map(v => v[0]), values.map(v => v[1])];
        const { pValue, difference } = pairedTest(a, b);
        expect(pValue).toBeCloseTo(naive(a, b), 12);
        expect(difference).toBeCloseTo(a.reduce((sum, x, i) => sum + x - b[i], 0) / a.length, 12);
        expect(pairedTest(b, a).pValue).toBe(pValue);
      }),
      { numRuns: 60 },
    );
  });

  it("draws exchanges of many, near the exact share", () => {
    const random = new Random(2);
    const a = Array.from(random.uniforms(12));
    const b = a.map(x => x + 0.35 * (random.uniform() - 0.35));
    const exact = naive(a, b);
    const drawn = pairedTest(a, b, { permutations: 4000, seed: 9 });
    expect(exact).toBeGreaterThan(0.001);
    expect(exact).toBeLessThan(0.9);
    expect(Math.abs(drawn.pValue - exact)).toBeLessThan(0.03);
    expect(pairedTest(a, b, { permutations: 4000, seed: 9 })).toEqual(drawn);
  });

  it("finds a clear difference, and none between equal methods", () => {
    const random = new Random(4);
    const a = random.uniforms(200);
    const better = a.map(x => x + 0.05 + 0.01 * random.uniform());
    const clear = pairedTest(better, a);
    expect(clear.pValue).toBe(1 / 10_001);
    expect(clear.low).toBeGreaterThan(0.05);
    expect(pairedTest(a, a)).toEqual({ difference: 0, low: 0, high: 0, pValue: 1 });
    expect(() => pairedTest([1], [1, 2])).toThrow(/same queries only.*found 1 and 2/);
  });
});
