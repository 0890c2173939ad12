// A set searched in itself: every figure has to be that of each query alone in the set without it.
import { describe, expect, it } from "vitest";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { packCodes, unpackCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes, evaluateCodesInDetail, evaluateRanker, evaluateScores } from "../../src/metrics/evaluate.js";
import type { Evaluation } from "../../src/metrics/evaluation.js";
import { conventionNames } from "../../src/metrics/published.js";
import { asymmetricRanker } from "../../src/ranking/asymmetric-ranker.js";
import type { SideWith } from "../../src/ranking/side.js";
import { takeSide } from "../../src/ranking/side.js";

const COUNT = 30;
const random = new Random(9);
const data = Int8Array.from({ length: COUNT * 6 }, () => (random.uniform() < 0.5 ? -1 : 1));
const codes: PackedCodes = packCodes({ data, shape: [COUNT, 6] });
const hot = Int8Array.from({ length: COUNT * 5 }, () => (random.uniform() < 0.35 ? 1 : 0));
const set: SideWith<"codes" | "labels"> = { codes, labels: multiHotLabels({ data: hot, shape: [COUNT, 5] }) };
const options = {
  unlabelled: "keep" as const, // an item without a class is an item like others here
  cutoffs: [5, 10],
  bounds: true,
  metrics: ["ndcg@7", "acg@4", "wap", "wap@6", "ramap"],
  conventions: conventionNames,
  ranks: [1, 2, 10, 29],
};
const rows = Array.from({ length: COUNT }, (_, row) => row);
const others = (own: number) => rows.filter(row => row !== own);

/** Every number of a document, by its path. */
function numbersOf(value: unknown, path = ""): [string, number][] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, `${path}.${key}`));
}

describe("excludeSelf", () => {
  it("gives what each query finds in the set without it, in every figure", async () => {
    const { evaluation, byRank, perQuery } = await evaluateCodesInDetail(
      { queries: set, database: set },
      { ...options, excludeSelf: true },
    );
    expect(perQuery.query).toHaveLength(COUNT - evaluation.queriesWithoutRelevant);
    const single: Evaluation[] = [];
    const curves: unknown[] = [];
    for (const own of perQuery.query) {
      const sides = { queries: takeSide(set, [own]), database: takeSide(set, others(own)) };
      const alone = await evaluateCodesInDetail(sides, options);
      single.push(alone.evaluation);
      curves.push(alone.byRank);
    }
    const { queries, database, queriesWithoutRelevant, excludesSelf, published, unlabelled: _, ...means } = evaluation;
    expect([queries, database, excludesSelf]).toEqual([COUNT, COUNT, true]);
    const alone = single.map(one => new Map(numbersOf(one)));
    for (const [path, value] of numbersOf(means)) {
      const mean = alone.reduce((sum, one) => sum + one.get(path)!, 0) / alone.length;
      expect(value, path).toBeCloseTo(mean, 11);
    }
    // Conventions differ in the queries they leave out; the one that leaves out none that has relevant items is checked.
    for (const cutoff of ["all", "5", "10"]) {
      const mean = single.reduce((sum, one) => sum + one.published!["pytorch-metric-learning"][cutoff], 0);
      expect(published!["pytorch-metric-learning"][cutoff]).toBeCloseTo(mean / single.length, 11);
    }
    const points = curves.map(curve => new Map(numbersOf(curve)));
    for (const [path, value] of numbersOf(byRank)) {
      expect(value, path).toBeCloseTo(points.reduce((sum, one) => sum + one.get(path)!, 0) / points.length, 11);
    }
  });

  it("makes a difference, and is the same by ids in any order", async () => {
    const ids = rows.map(row => `item ${row}`);
    const order = random.permutation(COUNT);
    const sides = { queries: { ...set, ids }, database: takeSide({ ...set, ids }, order) };
    const byIds = await evaluateCodes(sides, { ...options, excludeSelf: true });
    const byRows = await evaluateCodes({ queries: set, database: set }, { ...options, excludeSelf: true });
    const plain = await evaluateCodes({ queries: set, database: set }, options);
    expect(byIds.mAP.all.tieAware).toBeCloseTo(byRows.mAP.all.tieAware, 12);
    expect(byIds.metrics!["ndcg@7"]).toBeCloseTo(byRows.metrics!["ndcg@7"], 12);
    expect(plain.mAP.all.tieAware).toBeGreaterThan(byRows.mAP.all.tieAware + 0.05);
    expect(plain.excludesSelf).toBeUndefined();
    const rowsGiven = { excludeSelf: Int32Array.from(rows), ...options };
    expect(await evaluateCodes({ queries: set, database: set }, rowsGiven)).toEqual(byRows);
  });

  it("holds for scores, and for relaxed codes against codes", async () => {
    const signs = Float32Array.from(unpackCodes(codes).data);
    const scores = (from: number, to: number) => {
      const block = new Float32Array((to - from) * COUNT);
      for (let q = from; q < to; q++) {
        for (let i = 0; i < COUNT; i++) {
          for (let b = 0; b < 6; b++) block[(q - from) * COUNT + i] += signs[q * 6 + b] * signs[i * 6 + b];
        }
      }
      return block;
    };
    const metrics = ["ndcg@7", "wap@6"];
    const expected = await evaluateCodes({ queries: set, database: set }, { metrics, excludeSelf: true });
    const scored = await evaluateScores({ queries: set, database: set }, scores, { metrics, excludeSelf: true });
    const relaxed = { relaxedCodes: { data: signs, shape: [COUNT, 6] }, labels: set.labels };
    const sides = { queries: relaxed, database: set };
    const asymmetric = await evaluateRanker(sides, asymmetricRanker, { metrics, excludeSelf: true });
    for (const found of [scored, asymmetric]) {
      expect(found.mAP.all.stable).toBe(expected.mAP.all.stable);
      expect(found.top1).toBe(expected.top1);
      for (const name of metrics) expect(found.metrics![name]).toBeCloseTo(expected.metrics![name], 12);
    }
  });

  it("refuses rows that say nothing", async () => {
    const run = (excludeSelf: Int32Array) => evaluateCodes({ queries: set, database: set }, { excludeSelf });
    await expect(run(Int32Array.of(1))).rejects.toThrow(/expected 30 rows in 0\.\.29; found 1 rows/);
    await expect(run(new Int32Array(COUNT).fill(30))).rejects.toThrow(/found 30 for query 0/);
  });
});
