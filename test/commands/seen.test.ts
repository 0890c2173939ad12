import { describe, expect, it } from "vitest";
import { productFold } from "../../src/challenge/product-folds.js";
import type { Judged } from "../../src/commands/seen.js";
import { noveltyOf } from "../../src/commands/seen.js";
import { InputError } from "../../src/core/errors.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { schemaFault } from "../../src/core/schema-fault.js";
import type { SeenItems } from "../../src/features/seen-items.js";
import { parseSeen, SEEN_SCHEMA, seenItems } from "../../src/features/seen-items.js";
import { checkNew, seenLines } from "../../src/features/seen-parts.js";

const items = { dataset: "pictures", contentHash: "abc", rows: 20, ids: "def" };
const origin = { items, from: 0 };
/** Five products of four images. */
const labels = Int32Array.from({ length: 20 }, (_, row) => row % 5);
const queries = Int32Array.of(0, 7, 8, 19);
const gallery = Int32Array.of(1, 2, 9);
const split = { protocol: "drawn", seed: 3, query: queries, train: Int32Array.of(1, 2), database: gallery };
const judged: Judged = { origin, queries, gallery, labels, split, place: "work" };
const rows = (...list: number[]): Int32Array => Int32Array.from(list);

const novelty = (seen: readonly SeenItems[], more: Partial<Judged> = {}) =>
  noveltyOf({ hash: "m", seen }, { ...judged, ...more });

describe("what a model has seen of what it is judged by", () => {
  it("counts rows, of several notes together, each once", () => {
    const notes = [seenItems("trained", rows(0, 2, 7), origin), seenItems("trained", rows(7, 8, 10), origin)];
    expect(novelty(notes)).toEqual({
      seen: [
        { what: "queries", as: "trained", count: 3, of: 4 },
        { what: "gallery images", as: "trained", count: 1, of: 3 },
      ],
      unchecked: [],
    });
  });

  it("takes trained and fitted database items, as the usual protocols have them", () => {
    const notes = [seenItems("trained", gallery, origin), seenItems("fitted", gallery, origin)];
    expect(novelty(notes, { gallery: undefined })).toEqual({ seen: [], unchecked: [] });
  });

  it("takes a fit to the gallery of a challenge, but not to its queries", () => {
    expect(novelty([seenItems("fitted", gallery, origin)]).seen).toEqual([]);
    expect(novelty([seenItems("fitted", rows(8), origin)]).seen).toEqual([
      { what: "queries", as: "fitted", count: 1, of: 4 },
    ]);
  });

  it("counts queries that chose the epoch", () => {
    const notes = [seenItems("trained", rows(3), origin), seenItems("validated", rows(0, 19), origin)];
    expect(novelty(notes).seen).toEqual([{ what: "queries", as: "validated", count: 2, of: 4 }]);
  });

  it("knows the rows of a shard in the whole, and those of the whole in a shard", () => {
    const shard = { items: { ...items, rows: 5, ids: "other" }, from: 5 };
    expect(novelty([seenItems("trained", rows(2, 4), shard)]).seen).toEqual([
      { what: "queries", as: "trained", count: 1, of: 4 }, // row 2 of the shard is row 7
      { what: "gallery images", as: "trained", count: 1, of: 3 },
    ]);
    const whole = seenItems("trained", rows(0, 7), origin);
    expect(novelty([whole], { origin: shard, queries: rows(0, 2), gallery: undefined }).seen).toEqual([
      { what: "queries", as: "trained", count: 1, of: 2 },
    ]);
  });

  it.each<[string, readonly SeenItems[], RegExp | undefined]>([
    ["nothing noted", [], /does not say what it has learned from/],
    ["arrays from elsewhere", [seenItems("trained", rows(1), undefined)], /of 1 items that it has seen nobody knows/],
    [
      "another state of the same dataset",
      [seenItems("trained", rows(1), { items: { ...items, contentHash: "changed" }, from: 0 })],
      /1 items of pictures, in another state/,
    ],
    [
      "another dataset",
      [seenItems("trained", rows(1), { items: { ...items, contentHash: "x", dataset: "else" }, from: 0 })],
      undefined,
    ],
  ])("says what cannot be checked: %s", (_, notes, sentence) => {
    const expected = sentence === undefined ? [] : [expect.stringMatching(sentence)];
    expect(novelty(notes)).toEqual({ seen: [], unchecked: expected });
  });

  const roles = { protocol: "drawn", seed: 3 };
  const fold = { fold: 1, of: 5, seed: 0 };
  const outside = productFold(labels, fold).train;
  it.each<[string, object, number | RegExp]>([
    ["no word of it", {}, /does not say what it was trained on/],
    ["other data", { trainedOn: { ...items, contentHash: "other" } }, 0],
    ["all rows", { trainedOn: items }, 4],
    ["fine-tuned on all rows", { trainedOn: { ...items, contentHash: "other" }, tunedOn: items }, 4],
    ["the same roles", { trainedOn: items, roles }, 0],
    ["other roles", { trainedOn: items, roles: { ...roles, seed: 4 } }, /other roles \(drawn; seed 4\)/],
    ["all but a fold", { trainedOn: items, fold }, queries.filter(row => outside.includes(row)).length],
  ])("of models of before rows were noted: %s", (_, noted, expected) => {
    const found = noveltyOf({ hash: "m", ...noted }, { ...judged, gallery: undefined });
    if (typeof expected === "number") {
      expect(found.unchecked).toEqual([]);
      expect(found.seen.map(({ count }) => count)).toEqual(expected === 0 ? [] : [expected]);
    } else expect(found).toEqual({ seen: [], unchecked: [expect.stringMatching(expected)] });
  });

  it("cannot know products of several labels", () => {
    const several = multiHotLabels({ data: Uint8Array.of(1, 0, 1, 1), shape: [2, 2] });
    const found = noveltyOf({ hash: "m", trainedOn: items, fold }, { ...judged, labels: several });
    expect(found).toEqual({ seen: [], unchecked: [expect.stringMatching(/several labels/)] });
  });

  it("codes from elsewhere say nothing", () => {
    expect(noveltyOf(undefined, judged)).toEqual({ seen: [], unchecked: [] });
  });
});

