import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isScorable, scoreQueries, scoreSubmission } from "../../src/challenge/score.js";
import { submissionLines } from "../../src/challenge/submission.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import { hammingTopK } from "../../src/ranking/hamming-ranking.js";

const names = (side: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${side}${i}.jpg`);

/** From the definition, place by place: precision at each hit among the ten, divided by min(P, 10). */
function bruteForce(lists: number[][], queryLabels: number[], galleryLabels: number[]): { top1: number; map: number } {
  const kept = lists.map((list, q) => ({ list, q })).filter(({ q }) => galleryLabels.includes(queryLabels[q]));
  let top1 = 0;
  let map = 0;
  for (const { list, q } of kept) {
    const right = list.slice(0, 10).map(row => galleryLabels[row] === queryLabels[q]);
    if (right[0]) top1 += 1 / kept.length;
    const relevant = galleryLabels.filter(label => label === queryLabels[q]).length;
    let sum = 0;
    for (let place = 1; place <= right.length; place++) {
      if (right[place - 1]) sum += right.slice(0, place).filter(Boolean).length / place;
    }
    map += sum / Math.min(relevant, 10) / kept.length;
  }
  return { top1, map };
}

describe("scoreSubmission", () => {
  it("is what the definition says, for any lists and labels", () => {
    const label = fc.integer({ min: 0, max: 3 });
    const problem = fc.record({
      queryLabels: fc.array(label, { minLength: 1, maxLength: 6 }),
      galleryLabels: fc.array(label, { minLength: 1, maxLength: 25 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ queryLabels, galleryLabels, seed }) => {
        fc.pre(queryLabels.some(one => galleryLabels.includes(one)));
        const random = new Random(seed);
        const lists = queryLabels.map(() => Array.from(random.permutation(galleryLabels.length)).slice(0, 10));
        const known = { queries: names("q", queryLabels.length), gallery: names("g", galleryLabels.length) };
        const lines = lists.map((list, q) => ({
          query: known.queries[q],
          gallery: list.map(row => known.gallery[row]),
        }));
        const labels = { queries: Int32Array.from(queryLabels), gallery: Int32Array.from(galleryLabels) };
        const scored = scoreSubmission(lines, known, labels);
        const { top1, map } = bruteForce(lists, queryLabels, galleryLabels);
        expect(scored.top1).toBeCloseTo(top1, 12);
        expect(scored.mAP10).toBeCloseTo(map, 12);
        expect(scored.score).toBeCloseTo((top1 + map) / 2, 12);
        expect(scored.queriesWithoutRelevant).toBe(queryLabels.filter(one => !galleryLabels.includes(one)).length);
      }),
    );
  });

  it.each([8, 64])("of the first ten of a full ranking is the digix figure of evaluate, %d bits", async bits => {
    const random = new Random(bits);
    const codes = (n: number) =>
      packCodes({
        data: Int8Array.from({ length: n * bits }, () => (random.uniform() < 0.5 ? -1 : 1)),
        shape: [n, bits],
      });
    const labels = (n: number) => Int32Array.from({ length: n }, () => random.integer(30));
    const [query, gallery, queries, database] = [codes(40), codes(300), labels(40), labels(300)];
    queries[7] = 99; // without a relevant item
    const sides = { queries: { codes: query, labels: queries }, database: { codes: gallery, labels: database } };
    const expected = await evaluateCodes(sides, { cutoffs: [10] });
    const known = { queries: names("q", 40), gallery: names("g", 300) };
    const lines = submissionLines(hammingTopK(sides).indices, known.queries, known.gallery);
    const scored = scoreSubmission(lines, known, { queries, gallery: database });
    expect(scored.score).toBeCloseTo(expected.digix, 14);
    expect(scored.top1).toBeCloseTo(expected.top1, 14);
    expect(scored.mAP10).toBeCloseTo(expected.mAP["10"].stable, 14);
    expect(scored.queriesWithoutRelevant).toBe(expected.queriesWithoutRelevant);
    expect(scored.queriesWithoutRelevant).toBeGreaterThan(0);
  });

  const known = { queries: ["q0", "q1"], gallery: ["g0", "g1", "g2"] };
  const lines = [
    { query: "q1", gallery: ["g2", "g1", "g0"] },
    { query: "q0", gallery: ["g1", "g0", "g2"] },
  ];

  it("never takes an unknown product for an equal one", () => {
    const labels = { queries: Int32Array.of(-1, 5), gallery: Int32Array.of(-1, 5, -1) };
    expect(scoreSubmission(lines, known, labels)).toEqual({
      queries: 2,
      gallery: 3,
      queriesWithoutRelevant: 0,
      unlabelled: { queries: 1, gallery: 2 },
      top1: 0,
      mAP10: 0.5,
      score: 0.25,
    });
    expect(scoreQueries(lines, known, labels)).toEqual([{ query: 1, relevant: 1, top1: 0, averagePrecision: 0.5 }]);
  });

  it("refuses to score nothing, labels of another number, and unknown names", () => {
    const labels = { queries: Int32Array.of(1, 2), gallery: Int32Array.of(3, 4, 5) };
    expect(() => scoreSubmission(lines, known, labels)).toThrow(/nothing to score/);
    expect(() => scoreSubmission(lines, known, { ...labels, gallery: Int32Array.of(1) })).toThrow(/expected 3 labels/);
    const wrong = [{ query: "q0", gallery: ["g7"] }];
    expect(() => scoreSubmission(wrong, known, { ...labels, gallery: Int32Array.of(1, 1, 1) })).toThrow(/"g7"/);
  });

  it("tells whether there is anything to score with", () => {
    const [none, some] = [Int32Array.of(-1, -1), Int32Array.of(-1, 0)];
    expect(isScorable({ queries: some, gallery: some })).toBe(true);
    expect(isScorable({ queries: none, gallery: some })).toBe(false);
    expect(isScorable({ queries: some, gallery: none })).toBe(false);
  });
});
