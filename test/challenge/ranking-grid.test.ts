import { describe, expect, it } from "vitest";
import { rankingGrid } from "../../src/challenge/ranking-grid.js";

const cosine = { name: "cosine", ranking: { ranking: "features" } } as const;
const hamming = { name: "DCH", training: { method: "dch", bits: 64 }, ranking: { ranking: "hamming" } } as const;

describe("rankingGrid", () => {
  it("is the candidate, then every combination, each kind also left out", () => {
    const grid = rankingGrid(cosine, {
      expansion: { neighbours: [2, 5], alpha: [0, 3] },
      reciprocal: { k1: [10], lambda: [0.3] },
    });
    expect(grid.map(({ name }) => name)).toEqual([
      "cosine",
      "cosine + k-reciprocal k1 10 λ 0.3",
      ...["2", "2 α 3", "5", "5 α 3"].flatMap(words => [
        `cosine + expansion ${words}`,
        `cosine + expansion ${words} + k-reciprocal k1 10 λ 0.3`,
      ]),
    ]);
    expect(grid[5].ranking).toEqual({
      ranking: "features",
      expansion: { neighbours: 2, alpha: 3 },
      reciprocal: { k1: 10, lambda: 0.3 },
    });
    expect(new Set(grid.map(({ name }) => name)).size).toBe(10);
  });

  it("keeps what else the candidate says, takes defaults, and leaves out short lists that change nothing", () => {
    const grid = rankingGrid(hamming, { shortlist: [50], augmentation: { neighbours: [3] }, reciprocal: {} });
    expect(grid.map(({ name }) => name)).toEqual([
      "DCH",
      "DCH + k-reciprocal",
      "DCH + augmentation 3",
      "DCH + augmentation 3 + k-reciprocal",
      "DCH + best 50 by Hamming + k-reciprocal",
      "DCH + augmentation 3 + best 50 by Hamming + k-reciprocal",
    ]);
    expect(grid.every(({ training }) => training === hamming.training)).toBe(true);
    expect(grid[1].ranking).toEqual({ ranking: "hamming", reciprocal: {} });
  });

  it("refuses a candidate that re-ranks, and ranges without values", () => {
    const reranked = { name: "old", ranking: { ranking: "features", expansion: { neighbours: 3 } } } as const;
    expect(() => rankingGrid(reranked, {})).toThrow(
      /expected \{ ranking: "features" \}; found expansion in that of "old"/,
    );
    expect(() => rankingGrid(cosine, { shortlist: [] })).toThrow(/no values of shortlist to try/);
    expect(() => rankingGrid(cosine, { reciprocal: { k1: [] } })).toThrow(/no values of reciprocal.k1/);
  });
});
