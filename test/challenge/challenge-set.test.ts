import { describe, expect, it } from "vitest";
import { challengeSet } from "../../src/challenge/challenge-set.js";
import { productFold } from "../../src/challenge/product-folds.js";
import type { Dataset } from "../../src/datasets/dataset.js";

const dataset = (ids: string[], labels: number[]): Dataset => ({
  name: "d",
  description: "photographs, in /data/non-synthetic",
  classNames: ["a", "b", "c"],
  ids,
  labels: Int32Array.from(labels),
  contentHash: "0",
  image: async row => ids[row],
});

describe("challengeSet", () => {
  it("takes the parts of a test folder, by file names", () => {
    const drawn = { ...dataset(["query/x.jpg", "gallery/x.jpg", "gallery/y.jpg"], [2, -1, 2]), synthetic: true };
    const set = challengeSet(drawn);
    expect(set).toEqual({
      rows: { query: Int32Array.of(0), gallery: Int32Array.of(1, 2) },
      names: { queries: ["x.jpg"], gallery: ["x.jpg", "y.jpg"] },
      labels: { queries: Int32Array.of(2), gallery: Int32Array.of(-1, 2) },
      title: "d",
      synthetic: true,
    });
  });

  const labels = [0, 0, 0, 1, 1, 1, 2, 2, 2];

  it("takes a fold of labelled data, named by its files", () => {
    const of = dataset(
      labels.map((label, i) => `P${label}/${i}.jpg`),
      labels,
    );
    const set = challengeSet(of, { fold: { fold: 2, of: 3 }, foldSeed: 4 });
    const { query, gallery } = productFold(Int32Array.from(labels), { fold: 2, of: 3, seed: 4 });
    expect(set.rows).toEqual({ query, gallery });
    expect(set.names.gallery).toEqual(Array.from(gallery, row => `${row}.jpg`));
    expect(set.labels.queries).toEqual(query.map(row => labels[row]));
    expect(set).toMatchObject({ title: "d, fold 2 of 3, seed 4", synthetic: false });
  });

  it("names files of a fold by their ids where file names come twice", () => {
    const of = dataset(
      labels.map((label, i) => `P${label}/${i % 3}.jpg`),
      labels,
    );
    const { names, rows } = challengeSet(of, { fold: { fold: 1, of: 2 } });
    expect(new Set(names.gallery).size).toBe(names.gallery.length);
    if (new Set(Array.from(rows.gallery, row => row % 3)).size < rows.gallery.length) {
      expect(names.gallery[0]).toBe(of.ids[rows.gallery[0]].replace("/", "_"));
    }
  });

  it("needs a fold where there are no queries", () => {
    expect(() => challengeSet(dataset(["P0/1.jpg"], [0]))).toThrow(/d has no queries of its own; expected a fold/);
  });
});
