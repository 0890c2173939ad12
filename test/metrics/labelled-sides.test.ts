// Items of unknown class: left out, the figures are those of the sides without them; kept, they are relevant to none.
import { describe, expect, it } from "vitest";
import { packCodes, unpackCodes } from "../../src/codes/packed-codes.js";
import type { Labels } from "../../src/core/labels.js";
import { isLabelled, multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes, evaluateCodesInDetail, evaluateRanker, evaluateScores } from "../../src/metrics/evaluate.js";
import { conventionNames } from "../../src/metrics/published.js";
import { rerankedRadius } from "../../src/metrics/reranked-radius.js";
import { asymmetricRanker } from "../../src/ranking/asymmetric-ranker.js";
import type { Sides, SideWith } from "../../src/ranking/side.js";
import { takeSide } from "../../src/ranking/side.js";

type Known = SideWith<"codes" | "relaxedCodes" | "labels">;
const random = new Random(6);
const BITS = 10;

function side(count: number, several: boolean): Known {
  const real = Float32Array.from({ length: count * BITS }, () => random.uniform() - 0.5);
  const hot = Uint8Array.from({ length: count * 4 }, () => (random.uniform() < 0.3 ? 1 : 0));
  const labels: Labels = several
    ? multiHotLabels({ data: hot, shape: [count, 4] })
    : Int32Array.from({ length: count }, () => random.integer(5) - 1);
  const codes = packCodes({ data: Int8Array.from(real, x => (x >= 0 ? 1 : -1)), shape: [count, BITS] });
  return { codes, relaxedCodes: { data: real, shape: [count, BITS] }, labels };
}
const knownRows = ({ labels, codes }: Known): number[] =>
  Array.from({ length: codes.count }, (_, row) => row).filter(row => isLabelled(labels, row));
const without = (one: Known): Known => takeSide(one, knownRows(one));

const options = { cutoffs: [3, 10], metrics: ["ndcg@5", "wap"], conventions: conventionNames, bounds: true };

describe.each([
  ["single labels", false],
  ["several labels", true],
])("%s of unknown class", (_, several) => {
  const sides: Sides<Known> = { queries: side(14, several), database: side(60, several) };
  const known = { queries: without(sides.queries), database: without(sides.database) };
  const unlabelled = {
    queries: sides.queries.codes.count - known.queries.codes.count,
    database: sides.database.codes.count - known.database.codes.count,
  };

  it("are left out of every figure, and counted", async () => {
    expect(Math.min(unlabelled.queries, unlabelled.database)).toBeGreaterThan(1);
    const expected = await evaluateCodesInDetail(known, options);
    const found = await evaluateCodesInDetail(sides, options);
    expect(found.evaluation).toEqual({ ...expected.evaluation, unlabelled: { ...unlabelled, treated: "drop" } });
    expect(expected.evaluation.unlabelled).toBeUndefined();
    expect(found.byRank).toEqual(expected.byRank);
    // Values of single queries stay with the rows that the caller knows.
    const rows = knownRows(sides.queries);
    expect([...found.perQuery.query]).toEqual(Array.from(expected.perQuery.query, query => rows[query]));
  });

  it("are left out of rankings by given scores, and by a ranker", async () => {
    const scoresOf = ({ queries, database }: Sides<Known>) => {
      const [q, d] = [queries, database].map(({ codes }) => unpackCodes(codes).data);
      return (from: number, to: number): Float32Array =>
        Float32Array.from({ length: (to - from) * database.codes.count }, (_, at) => {
          const [query, item] = [from + Math.floor(at / database.codes.count), at % database.codes.count];
          let sum = 0;
          for (let bit = 0; bit < BITS; bit++) sum += q[query * BITS + bit] * d[item * BITS + bit];
          return sum;
        });
    };
    const treated = { unlabelled: { ...unlabelled, treated: "drop" as const } };
    const scored = await evaluateScores(sides, scoresOf(sides), { cutoffs: [5], block: 3 });
    expect(scored).toEqual({ ...(await evaluateScores(known, scoresOf(known), { cutoffs: [5] })), ...treated });
    const ranked = await evaluateRanker(sides, asymmetricRanker);
    expect(ranked).toEqual({ ...(await evaluateRanker(known, asymmetricRanker)), ...treated });
    expect(await rerankedRadius(sides)).toEqual(await rerankedRadius(known));
  });

  it("are left out of a set searched in itself, whose queries are not their own results", async () => {
    const { database } = sides;
    const expected = await evaluateCodes(
      { queries: known.database, database: known.database },
      { ...options, excludeSelf: true },
    );
    const found = await evaluateCodes({ queries: database, database }, { ...options, excludeSelf: true });
    const count = unlabelled.database;
    expect(found).toEqual({ ...expected, unlabelled: { queries: count, database: count, treated: "drop" } });
  });

  it("are ranked when they are kept", async () => {
    const kept = await evaluateCodes(sides, { ...options, unlabelled: "keep" });
    const dropped = await evaluateCodes(sides, options);
    expect(kept.unlabelled).toEqual({ ...unlabelled, treated: "keep" });
    expect([kept.queries, kept.database]).toEqual([14, 60]);
    expect(kept.mAP.all.tieAware).toBeLessThan(dropped.mAP.all.tieAware);
    expect(kept.queriesWithoutRelevant).toBe(dropped.queriesWithoutRelevant + unlabelled.queries);
    // Those that count such queries 0 do so only when they are there.
    const published = (name: string): number => kept.published![name].all / dropped.published![name].all;
    expect(published("orthohash")).toBeLessThan(published("csq"));
  });

  it("refuses another treatment", async () => {
    await expect(evaluateCodes(sides, { unlabelled: "ignore" as never })).rejects.toThrow(/expected drop or keep/);
  });
});
