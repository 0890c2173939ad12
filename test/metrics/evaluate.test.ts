import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { packCodes, packedCodes, takeCodes, unpackCodes } from "../../src/codes/packed-codes.js";
import type { Progress } from "../../src/core/progress.js";
import { Random } from "../../src/core/random.js";
import {
  evaluateCodes,
  evaluateCodesInDetail,
  evaluateScores,
  evaluateScoresInDetail,
} from "../../src/metrics/evaluate.js";
import type { Sides, SideWith } from "../../src/ranking/side.js";

interface Case {
  queries: PackedCodes;
  database: PackedCodes;
  queryLabels: Int32Array;
  databaseLabels: Int32Array;
}

/** Random codes of 8 bits (many ties), 4 labels; label 4 occurs among the queries only. */
function randomCase(seed: number, count = { queries: 12, database: 90 }, bits = 8): Case {
  const random = new Random(seed);
  const codes = (n: number) => {
    const data = Int8Array.from({ length: n * bits }, () => (random.uniform() < 0.5 ? -1 : 1));
    return packCodes({ data, shape: [n, bits] });
  };
  return {
    queries: codes(count.queries),
    database: codes(count.database),
    queryLabels: Int32Array.from({ length: count.queries }, (_, i) => (i === 0 ? 1 : random.integer(5))),
    databaseLabels: Int32Array.from({ length: count.database }, (_, i) => i % 4),
  };
}

const sidesOf = (c: Case): Sides<SideWith<"codes" | "labels">> => ({
  queries: { codes: c.queries, labels: c.queryLabels },
  database: { codes: c.database, labels: c.databaseLabels },
});

const evaluated = (c: Case, cutoffs: number[] = []) => evaluateCodes(sidesOf(c), { cutoffs, unlabelled: "keep" });

describe("evaluateCodes", () => {
  it("gives tie-aware figures, balls and curves that do not depend on the order of the database", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async seed => {
        const original = randomCase(seed);
        const order = new Random(seed).stream("shuffle").permutation(original.database.count);
        const shuffled = {
          ...original,
          database: takeCodes(original.database, order),
          databaseLabels: Int32Array.from(order, i => original.databaseLabels[i]),
        };
        const [a, b] = [await evaluated(original, [5, 30]), await evaluated(shuffled, [5, 30])];
        for (const cutoff of ["all", "5", "30"]) expect(b.mAP[cutoff].tieAware).toBe(a.mAP[cutoff].tieAware);
        expect(b.prByRadius).toEqual(a.prByRadius);
        expect(b.radius2.precision).toBe(a.radius2.precision);
      }),
      { numRuns: 30 },
    );
  });

  it("takes labels below 0 for unknown: relevant to nothing, and no query of the means", async () => {
    const original = randomCase(5);
    const { queries, database, queryLabels, databaseLabels } = original;
    const unknownQuery = (i: number) => i % 3 === 1;
    const unknownItem = (i: number) => i % 5 === 2;
    const some = await evaluated({
      ...original,
      queryLabels: queryLabels.map((label, i) => (unknownQuery(i) ? -1 : label)),
      databaseLabels: databaseLabels.map((label, i) => (unknownItem(i) ? -1 : label)),
    });
    // The same, told by labels that no one shares.
    const unlike = await evaluated({
      ...original,
      queryLabels: queryLabels.map((label, i) => (unknownQuery(i) ? 100 : label)),
      databaseLabels: databaseLabels.map((label, i) => (unknownItem(i) ? 200 : label)),
    });
    const { unlabelled, ...figures } = some;
    expect(figures).toEqual(unlike);
    expect(unlabelled).toMatchObject({ treated: "keep" });
    expect(some.queriesWithoutRelevant).toBeGreaterThanOrEqual(4);
    const [noQuery, noItem] = [queryLabels, databaseLabels].map(({ length }) => new Int32Array(length).fill(-1));
    await expect(evaluated({ queries, database, queryLabels: noQuery, databaseLabels: noItem })).rejects.toThrow(
      /relevant/,
    );
  });

  it("does change its stable figures, which is why there are tie-aware ones", async () => {
    const original = randomCase(3);
    const order = new Random(3).permutation(original.database.count);
    const shuffled = {
      ...original,
      database: takeCodes(original.database, order),
      databaseLabels: Int32Array.from(order, i => original.databaseLabels[i]),
    };
    expect((await evaluated(shuffled)).mAP.all.stable).not.toBe((await evaluated(original)).mAP.all.stable);
  });

  it("holds single queries and a curve by rank that the means are means of", async () => {
    const c = randomCase(11);
    const detailed = await evaluateCodesInDetail(sidesOf(c), {
      cutoffs: [7],
      ranks: [1, 10, 50, 90],
    });
    const { evaluation, perQuery, byRank } = detailed;
    const kept = [...c.queryLabels.keys()].filter(i => c.queryLabels[i] < 4);
    const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / kept.length;
    expect([...perQuery.query]).toEqual(kept);
    expect(kept.length).toBeLessThan(12);
    expect(evaluation.queriesWithoutRelevant).toBe(12 - kept.length);
    expect(mean(perQuery.averagePrecision["7"].stable)).toBeCloseTo(evaluation.mAP["7"].stable, 14);
    expect(mean(perQuery.averagePrecision.all.tieAware)).toBeCloseTo(evaluation.mAP.all.tieAware, 14);
    expect(mean(perQuery.radius2!.averagePrecision)).toBeCloseTo(evaluation.radius2.mAP, 14);
    expect(Object.keys(evaluation.mAP).sort()).toEqual(["7", "all"]);
    expect(byRank.map(point => point.rank)).toEqual([1, 10, 50, 90]);
    expect(byRank[0].precision).toBeCloseTo(evaluation.top1, 14);
    expect(byRank[1].precision).toBeCloseTo(evaluation.precisionAt["10"], 14);
    expect(byRank[1].recall).toBeCloseTo(evaluation.recallAt["10"], 14);
    expect(byRank[3].recall).toBe(1);
  });

  it("takes precision of all items where the database is smaller than N", async () => {
    const c = randomCase(5, { queries: 3, database: 40 });
    const c4 = { ...c, queryLabels: Int32Array.of(0, 1, 2) };
    expect((await evaluated(c4)).precisionAt["100"]).toBeCloseTo(0.25, 14);
    expect((await evaluated(c4)).recallAt["100"]).toBe(1);
  });

  it("reports progress up to the last query and lets timers run meanwhile", async () => {
    const c = randomCase(1, { queries: 400, database: 8000 }, 64);
    const reports: Progress[] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await evaluateCodes(sidesOf(c), { progress: p => reports.push(p) });
    clearInterval(timer);
    expect(reports.at(-1)).toMatchObject({ task: "evaluate", done: 400, total: 400, unit: "queries" });
    if (reports.length > 2) expect(ticks).toBeGreaterThan(0);
  });

  it("does not touch its input", async () => {
    const c = randomCase(2);
    const before = JSON.stringify([c.queries, c.database, c.queryLabels, c.databaseLabels].map(v => JSON.stringify(v)));
    await evaluated(c, [3]);
    expect(JSON.stringify([c.queries, c.database, c.queryLabels, c.databaseLabels].map(v => JSON.stringify(v)))).toBe(
      before,
    );
  });

  it.each([0, -1, 2.5, Number.NaN])("refuses cutoff %d", async cutoff => {
    await expect(evaluated(randomCase(1), [cutoff])).rejects.toThrow(/cutoff out of range/);
  });

  it("refuses what leaves nothing to measure, and what does not fit", async () => {
    const c = randomCase(1);
    const none = { ...c, queries: packedCodes(new Uint8Array(0), 8), queryLabels: new Int32Array(0) };
    await expect(evaluated(none)).rejects.toThrow(/no query has a relevant item/);
    const empty = { ...c, database: packedCodes(new Uint8Array(0), 8), databaseLabels: new Int32Array(0) };
    await expect(evaluated(empty)).rejects.toThrow(/no query has a relevant item.*12 queries and 0 database items/);
    await expect(evaluated({ ...c, databaseLabels: new Int32Array(89) })).rejects.toThrow(/differ in number/);
    await expect(evaluated({ ...c, database: packedCodes(new Uint8Array(90), 7) })).rejects.toThrow(/differ in bits/);
    const ranks = evaluateCodesInDetail(sidesOf(c), { ranks: [1, 91] });
    await expect(ranks).rejects.toThrow(/expected integers that ascend, 1\.\.90; found 91/);
  });
});

