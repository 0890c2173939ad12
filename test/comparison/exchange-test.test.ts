import { describe, expect, it } from "vitest";
import { exchangeTest } from "../../src/comparison/exchange-test.js";
import { pairsOf } from "../../src/comparison/pairs.js";
import { Random } from "../../src/core/random.js";
import { pairedTest } from "../../src/metrics/paired-test.js";

const table = (entries: number, queries: number, seed: number): Float64Array[] =>
  Array.from({ length: entries }, (_, m) => {
    const random = new Random(seed).stream(`entry ${m}`);
    return Float64Array.from(random.uniforms(queries, 0.1 * m, 1));
  });

describe("exchange test", () => {
  it("gives each pair the p of the test of two, where all exchanges are tried", () => {
    const values = table(3, 9, 1);
    const found = exchangeTest(values, { draws: 512, seed: 0 });
    pairsOf(3).forEach(([a, b], p) => {
      expect(found[p].pValue).toBeCloseTo(pairedTest(values[a], values[b], { permutations: 512 }).pValue, 12);
    });
  });

  it("corrects by the largest of all pairs under the same signs, as a loop over all exchanges does", () => {
    const values = table(3, 8, 2);
    const pairs = pairsOf(3);
    const sizes = (signs: readonly number[]): number[] =>
      pairs.map(([a, b]) => {
        const differences = signs.map((sign, q) => sign * (values[a][q] - values[b][q]));
        const sum = differences.reduce((total, value) => total + value, 0);
        return Math.abs(sum) / Math.sqrt(differences.reduce((total, value) => total + value ** 2, 0));
      });
    const observed = sizes(new Array(8).fill(1));
    const patterns = Array.from({ length: 256 }, (_, n) =>
      Array.from({ length: 8 }, (_, q) => ((n >> q) & 1 ? -1 : 1)),
    );
    const largest = patterns.map(signs => Math.max(...sizes(signs)));
    const found = exchangeTest(values, { draws: 256, seed: 0 });
    found.forEach(({ corrected }, p) => {
      expect(corrected).toBeCloseTo(largest.filter(value => value >= observed[p] - 1e-9).length / 256, 12);
    });
  });

  it("draws exchanges where there are many, near the p of the test of two, and never gives 0", () => {
    const values = table(2, 60, 3);
    const [{ pValue, corrected }] = exchangeTest(values, { draws: 10_000, seed: 0 });
    expect(Math.abs(pValue - pairedTest(values[0], values[1]).pValue)).toBeLessThan(0.01);
    expect(corrected).toBe(pValue); // of one pair there is nothing to correct
    const far = [values[0], values[0].map(value => value + 1)];
    expect(exchangeTest(far, { draws: 1000, seed: 0 })[0].pValue).toBeCloseTo(1 / 1001, 12);
    expect(exchangeTest([values[0], values[0]], { draws: 1000, seed: 0 })[0].pValue).toBe(1);
  });
});
