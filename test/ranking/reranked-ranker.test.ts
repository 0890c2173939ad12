import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes, evaluateRanker } from "../../src/metrics/evaluate.js";
import type { FinerRanking } from "../../src/ranking/reranked-ranker.js";
import { rerankedRanker } from "../../src/ranking/reranked-ranker.js";

const BITS = 6;

/** Halves, so that sums are exact and scores tie; for cosines, which round, any numbers. */
function sideOf(random: Random, count: number, exact = true) {
  const value = (): number => (exact ? random.integer(5) - 1.5 : random.uniform() - 0.5);
  const data = Float32Array.from({ length: count * BITS }, value);
  const relaxedCodes = { data, shape: [count, BITS] };
  const labels = Int32Array.from({ length: count }, (_, i) => (i === 0 ? 0 : random.integer(3)));
  return { relaxedCodes, codes: packCodes(binarize(relaxedCodes)), labels };
}
type TestSide = ReturnType<typeof sideOf>;

const rowOf = ({ data }: NdArray<Float32Array>, row: number): number[] => [
  ...data.subarray(row * BITS, (row + 1) * BITS),
];
const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

const SCORES: Record<FinerRanking, (q: number[], d: number[]) => number> = {
  asymmetric: (q, d) =>
    dot(
      q,
      d.map(x => (x >= 0 ? 1 : -1)),
    ),
  cosine: (q, d) => dot(q, d) / Math.sqrt(dot(d, d)),
  euclidean: (q, d) => -q.reduce((sum, x, i) => sum + (x - d[i]) ** 2, 0),
};

function naive(queries: TestSide, database: TestSide, query: number, by: FinerRanking, shortlist: number): number[] {
  const q = rowOf(queries.relaxedCodes, query);
  const items = Array.from(database.labels, (label, item) => {
    const d = rowOf(database.relaxedCodes, item);
    const distance = q.filter((x, i) => x >= 0 !== d[i] >= 0).length;
    return { item, distance, score: SCORES[by](q, d), relevant: label === queries.labels[query] };
  }).sort((a, b) => a.distance - b.distance || a.item - b.item);
  const first = items.slice(0, shortlist).sort((a, b) => b.score - a.score || a.item - b.item);
  return [...first, ...items.slice(shortlist)].flatMap(({ relevant }, place) => (relevant ? [place + 1] : []));
}

describe.each(["asymmetric", "cosine", "euclidean"] as const)("a Hamming short list by %s", by => {
  it("is ordered as sorting orders it, the others behind by distance", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 1, max: 40 }), async (seed, shortlist) => {
        const random = new Random(seed);
        const exact = by !== "cosine";
        const sides = { queries: sideOf(random, 4, exact), database: sideOf(random, 30, exact) };
        let query = 0;
        for await (const { relevantRanks, groups } of rerankedRanker({ shortlist, by }).rankings(sides)) {
          expect([...relevantRanks]).toEqual(naive(sides.queries, sides.database, query++, by, shortlist));
          expect(groups.sizes.reduce((a, b) => a + b, 0)).toBe(30);
          expect(groups.relevant.reduce((a, b) => a + b, 0)).toBe(relevantRanks.length);
        }
        expect(query).toBe(4);
      }),
      { numRuns: 40 },
    );
  });
});

describe("rerankedRanker", () => {
  const random = new Random(2);
  const sides = { queries: sideOf(random, 5), database: sideOf(random, 40) };

  it("is Hamming ranking with a short list of one, and leaves the query out when asked", async () => {
    const { mAP } = await evaluateRanker(sides, rerankedRanker({ shortlist: 1 }));
    expect(mAP.all.stable).toBeCloseTo((await evaluateCodes(sides)).mAP.all.stable, 14);
    const set = { queries: sides.database, database: sides.database };
    const options = { excludeSelf: true, metrics: ["ndcg@5"] };
    const found = await evaluateRanker(set, rerankedRanker({ shortlist: 1 }), options);
    const expected = await evaluateCodes(set, options);
    expect(found.top1).toBe(expected.top1);
    expect(found.mAP.all.stable).toBeCloseTo(expected.mAP.all.stable, 14);
  });

  it("ties equal scores", async () => {
    const all = rerankedRanker({ shortlist: 40, by: "asymmetric" });
    for await (const { groups } of all.rankings(sides)) expect(groups.sizes.length).toBeLessThan(40);
  });

  it("refuses a short list of nothing, and sides without what it needs", async () => {
    expect(() => rerankedRanker({ shortlist: 0 })).toThrow(/integer of at least 1; found 0/);
    const { relaxedCodes: _relaxed, ...bare } = sides.queries;
    const bareSides = { queries: bare, database: sides.database };
    await expect(evaluateRanker(bareSides, rerankedRanker({ shortlist: 3 }))).rejects.toThrow(
      /relaxed codes of the queries/,
    );
    const features = rerankedRanker({ shortlist: 3, by: "cosine", of: "features" });
    await expect(evaluateRanker(sides, features)).rejects.toThrow(/features of the queries/);
  });
});
