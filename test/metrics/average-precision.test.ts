import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecision, harmonicNumbers, tieAwareAveragePrecision } from "../../src/metrics/average-precision.js";
import type { TieGroups } from "../../src/ranking/distance-histogram.js";

/** AP from the definition: precision at each relevant item, over min(P, cutoff). */
function naive(ranked: readonly boolean[], cutoff = Number.POSITIVE_INFINITY): number {
  const total = ranked.filter(Boolean).length;
  let sum = 0;
  for (let place = 0; place < ranked.length && place < cutoff; place++) {
    if (ranked[place]) sum += ranked.slice(0, place + 1).filter(Boolean).length / (place + 1);
  }
  return total === 0 ? 0 : sum / Math.min(total, cutoff);
}

const ranksOf = (ranked: readonly boolean[]): Int32Array =>
  Int32Array.from(ranked.flatMap((relevant, place) => (relevant ? [place + 1] : [])));

const groupsOf = (groups: readonly (readonly boolean[])[]): TieGroups => ({
  sizes: Uint32Array.from(groups, group => group.length),
  relevant: Uint32Array.from(groups, group => group.filter(Boolean).length),
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map(rest => [item, ...rest]));
}

/** Every order of the ranking that keeps the groups in place. */
function orders(groups: readonly (readonly boolean[])[]): boolean[][] {
  return groups.reduce<boolean[][]>(
    (heads, group) => heads.flatMap(head => permutations(group).map(tail => [...head, ...tail])),
    [[]],
  );
}

const cutoffs = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });
const tied = fc.array(fc.array(fc.boolean(), { maxLength: 9 }), { maxLength: 6 });

describe("averagePrecision", () => {
  it("is what the definition says", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), cutoffs, (ranked, cutoff) => {
        expect(averagePrecision(ranksOf(ranked), { cutoff })).toBeCloseTo(naive(ranked, cutoff), 13);
      }),
    );
  });

  it("divides by min(P, cutoff)", () => {
    const ranks = Int32Array.of(1, 3, 4);
    expect(averagePrecision(ranks)).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 15);
    expect(averagePrecision(ranks, { cutoff: 3 })).toBeCloseTo((1 + 2 / 3) / 3, 15);
    expect(averagePrecision(ranks, { cutoff: 2 })).toBe(1 / 2);
    expect(averagePrecision(new Int32Array(0))).toBe(0);
  });
});

describe("tieAwareAveragePrecision", () => {
  it("is the mean over all orders of tied items, at any cutoff", () => {
    const small = fc.array(fc.array(fc.boolean(), { maxLength: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(small, fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }), (groups, cutoff) => {
        const all = orders(groups);
        const mean = all.reduce((sum, ranked) => sum + naive(ranked, cutoff), 0) / all.length;
        expect(tieAwareAveragePrecision(groupsOf(groups), { cutoff })).toBeCloseTo(mean, 12);
      }),
    );
  });

  it("equals the stable AP without ties", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), cutoffs, (ranked, cutoff) => {
        const untied = groupsOf(ranked.map(relevant => [relevant]));
        expect(tieAwareAveragePrecision(untied, { cutoff })).toBeCloseTo(naive(ranked, cutoff), 12);
      }),
    );
  });

  it("lies between the worst and the best order of ties", () => {
    fc.assert(
      fc.property(tied, cutoffs, (groups, cutoff) => {
        const value = tieAwareAveragePrecision(groupsOf(groups), { cutoff });
        const best = groups.flatMap(group => [...group].sort((a, b) => Number(b) - Number(a)));
        const worst = groups.flatMap(group => [...group].sort((a, b) => Number(a) - Number(b)));
        expect(value).toBeLessThanOrEqual(naive(best, cutoff) + 1e-12);
        expect(value).toBeGreaterThanOrEqual(naive(worst, cutoff) - 1e-12);
      }),
    );
  });

  it("gives 0 without relevant items and without items, 1 when all are relevant", () => {
    expect(tieAwareAveragePrecision({ sizes: Uint32Array.of(3, 2), relevant: Uint32Array.of(0, 0) })).toBe(0);
    expect(tieAwareAveragePrecision({ sizes: new Uint32Array(4), relevant: new Uint32Array(4) })).toBe(0);
    const all = { sizes: Uint32Array.of(3, 0, 2), relevant: Uint32Array.of(3, 0, 2) };
    expect(tieAwareAveragePrecision(all)).toBeCloseTo(1, 14);
    expect(tieAwareAveragePrecision(all, { cutoff: 4 })).toBeCloseTo(1, 14);
  });

  it("stays exact for a large database, where the closed form subtracts large numbers", () => {
    const sizes = Uint32Array.of(10, 400_000, 590_000, 9_990);
    const relevant = Uint32Array.of(2, 500, 90_000, 9_000);
    let [before, hits, sum] = [0, 0, 0];
    for (let g = 0; g < sizes.length; g++) {
      const [n, p] = [sizes[g], relevant[g]];
      for (let j = 1; j <= n; j++) sum += ((p / n) * (hits + 1 + ((j - 1) * (p - 1)) / (n - 1))) / (before + j);
      before += n;
      hits += p;
    }
    expect(Math.abs(tieAwareAveragePrecision({ sizes, relevant }) - sum / hits)).toBeLessThan(1e-12);
  });
});

it("harmonicNumbers are right to the last bits", () => {
  const harmonic = harmonicNumbers(1_000_000);
  expect([...harmonic.subarray(0, 4)]).toEqual([0, 1, 1.5, 1.5 + 1 / 3]);
  // H_n = ln n + γ + 1/(2n) − 1/(12n²) + …
  const exact = Math.log(1e6) + 0.5772156649015329 + 5e-7 - 1e-12 / 12;
  expect(Math.abs(harmonic[1_000_000] - exact)).toBeLessThan(1e-14);
});