describe("evaluateScores", () => {
  it("agrees with evaluateCodes when the score is the inner product of the codes", async () => {
    const c = randomCase(21);
    const [a, b] = [unpackCodes(c.queries), unpackCodes(c.database)];
    const scores = (from: number, to: number) => {
      const block = new Float32Array((to - from) * 90);
      for (let q = from; q < to; q++) {
        for (let i = 0; i < 90; i++) {
          for (let k = 0; k < 8; k++) block[(q - from) * 90 + i] += a.data[q * 8 + k] * b.data[i * 8 + k];
        }
      }
      return block;
    };
    const options = { cutoffs: [4, 25], ranks: [1, 2, 45, 90] };
    const ours = await evaluateScores(sidesOf(c), scores, { ...options, block: 5 });
    const codes = await evaluateCodesInDetail(sidesOf(c), options);
    const { bits: _, radius2: __, prByRadius: ___, ...shared } = codes.evaluation;
    const { mAP, prByRank, ...rest } = ours;
    const { mAP: theirs, ...others } = shared;
    expect(rest).toEqual(others);
    expect(prByRank).toEqual(codes.byRank);
    for (const cutoff of ["all", "4", "25"]) {
      expect(mAP[cutoff].stable).toBe(theirs[cutoff].stable);
      expect(mAP[cutoff].tieAware).toBeCloseTo(theirs[cutoff].tieAware, 14);
    }
  });

  it("has no balls, and waits for scores", async () => {
    const scores = async (from: number, to: number) => new Float32Array((to - from) * 4);
    const sides = { queries: { labels: Int32Array.of(1) }, database: { labels: Int32Array.of(0, 1, 1, 0) } };
    const { evaluation, perQuery } = await evaluateScoresInDetail(sides, scores);
    expect(perQuery.radius2).toBeUndefined();
    // All tie: the stable order finds them at 2 and 3, a random order has an expectation.
    expect(evaluation.mAP.all.stable).toBeCloseTo((1 / 2 + 2 / 3) / 2, 14);
    const pairs = [
      [1, 2],
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
      [3, 4],
    ];
    const mean = pairs.reduce((sum, [first, second]) => sum + (1 / first + 2 / second) / 2, 0) / 6;
    expect(evaluation.mAP.all.tieAware).toBeCloseTo(mean, 14);
  });
});
