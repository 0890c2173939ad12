// The published definitions, each written once more as its code reads: a list of hits in ranked order, cumulative sums,
// a mean over what was appended.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import type { ConventionName } from "../../src/metrics/published.js";
import { checkConvention, conventionNames } from "../../src/metrics/published.js";
import { PublishedMeans } from "../../src/metrics/published-means.js";

type Ranked = readonly boolean[];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const cumulated = (hits: Ranked): number[] => hits.map((_, i) => hits.slice(0, i + 1).filter(Boolean).length);
const precisions = (hits: Ranked): number[] => cumulated(hits).map((found, i) => found / (i + 1));
const atHits = (hits: Ranked): number[] => precisions(hits).map((p, i) => (hits[i] ? p : 0));

/** HashNet and DeepHash of Tsinghua: append where something was found, mean of what was appended. */
function thuml(queries: readonly Ranked[], cutoff: number): number {
  const appended: number[] = [];
  for (const ranked of queries) {
    const hits = ranked.slice(0, cutoff);
    const relevant = hits.filter(Boolean).length;
    if (relevant !== 0) appended.push(sum(atHits(hits)) / relevant);
  }
  return appended.length === 0 ? 0 : sum(appended) / appended.length;
}

/** DeepHash-pytorch: continue where nothing was found, but divide by all queries. */
function deepHashPytorch(queries: readonly Ranked[], cutoff: number): number {
  let total = 0;
  for (const ranked of queries) {
    const places = ranked.slice(0, cutoff).flatMap((hit, i) => (hit ? [i + 1] : []));
    if (places.length === 0) continue;
    total += sum(places.map((place, i) => (i + 1) / place)) / places.length;
  }
  return queries.length === 0 ? 0 : total / queries.length;
}

/** pytorch-metric-learning: knn labels of k columns; queries without a reference of their label are masked out. */
function metricLearning(queries: readonly Ranked[], cutoff: number, atR: boolean): number {
  const rows = queries
    .filter(ranked => ranked.some(Boolean))
    .map(ranked => {
      const relevant = ranked.filter(Boolean).length;
      const columns = ranked.slice(0, cutoff);
      const mask = columns.map((_, i) => !atR || i < relevant);
      const equality = columns.map((hit, i) => hit && mask[i]);
      const possible = atR ? mask.filter(Boolean).length : Math.max(1, equality.filter(Boolean).length);
      return sum(atHits(equality)) / possible;
    });
  return rows.length === 0 ? 0 : sum(rows) / rows.length;
}

const NAIVE: Record<ConventionName, (queries: readonly Ranked[], cutoff: number) => number> = {
  thuml,
  thulab: thuml,
  "deephash-pytorch": deepHashPytorch,
  "pytorch-metric-learning": (queries, cutoff) => metricLearning(queries, cutoff, false),
  "pytorch-metric-learning@r": (queries, cutoff) => metricLearning(queries, cutoff, true),
};

describe("published conventions", () => {
  const rankings = fc.array(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), { minLength: 1, maxLength: 6 });

  it.each(conventionNames)("%s is what that code computes", name => {
    fc.assert(
      fc.property(rankings, fc.integer({ min: 1, max: 12 }), (queries, cutoff) => {
        const means = new PublishedMeans([name], ["all", `${cutoff}`]);
        for (const ranked of queries) {
          means.add(Int32Array.from(ranked.flatMap((hit, place) => (hit ? [place + 1] : []))));
        }
        expect(means.means()[name].all).toBeCloseTo(NAIVE[name](queries, 12), 12);
        expect(means.means()[name][cutoff]).toBeCloseTo(NAIVE[name](queries, cutoff), 12);
      }),
    );
  });

  it("differ where they should: a query found late, one never found, one without relevant items", () => {
    const queries = [
      [true, false, false, true],
      [false, false, false, true],
      [false, false, false, false],
    ];
    const at2 = (name: ConventionName): number => NAIVE[name](queries, 2);
    expect(at2("thuml")).toBe(1);
    expect(at2("deephash-pytorch")).toBeCloseTo(1 / 3, 15);
    expect(at2("pytorch-metric-learning")).toBe(0.5);
    expect(at2("pytorch-metric-learning@r")).toBe(0.25);
  });

  it("come with an evaluation when asked for, over all queries, and not otherwise", async () => {
    const random = new Random(8);
    const codes = (n: number) =>
      packCodes({ data: Int8Array.from({ length: n * 12 }, () => (random.uniform() < 0.5 ? -1 : 1)), shape: [n, 12] });
    const sides = {
      queries: { codes: codes(4), labels: Int32Array.of(0, 1, 2, 9) },
      database: { codes: codes(60), labels: Int32Array.from({ length: 60 }, (_, i) => i % 20) },
    };
    const options = { conventions: conventionNames, cutoffs: [5], bounds: true };
    const evaluation = await evaluateCodes(sides, options);
    const plain = await evaluateCodes(sides, { cutoffs: [5] });
    const { published, mAP, ...rest } = evaluation;
    expect(Object.keys(published!)).toEqual([...conventionNames]);
    // Label 9 is in the database, so every query has relevant items: P = 3 for each.
    expect(published!["pytorch-metric-learning"].all).toBeCloseTo(mAP.all.stable, 12);
    expect(published!.thuml["5"]).toBeGreaterThan(mAP["5"].stable);
    expect(mAP.all.pessimistic!).toBeLessThan(mAP.all.stable);
    expect(mAP.all.optimistic!).toBeGreaterThan(mAP.all.stable);
    expect(plain).toEqual({
      ...rest,
      mAP: {
        all: { tieAware: mAP.all.tieAware, stable: mAP.all.stable },
        "5": { tieAware: mAP["5"].tieAware, stable: mAP["5"].stable },
      },
    });
    expect(() => checkConvention("mine")).toThrow(/expected thuml, thulab/);
  });
});
