// What they compute is held by test/commands/evaluate-conventions.test.ts, against the published functions themselves.
import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import type { ConventionName } from "../../src/metrics/published.js";
import { checkConvention, conventionNames, KNOWN_CONVENTIONS } from "../../src/metrics/published.js";
import { PublishedMeans } from "../../src/metrics/published-means.js";

describe("published conventions", () => {
  it("differ where they should: a query found late, one never found, one without relevant items, one without a label", () => {
    const means = new PublishedMeans(conventionNames, [2, 3]);
    const ranked = 5;
    for (const relevantRanks of [Int32Array.of(1, 4, 5), Int32Array.of(4), Int32Array.of()]) {
      means.add({ relevantRanks, ranked, labelled: true });
    }
    means.add({ relevantRanks: Int32Array.of(), ranked, labelled: false });
    const at2 = (name: ConventionName): number => means.means()[name][2];
    expect(at2("thuml")).toBe(1);
    expect(at2("thuml-caffe")).toBe(1 / 2);
    expect(at2("orthohash")).toBe(1 / 4);
    expect(at2("csq")).toBeCloseTo(1 / 3, 15);
    expect(at2("pytorch-metric-learning")).toBeCloseTo(1 / 3 / 2, 15);
    const all = (name: ConventionName): number => means.means()[name].all;
    expect(all("orthohash")).toBeCloseTo(((1 + 2 / 4 + 3 / 5) / 3 + 1 / 4) / 4, 15);
    expect(all("deephash-pytorch")).toBeCloseTo(((1 + 2 / 4) / 2 + 1 / 4) / 4, 15);
    expect(all("pytorch-metric-learning@r")).toBeCloseTo(1 / 3 / 2, 15);
    expect(means.caveats()).toEqual([expect.stringMatching(/^pytorch-metric-learning@r with R = 2 .* up to 3 /)]);
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
    expect(published!["pytorch-metric-learning"]["5"]).toBeCloseTo(mAP["5"].stable, 12);
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
  });

  it("are values with a source and words", () => {
    for (const { name, source, definition } of KNOWN_CONVENTIONS) {
      expect(`${name}: ${definition}; ${source}`).toMatch(
        /^\S+: .{8,}; .*(mean_average_precision|get_mAPs|CalcTopMap|calculate_mAP)/,
      );
    }
    expect(() => checkConvention("thumb")).toThrow(/expected "thuml"\? Known: thuml, thuml-caffe/);
  });
});
