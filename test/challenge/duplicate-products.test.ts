import { describe, expect, it } from "vitest";
import { duplicateProducts } from "../../src/challenge/duplicate-products.js";
import type { LeakPair } from "../../src/challenge/leak-check.js";

/** Images 10 p … 10 p + 9 are of product p. */
const products = Int32Array.from({ length: 80 }, (_, image) => Math.floor(image / 10));
const names = ["zebra", "b", "c", "d", "e", "f", "g", "h"]; // not in the order of the alphabet
const pair = (first: number, second: number, more: Partial<LeakPair> = {}): LeakPair => {
  return { first, second, sameFile: false, distance: 7, ...more };
};
const found = (pairs: LeakPair[], options = {}) => duplicateProducts({ products }, { pairs }, names, options);

describe("products that are one", () => {
  it("share two different pictures", () => {
    const { groups, links, doubtful } = found([pair(0, 10, { sameFile: true }), pair(3, 17)]);
    expect(groups).toEqual([["zebra", "b"]]);
    expect(links).toMatchObject([{ products: ["zebra", "b"], pictures: 2 }]);
    expect(doubtful).toEqual([]);
  });

  it("but not one picture that each has several times", () => {
    const { groups, doubtful } = found([pair(0, 10), pair(0, 11), pair(1, 10), pair(1, 11), pair(2, 11)]);
    expect(groups).toEqual([]);
    expect(doubtful).toMatchObject([{ products: ["zebra", "b"], pictures: 1, pairs: { length: 5 } }]);
    expect(found([pair(0, 10)], { least: 1 }).groups).toEqual([["zebra", "b"]]);
  });

  it("are joined through others, in the order of the classes, whatever comes first", () => {
    const { groups } = found([pair(50, 22), pair(51, 23), pair(71, 64), pair(24, 0), pair(25, 1), pair(70, 63)]);
    expect(groups).toEqual([
      ["zebra", "c", "f"],
      ["g", "h"],
    ]);
  });

  it("are not told by a picture that many have", () => {
    const logo = [10, 20, 30, 40].map(image => pair(0, image));
    const own = [pair(1, 11), pair(2, 12)];
    const { groups, common, doubtful } = found([...logo, ...own]);
    expect(common).toEqual([{ example: 0, products: 5 }]);
    expect(groups).toEqual([["zebra", "b"]]);
    expect(doubtful).toEqual([]);
    const fewer = found([...logo.slice(1), pair(1, 11)], { most: 4 });
    expect(fewer.common).toEqual([]);
    expect(fewer.doubtful).toHaveLength(4);
  });

  it("are of known product", () => {
    const unknown = products.map(product => (product === 1 ? -1 : product));
    expect(duplicateProducts({ products: unknown }, { pairs: [pair(0, 10), pair(1, 11)] }, names).groups).toEqual([]);
  });
});
