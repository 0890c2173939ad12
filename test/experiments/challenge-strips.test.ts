import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/datasets/dataset.js";
import { challengeStrips, typicalQueries, worstQueries } from "../../src/experiments/challenge-strips.js";

const ids = ["query/0.jpg", "query/1.jpg", "gallery/2.jpg", "gallery/3.jpg", "gallery/4.jpg"];
const dataset: Dataset = {
  name: "test",
  description: "",
  classNames: ["phone", "watch"],
  ids,
  labels: Int32Array.of(0, -1, 1, 0, -1),
  contentHash: "",
  image: async row => ids[row],
};
const rows = { query: Int32Array.of(0, 1), gallery: Int32Array.of(2, 3, 4) };
const ranked = { data: Int32Array.of(1, 0, 2, 2, 1, 0), shape: [2, 3] };

describe("challengeStrips", () => {
  it("shows what the lists name, right where products are known and equal", async () => {
    const strips = await challengeStrips(dataset, { rows }, ranked, [1, 0], { places: 2 });
    expect(strips).toEqual([
      {
        query: "query/1.jpg",
        caption: undefined,
        results: [
          { image: "gallery/4.jpg", relevant: false, caption: "1", name: undefined },
          { image: "gallery/3.jpg", relevant: false, caption: "2", name: "phone" },
        ],
      },
      {
        query: "query/0.jpg",
        caption: "phone",
        results: [
          { image: "gallery/3.jpg", relevant: true, caption: "1", name: "phone" },
          { image: "gallery/2.jpg", relevant: false, caption: "2", name: "watch" },
        ],
      },
    ]);
  });
});

describe("worstQueries", () => {
  it("names the worst of each product, worst first", () => {
    const perQuery = [0.5, 0.1, 0.2, 0, 0.9].map((averagePrecision, query) => ({
      query,
      averagePrecision,
      relevant: 1,
      top1: 0,
    }));
    const labels = { queries: Int32Array.of(7, 8, 8, 9, 9), gallery: Int32Array.of(7, 8, 9) };
    expect(worstQueries({ perQuery }, { labels }, 2)).toEqual([3, 1]);
    expect(worstQueries({ perQuery }, { labels }, 5)).toEqual([3, 1, 0]);
  });
});

describe("typicalQueries", () => {
  it("names those nearest to the median of all queries, one a product", () => {
    const perQuery = [0.5, 0.125, 0.25, 0, 1, 0.5].map((averagePrecision, query) => ({
      query,
      averagePrecision,
      relevant: 1,
      top1: 0,
    }));
    const labels = { queries: Int32Array.of(7, 8, 8, 9, 9, 6), gallery: Int32Array.of(6, 7, 8, 9) };
    expect(typicalQueries({ perQuery }, { labels }, 2)).toEqual([0, 2]); // the median is 0.375
    expect(typicalQueries({ perQuery }, { labels }, 9)).toEqual([0, 2, 5, 3]);
  });
});
