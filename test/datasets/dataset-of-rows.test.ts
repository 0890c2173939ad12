import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/datasets/dataset.js";
import { datasetOfRows } from "../../src/datasets/dataset-of-rows.js";

const ids = ["a/0.jpg", "a/1.jpg", "b/2.jpg", "b/3.jpg"];
const whole: Dataset = {
  name: "whole",
  description: "Synthetic pictures",
  classNames: ["a", "b"],
  ids,
  labels: Int32Array.of(0, 0, 1, -1),
  contentHash: "abc",
  image: async row => ids[row],
};

describe("datasetOfRows", () => {
  it("has the rows in the order given, and says what it is of", async () => {
    const part = datasetOfRows(whole, Int32Array.of(3, 1), "part");
    expect(part).toMatchObject({
      name: "whole-part",
      description: "part of: Synthetic pictures",
      classNames: ["a", "b"],
      ids: ["b/3.jpg", "a/1.jpg"],
      labels: Int32Array.of(-1, 0),
    });
    expect(await part.image(1)).toBe("a/1.jpg");
  });

  it("is synthetic when the whole is", () => {
    const rows = Int32Array.of(0);
    expect(datasetOfRows({ ...whole, synthetic: true }, rows, "part").synthetic).toBe(true);
    expect(datasetOfRows(whole, rows, "part").synthetic ?? false).toBe(false);
  });

  it("has another hash for other rows, another order, another whole", () => {
    const hash = (rows: number[], of = whole): string => datasetOfRows(of, Int32Array.from(rows), "part").contentHash;
    const hashes = [hash([0, 1]), hash([1, 0]), hash([0, 2]), hash([0, 1], { ...whole, contentHash: "abd" })];
    expect(new Set(hashes).size).toBe(4);
    expect(hash([0, 1])).toBe(hashes[0]);
  });
});
