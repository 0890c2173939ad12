import { afterEach, describe, expect, it } from "vitest";
import { packedSigns } from "../../src/codes/binarize.js";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { takeCodes } from "../../src/codes/packed-codes.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { openGallery } from "../../src/galleries/open-gallery.js";
import type { Gallery } from "../../src/ranking/gallery.js";
import { hammingTopK } from "../../src/ranking/hamming-ranking.js";
import { scaleFeatures } from "../../src/service/cosines.js";
import { likenessBase, likenessOf } from "../../src/service/likeness.js";

const DIM = 12;
let gallery: Gallery | undefined;
afterEach(async () => {
  await gallery?.close();
  gallery = undefined;
});

/** Features around one direction, and their signs as codes. */
function kind(count: number, seed: number, direction: number): { features: NdArray<Float32Array>; codes: PackedCodes } {
  const random = new Random(seed);
  const data = Float32Array.from(
    { length: count * DIM },
    (_, i) => 0.6 * (random.uniform() - 0.5) + (i % DIM === direction ? 2 : 0),
  );
  const features = { data, shape: [count, DIM] };
  return { features, codes: packedSigns(features) };
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0) / Math.hypot(...a) / Math.hypot(...b);
}

const rowOf = ({ data }: NdArray<Float32Array>, row: number): Float32Array => data.subarray(row * DIM, (row + 1) * DIM);

/** The largest cosine with the 200 nearest by code, by an exhaustive ranking. @param self a row that does not count */
function expected(
  base: { features: NdArray<Float32Array>; codes: PackedCodes },
  query: { code: PackedCodes; feature: Float32Array },
  self = -1,
): number {
  const { indices } = hammingTopK({ queries: { codes: query.code }, database: { codes: base.codes } }, { k: 201 });
  const near = Array.from(indices.data).filter(row => row !== self);
  return Math.max(...near.slice(0, 200).map(row => cosine(query.feature, rowOf(base.features, row))));
}

describe("likeness", () => {
  it("is of the likest of the nearest by code, beside what the gallery's own have with others", async () => {
    const base = kind(400, 1, 0);
    gallery = await openGallery(base.codes);
    const made = (await likenessBase({ codes: base.codes, scaled: scaleFeatures(base.features), gallery }))!;
    const own = Array.from({ length: 400 }, (_, row) =>
      expected(base, { code: takeCodes(base.codes, [row]), feature: rowOf(base.features, row) }, row),
    ).sort((a, b) => a - b);
    expect(made.own).toHaveLength(400);
    for (const [i, value] of made.own.entries()) expect(value).toBeCloseTo(own[i], 5);

    const asks = [kind(30, 2, 0), kind(30, 3, 1)].map(({ features, codes }) =>
      Array.from({ length: 30 }, (_, row) => ({ code: takeCodes(codes, [row]), feature: rowOf(features, row) })),
    );
    const rare = { own: 0, other: 0 };
    for (const [name, queries] of [
      ["own", asks[0]],
      ["other", asks[1]],
    ] as const) {
      for (const query of queries) {
        const found = (await likenessOf(made, query))!;
        expect(found.cosine).toBeCloseTo(expected(base, query), 5);
        expect(found).toMatchObject({ usual: made.own[4], sample: 400 });
        expect(found.below).toBe(made.own.filter(value => value <= found.cosine).length);
        if (found.below + 1 <= 0.01 * 401) rare[name]++;
      }
    }
    expect(rare).toEqual({ own: 0, other: 30 });
  });

  it("is known of a thousand items of a large gallery, each once", async () => {
    const base = kind(1500, 1, 0);
    gallery = await openGallery(base.codes);
    const [one, again] = [
      await likenessBase({ codes: base.codes, scaled: scaleFeatures(base.features), gallery }),
      await likenessBase({ codes: base.codes, scaled: scaleFeatures(base.features), gallery }),
    ];
    expect(one!.own).toHaveLength(1000);
    expect(again!.own).toEqual(one!.own);
  });

  it("is not judged without features, or by a gallery of one", async () => {
    const base = kind(1, 1, 0);
    gallery = await openGallery(base.codes);
    expect(await likenessBase({ codes: base.codes, scaled: scaleFeatures(base.features), gallery })).toBeUndefined();
    expect(await likenessOf(undefined, { code: base.codes, feature: rowOf(base.features, 0) })).toBeNull();
  });
});