describe("a refusal", () => {
  const seen = [{ what: "queries" as const, as: "trained" as const, count: 3, of: 4 }];

  it("says what was seen and how much, and is lifted by whoever allows it", () => {
    const how = { by: "--allow-seen", file: "codes.npy", instead: "new ones" };
    expect(() => checkNew(seen, { ...how, allow: false })).toThrow(
      /^codes\.npy: .*3 of 4 queries were trained on; expected new ones; or --allow-seen/,
    );
    expect(() => checkNew(seen, { ...how, allow: true })).not.toThrow();
    expect(() => checkNew([], { ...how, allow: false })).not.toThrow();
    expect([seenLines(seen), seenLines([])]).toEqual([[expect.stringMatching(/^SEEN BEFORE: 3 of 4 queries/)], []]);
  });

  it.each<[string, unknown]>([
    ["no list", {}],
    ["another word", [{ as: "dreamt", count: 1 }]],
    ["rows of nobody", [{ as: "trained", count: 1, rows: "AAA=" }]],
    ["no rows", [{ as: "trained", count: 1, origin }]],
    ["null", [null]],
  ])("notes that are damaged are refused: %s", (_, value) => {
    expect(schemaFault(value, SEEN_SCHEMA)?.expected).toMatch(/^a list$|^items as|^one of "trained"/);
    expect(() => parseSeen(JSON.stringify(value), "weights")).toThrow(/weights: what the model has seen is damaged/);
  });

  it("a note survives being written and read", () => {
    const note = seenItems("validated", rows(0, 19), origin);
    expect(parseSeen(JSON.stringify([note]), "x")).toEqual([note]);
    expect(() => parseSeen("{", "x")).toThrow(InputError);
  });
});
