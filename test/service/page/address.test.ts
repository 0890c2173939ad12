import { describe, expect, it } from "vitest";
import { addressOf, searchOf } from "../../../src/service/page/address.js";
import { comparableSide, firstSearch, longestCode, type Search } from "../../../src/service/page/search.js";
import { SERVICE } from "./service-fixture.js";

const first = firstSearch(SERVICE);

describe("a search as a link", () => {
  const searches: readonly (readonly [string, Search])[] = [
    ["", first],
    ["?row=7", { ...first, query: { kind: "row", row: 7 } }],
    ["?row=0&k=5&radius=0", { ...first, query: { kind: "row", row: 0 }, k: 5, radius: 0 }],
    ["?model=dch-32&order=hamming", { ...first, sides: [{ model: "dch-32", order: "hamming" }] }],
    [
      "?row=3&model=hashnet-48&order=cosine&compare=dch-32&compareOrder=hamming",
      {
        ...first,
        query: { kind: "row", row: 3 },
        sides: [
          { model: "hashnet-48", order: "cosine" },
          { model: "dch-32", order: "hamming" },
        ],
      },
    ],
  ];
  it.each(searches)("%s, there and back", (address, search) => {
    expect(addressOf(search, SERVICE)).toBe(address);
    expect(searchOf(address, SERVICE)).toEqual({ search, notices: [] });
  });

  it("holds nothing of a picture that was put in", () => {
    expect(addressOf({ ...first, query: { kind: "picture", number: 4 } }, SERVICE)).toBe("");
  });

  it.each([
    ["?row=100", "The link says row=100; a whole number from 0 to 99 was expected."],
    ["?row=-1", "The link says row=-1; a whole number from 0 to 99 was expected."],
    ["?row=1e1", "The link says row=1e1; a whole number from 0 to 99 was expected."],
    ["?k=0", "The link says k=0; a whole number from 1 to 50 was expected."],
    ["?radius=49", "The link says radius=49; a whole number from 0 to 48 was expected."],
    ["?model=lsh", 'The link names the model "lsh", which this service does not have; it has hashnet-48, dch-32.'],
    ["?compare=lsh", 'The link names the model "lsh", which this service does not have; it has hashnet-48, dch-32.'],
    ["?model=hashnet-48&order=best", 'The link asks for the order "best"; HashNet has hamming, cosine.'],
  ])("%s is shown as at first, and said", (address, notice) => {
    expect(searchOf(address, SERVICE)).toEqual({ search: first, notices: [notice] });
  });
});

it("what to compare with at first is another model, else another order, else nothing", () => {
  expect(comparableSide(SERVICE, first.sides[0])).toEqual({ model: "dch-32", order: "hamming" });
  expect(comparableSide(SERVICE, { model: "hashnet-48", order: "cosine" })?.order).toBe("hamming");
  const alone = { ...SERVICE, models: SERVICE.models.slice(0, 1) };
  expect(comparableSide(alone, first.sides[0])).toEqual({ model: "hashnet-48", order: "cosine" });
  const single = { ...SERVICE, models: SERVICE.models.slice(1) };
  expect(comparableSide(single, firstSearch(single).sides[0])).toBeUndefined();
});

it("the longest code on the page is that of what is shown", () => {
  expect(longestCode(SERVICE, first)).toBe(48);
  expect(longestCode(SERVICE, { ...first, sides: [{ model: "dch-32", order: "hamming" }] })).toBe(32);
});
