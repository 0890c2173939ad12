// What statsmodels gives: tools/make-variance-goldens.py.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pairsOf } from "../../src/comparison/pairs.js";
import {
  moderatedFreedom,
  moderatedVariance,
  pooledSeedVariance,
  seedVariancesByKind,
} from "../../src/comparison/seed-variances.js";
import { entryParts, queryCovariance } from "../../src/comparison/variance-parts.js";

type Table = readonly (readonly (readonly number[])[])[];
const { balanced, unbalanced } = JSON.parse(
  readFileSync(new URL("../goldens/variance-parts.json", import.meta.url), "utf8"),
) as {
  readonly balanced: {
    readonly values: Table;
    readonly methodQuery: number;
    readonly seed: number;
    readonly error: number;
  };
  readonly unbalanced: { readonly values: Table; readonly seed: readonly number[]; readonly error: readonly number[] };
};
const partsOf = (table: Table) => table.map(ofEntry => entryParts(ofEntry.map(ofSeed => Float64Array.from(ofSeed))));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("parts of variance", () => {
  it("are the mean squares of methods x seeds x queries, as statsmodels has them", () => {
    const parts = partsOf(balanced.values);
    const [seeds, queries] = [4, 12];
    const covariance = queryCovariance(parts);
    const ofPairs = pairsOf(3).map(([a, b]) => covariance[a][a] + covariance[b][b] - 2 * covariance[a][b]);
    // The mean variance of a difference of two methods over queries is 2 MS / (S Q).
    expect((mean(ofPairs) * seeds * queries) / 2).toBeCloseTo(balanced.methodQuery, 12);
    expect(pooledSeedVariance(parts).pooled * queries).toBeCloseTo(balanced.seed, 12);
    expect(pooledSeedVariance(parts).freedom).toBe(9);
    expect(mean(parts.map(({ error }) => error!)) * seeds * queries).toBeCloseTo(balanced.error, 12);
  });

  it("are those of each method where numbers of seeds differ", () => {
    const parts = partsOf(unbalanced.values);
    parts.forEach(({ seedVariance, error, seeds, byQuery }, m) => {
      expect(seeds).toBe([2, 3, 5][m]);
      expect(seedVariance! * byQuery.length).toBeCloseTo(unbalanced.seed[m], 12);
      expect(error! * seeds * byQuery.length).toBeCloseTo(unbalanced.error[m], 12);
    });
    const weighted = unbalanced.seed.reduce((sum, value, m) => sum + value * [1, 2, 4][m], 0) / 7 / 12;
    expect(pooledSeedVariance(parts)).toEqual({ pooled: expect.closeTo(weighted, 12), freedom: 7, members: [0, 1, 2] });
  });

  it("of one seed are unknown, of equal seeds nothing, and neither is pooled", () => {
    const values = [0.2, 0.5, 0.9];
    const [one, equal, drawn] = partsOf([[values], [values, values], [values, [0.3, 0.5, 0.9]]]);
    expect([one.seedVariance, one.error, one.fixed]).toEqual([undefined, undefined, false]);
    expect([equal.seedVariance, equal.error, equal.fixed]).toEqual([0, 0, true]);
    expect(pooledSeedVariance([one, equal, drawn]).freedom).toBe(1);
    const pooled = drawn.seedVariance!;
    expect(moderatedVariance(one, 0, pooled)).toBe(pooled);
    expect(moderatedVariance(equal, 0, pooled)).toBe(0);
    expect(moderatedVariance({ seeds: 3, fixed: false }, 5, 1)).toBe(3); // half its own, half of all
  });

  it("over seeds are pooled within kinds; with a kind of less than 2 degrees of freedom all are", () => {
    const part = (seeds: number, seedVariance: number) => ({ seeds, fixed: false, seedVariance });
    const parts = [part(3, 1), part(3, 3), part(3, 100), part(2, 50)];
    const found = seedVariancesByKind(parts, ["trained", "trained", "fitted", "other"]);
    expect(found.map(({ pooled, freedom }) => [pooled, freedom])).toEqual([
      [2, 4],
      [2, 4],
      [100, 2],
      [(2 + 6 + 200 + 50) / 7, 7],
    ]);
    expect(found.map((variances, m) => moderatedFreedom(parts[m], variances))).toEqual([4, 4, 2, 3]);
  });

  it("need two queries", () => {
    expect(() => entryParts([Float64Array.of(1)])).toThrow("several queries; expected 2 or more");
  });
});
