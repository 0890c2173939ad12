import { describe, expect, it } from "vitest";
import { studySplit } from "../../src/experiments/study.js";
import { greyDataset } from "../features/fake.js";

describe("studySplit", () => {
  const sizes = (images: number, smoke = false) => {
    const { query, train, database } = studySplit(greyDataset(images), { smoke });
    return [query.length, train.length, database.length];
  };

  it("is the usual protocol where classes are large enough", () => {
    expect(sizes(2 * 700)).toEqual([200, 1000, 1200]);
  });

  it("shrinks with the smallest class, so that a folder of one's own works", () => {
    expect(sizes(2 * 600)).toEqual([120, 600, 1080]);
    expect(sizes(2 * 30)).toEqual([6, 30, 54]);
    expect(sizes(2 * 2)).toEqual([2, 2, 2]);
    expect(() => sizes(2)).toThrow(/too small/);
  });

  it("is small in smoke runs", () => {
    expect(sizes(2 * 40, true)).toEqual([16, 48, 64]);
    expect(sizes(2 * 20, true)).toEqual([4, 20, 36]);
  });
});
