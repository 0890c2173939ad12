import { describe, expect, it } from "vitest";
import type { SearchResult } from "../../src/experiments/result.js";
import { finalMetrics } from "../../src/records/final-metrics.js";

const evaluation = {
  mAP: { all: { tieAware: 0.5, stable: 0.4 }, 10: { tieAware: 0.6, stable: 0.7 } },
  top1: 0.9,
  precisionAt: { 1: 0.9, 100: 0.3 },
  recallAt: { 100: 0.2 },
  metrics: { "ndcg@100": 0.8 },
};
const radius2 = { precision: 0.1, recall: 0.2, mAP: 0.15, emptyBalls: 0.25 };

describe("finalMetrics", () => {
  it("names the figures of the queries as comparisons do", () => {
    const result = { evaluation: { ...evaluation, radius2 } } as unknown as SearchResult;
    expect(finalMetrics(result, 0.45)).toEqual({
      "val/mAP": 0.45,
      "test/mAP": 0.5,
      "test/mAP@10": 0.6,
      "test/P@1": 0.9,
      "test/P@100": 0.3,
      "test/R@100": 0.2,
      "test/top-1": 0.9,
      "test/P@H≤2": 0.1,
      "test/mAP@H≤2": 0.15,
      "test/empty balls": 0.25,
      "test/ndcg@100": 0.8,
    });
  });

  it("has no balls of an embedding, and a protocol's figure by its convention", () => {
    const headline = { protocol: "cifar10", cutoff: 5000, papers: { convention: "thuml", value: 0.7 } };
    const named = finalMetrics({ evaluation, headline } as unknown as SearchResult, undefined);
    expect(named["test/mAP@5000:thuml"]).toBe(0.7);
    expect(Object.keys(named).filter(name => /H≤2|empty|val/.test(name))).toEqual([]);
  });

  it("has nothing of the queries where they did not judge, and nothing that is no number", () => {
    expect(finalMetrics(undefined, 0.5)).toEqual({ "val/mAP": 0.5 });
    expect(finalMetrics(undefined, Number.NaN)).toEqual({});
  });
});
