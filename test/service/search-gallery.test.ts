// Counts of a gallery that holds rows which are not to be found, as an engine does for pictures that could not be read.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedSigns } from "../../src/codes/binarize.js";
import { takeCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { openGallery } from "../../src/galleries/open-gallery.js";
import { searchGallery } from "../../src/service/search-gallery.js";
import type { ServedModel } from "../../src/service/served-model.js";

const [ITEMS, BITS] = [40, 6];
const random = new Random(3);
const codes = packedSigns({
  data: Float32Array.from({ length: ITEMS * BITS }, () => random.uniform() - 0.5),
  shape: [ITEMS, BITS],
});
const MISSING = new Set([2, 11, 30]);

describe("a search among rows of which some are not to be found", () => {
  let model: ServedModel;
  beforeAll(async () => {
    const gallery = await openGallery(codes);
    const named = {
      id: "m",
      title: "m",
      method: "m",
      backbone: "b",
      network: 0,
      head: 0,
      orders: ["hamming"],
    } as const;
    model = { ...named, bits: BITS, gallery, missing: MISSING };
  });
  afterAll(() => model.gallery.close());
  const search = (k: number, radius?: number, missing = MISSING) =>
    searchGallery({ ...model, missing }, { code: takeCodes(codes, [5]) }, { order: "hamming", k, radius });

  it("counts none of them, or says that it does not know", async () => {
    const all = (await search(ITEMS, BITS, new Set())).found;
    const near = all.filter(({ row, distance }) => !MISSING.has(row) && distance <= 3);
    const listed = await search(ITEMS, 3);
    expect(listed.found).toEqual(near);
    expect([listed.within, listed.ties]).toEqual([near.length, null]);
    const few = await search(4, 3);
    expect(few.found).toEqual(near.slice(0, 4));
    expect([few.within, few.ties]).toEqual([null, null]); // the gallery's own counts hold the missing as well
  });

  it("counts all where none is missing", async () => {
    const few = await search(4, 3, new Set());
    const whole = (await search(ITEMS, BITS, new Set())).found;
    const last = few.found[3].distance;
    expect(few.within).toBe(whole.filter(({ distance }) => distance <= 3).length);
    expect(few.ties).toEqual({ distance: last, count: whole.filter(({ distance }) => distance === last).length });
  });
});
