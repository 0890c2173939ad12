import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { TopLists } from "../../src/ranking/top-lists.js";

describe("TopLists", () => {
  it("keeps of each row what sorting all of it would put first, at ties the earlier items", () => {
    const random = new Random(3);
    for (const [rows, items, k] of [
      [4, 50, 7],
      [3, 9, 9],
      [2, 5, 1],
    ]) {
      const lists = new TopLists(rows, k);
      const scores = Array.from({ length: rows }, () =>
        Float32Array.from({ length: items }, () => random.integer(8) - 3),
      );
      for (let first = 0; first < items; first += 4) {
        for (const [row, values] of scores.entries()) lists.offer(row, values.subarray(first, first + 4), first);
      }
      for (const [row, values] of scores.entries()) {
        const sorted = Int32Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
        const { indices, scores: found } = lists.list(row);
        expect(indices).toEqual(sorted.slice(0, k));
        expect(found).toEqual(Float32Array.from(sorted.subarray(0, k), item => values[item]));
      }
    }
  });

  it("takes scores of −∞ while there is room, and gives fewer where fewer came", () => {
    const lists = new TopLists(2, 3);
    lists.offer(0, Float32Array.of(Number.NEGATIVE_INFINITY, 1), 5);
    expect(lists.list(0).indices).toEqual(Int32Array.of(6, 5));
    expect(lists.list(1).indices).toHaveLength(0);
  });

  it("refuses NaN, also when it is full", () => {
    const lists = new TopLists(1, 1);
    lists.offer(0, Float32Array.of(1));
    expect(() => lists.offer(0, Float32Array.of(Number.NaN), 7)).toThrow("NaN for item 7");
  });
});
