import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import type { RankGalleryOptions, RankingMethod } from "../../src/challenge/gallery-ranker.js";
import { openRanker, rankGallery } from "../../src/challenge/rank-gallery.js";
import { RANKING_NAMES } from "../../src/challenge/ranking-name.js";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import type { RankingBackend } from "../../src/ranking/ranking-backend.js";
import { referenceRanking } from "../../src/ranking/ranking-backend.js";
import type { Side } from "../../src/ranking/side.js";

const engine = onnxEngine("cpu");

interface Golden extends RankingMethod {
  readonly order: number[];
  readonly scores: number[];
}
const goldens = JSON.parse(readFileSync(new URL("../goldens/reranking.json", import.meta.url), "utf8")) as {
  queries: number[];
  gallery: number[];
  dim: number;
  places: number;
  cases: Golden[];
};

const imagesOf = (vectors: NdArray<Float32Array>): Side => ({
  codes: packCodes(binarize(vectors)),
  relaxedCodes: vectors,
  features: vectors,
});
const matrix = (values: ArrayLike<number>, dim: number): NdArray<Float32Array> => ({
  data: Float32Array.from(values),
  shape: [values.length / dim, dim],
});
const golden = {
  query: imagesOf(matrix(goldens.queries, goldens.dim)),
  gallery: imagesOf(matrix(goldens.gallery, goldens.dim)),
};

/** Random vectors, some of them equal, so that there are ties. */
function vectors(count: number, dim: number, seed: number): NdArray<Float32Array> {
  const data = new Random(seed).normals(count * dim);
  for (let row = 3; row < count; row += 5) data.copyWithin(row * dim, (row - 3) * dim, (row - 2) * dim);
  return { data, shape: [count, dim] };
}

/** The scores of the definitions, in double precision. */
const SCORES: Record<string, (query: number[], item: number[]) => number> = {
  hamming: (q, d) => q.reduce((sum, x, i) => sum - (x >= 0 === d[i] >= 0 ? 0 : 1), 0),
  asymmetric: (q, d) => q.reduce((sum, x, i) => sum + (d[i] >= 0 ? x : -x), 0),
  euclidean: (q, d) => -Math.hypot(...q.map((x, i) => x - d[i])),
  cosine: (q, d) => q.reduce((sum, x, i) => sum + x * d[i], 0) / Math.hypot(...d),
};
SCORES.features = SCORES.cosine;

const rowOf = ({ data, shape }: NdArray<Float32Array>, row: number): number[] =>
  Array.from(data.subarray(row * shape[1], (row + 1) * shape[1]));

/** The gallery by descending score, sums rounded so that ties are ties. */
function bruteForce(name: string, query: number[], gallery: NdArray<Float32Array>, rows?: number[]): number[] {
  const scored = (rows ?? Array.from({ length: gallery.shape[0] }, (_, row) => row)).map(row => ({
    row,
    score: Number(SCORES[name](query, rowOf(gallery, row)).toFixed(5)),
  }));
  return scored.sort((a, b) => b.score - a.score || a.row - b.row).map(({ row }) => row);
}

describe("rankGallery", () => {
  const [query, gallery] = [vectors(70, 20, 1), vectors(90, 20, 2)];

  it.each(RANKING_NAMES)("ranks by %s as brute force does, ties by lowest index", async ranking => {
    const { data, shape } = await rankGallery(
      { queries: imagesOf(query), database: imagesOf(gallery) },
      { engine, ranking },
    );
    expect(shape).toEqual([70, 10]);
    for (let q = 0; q < 70; q++) {
      const expected = bruteForce(ranking, rowOf(query, q), gallery).slice(0, 10);
      expect(Array.from(data.subarray(q * 10, q * 10 + 10))).toEqual(expected);
    }
  });

  it.each(["asymmetric", "euclidean", "cosine", "features"] as const)(
    "ranks a Hamming short list by %s",
    async ranking => {
      const options = { engine, ranking, shortlist: 25 };
      const { data } = await rankGallery({ queries: imagesOf(query), database: imagesOf(gallery) }, options);
      for (let q = 0; q < 70; q++) {
        const shortlist = bruteForce("hamming", rowOf(query, q), gallery).slice(0, 25);
        const expected = bruteForce(ranking, rowOf(query, q), gallery, shortlist).slice(0, 10);
        expect(Array.from(data.subarray(q * 10, q * 10 + 10))).toEqual(expected);
      }
    },
  );

  it.each(goldens.cases.map(one => [JSON.stringify({ ...one, order: undefined, scores: undefined }), one] as const))(
    "agrees with NumPy: %s",
    async (_, { order, scores, ...method }) => {
      const ranker = await openRanker({ queries: golden.query, database: golden.gallery }, { engine, ...method });
      const lists = await ranker.rank(0, 12);
      await ranker.dispose();
      for (const [q, { indices, scores: found }] of lists.entries()) {
        const values = scores.slice(q * 10, q * 10 + 10);
        // what ties in exact numbers may be told apart by rounding: equal values are compared as sets, those that tie with
        // the last not at all
        const sure = values.filter(value => value > values[9] + 1e-6).length;
        const inOrder = (rows: Iterable<number>): number[] =>
          Array.from(rows, (row, i) => ({ row, group: values.findIndex(value => Math.abs(value - values[i]) < 1e-6) }))
            .sort((a, b) => a.group - b.group || a.row - b.row)
            .map(({ row }) => row);
        expect(inOrder(indices).slice(0, sure)).toEqual(inOrder(order.slice(q * 10, q * 10 + 10)).slice(0, sure));
        if (method.reciprocal === undefined) continue; // others' scores are in units of their own
        for (const [i, value] of values.entries()) expect(found[i]).toBeCloseTo(value, 5);
      }
    },
  );

  it("re-ranks a short list of the whole gallery as the whole gallery, for one query", async () => {
    const alone = imagesOf({
      data: (golden.query.features as NdArray<Float32Array>).data.slice(0, 12),
      shape: [1, 12],
    });
    const sides = { queries: alone, database: golden.gallery };
    for (const method of [
      { ranking: "euclidean", reciprocal: { k1: 7, k2: 3 } },
      { ranking: "cosine", expansion: { neighbours: 4 }, reciprocal: {} },
      { ranking: "hamming", expansion: { neighbours: 4 } },
      { ranking: "asymmetric", expansion: { neighbours: 4, alpha: 2 } },
    ] as const) {
      const whole = await rankGallery(sides, { engine, ...method });
      const short = await rankGallery(sides, { engine, ...method, shortlist: 60 });
      expect(short).toEqual(whole);
    }
  });

  it("gives all of a gallery of fewer than k images, with every method", async () => {
    const small = imagesOf(vectors(4, 20, 3));
    for (const ranking of RANKING_NAMES) {
      for (const more of [{}, { expansion: { neighbours: 6 } }, { reciprocal: {} }]) {
        const { data, shape } = await rankGallery(
          { queries: imagesOf(query), database: small },
          { engine, ranking, ...more },
        );
        expect(shape).toEqual([70, 4]);
        expect(Array.from(data.subarray(0, 4)).sort()).toEqual([0, 1, 2, 3]);
      }
    }
  });

  it("ranks by Hamming distance with the backend asked for, by the option or HASHBOOK_RANKING, and closes its own", async () => {
    const sides = { queries: imagesOf(query), database: imagesOf(gallery) };
    const asked: number[] = [];
    const backend: RankingBackend = {
      ...referenceRanking,
      nearest: (those, options) => {
        asked.push(those.queries.codes.count);
        return referenceRanking.nearest(those, options);
      },
      close: () => asked.push(-1),
    };
    const expected = await rankGallery(sides, { ranking: "hamming" });
    expect(await rankGallery(sides, { ranking: "hamming", backend })).toEqual(expected);
    expect(asked).toEqual([70]);
    await rankGallery(sides, { engine, ranking: "cosine", shortlist: 20, backend });
    expect(asked).toEqual([70, 70]);
    vi.stubEnv("HASHBOOK_RANKING", "reference");
    expect(await rankGallery(sides, { ranking: "hamming" })).toEqual(expected);
    vi.stubEnv("HASHBOOK_RANKING", "refrence");
    await expect(rankGallery(sides, { ranking: "hamming" })).rejects.toThrow(/unknown ranking backend "refrence"/);
    await expect(rankGallery(sides, { ranking: "cosine", shortlist: 20 })).rejects.toThrow(/unknown ranking backend/);
    vi.unstubAllEnvs();
  });

  it("refuses a ranking that is none", async () => {
    const sides = { queries: imagesOf(query), database: imagesOf(gallery) };
    await expect(rankGallery(sides, { ranking: "haming" as "hamming" })).rejects.toThrow(
      /no ranking "haming"; expected "hamming"\? Known: hamming, asymmetric/,
    );
  });

  it("tells the progress", async () => {
    const seen: string[] = [];
    const onProgress: RankGalleryOptions["onProgress"] = ({ task, done, total }) =>
      seen.push(`${task} ${done}/${total}`);
    await rankGallery(
      { queries: imagesOf(query), database: imagesOf(gallery) },
      { engine, ranking: "cosine", reciprocal: {}, onProgress },
    );
    expect(seen).toContain("neighbours 160/160");
    expect(seen.at(-1)).toBe("rank 70/70");
    seen.length = 0;
    const many = imagesOf(vectors(600, 4, 5));
    await rankGallery({ queries: many, database: many }, { engine, ranking: "cosine", onProgress });
    expect(seen).toEqual(["rank 512/600", "rank 600/600"]);
  });

  it("ends when it is told to, in whatever it is at", async () => {
    const sides = { queries: imagesOf(query), database: imagesOf(gallery) };
    const methods: RankingMethod[] = [
      { ranking: "hamming" },
      { ranking: "features", augmentation: { neighbours: 2 } },
      { ranking: "hamming", augmentation: { neighbours: 2 } },
      { ranking: "asymmetric", reciprocal: {} },
      { ranking: "cosine", shortlist: 20 },
    ];
    for (const method of methods) {
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(rankGallery(sides, { engine, ...method, signal })).rejects.toThrow("enough");
    }
  });

  it("leaves the gallery it augments as it was, and takes an augmentation by all others", async () => {
    const before = structuredClone(gallery.data);
    const sides = { queries: imagesOf(query), database: imagesOf(gallery) };
    for (const ranking of RANKING_NAMES) {
      const { shape } = await rankGallery(sides, { engine, ranking, augmentation: { neighbours: 500 } });
      expect(shape).toEqual([70, 10]);
    }
    expect(gallery.data).toEqual(before);
  });

  it("finds a short list by codes as they are, and ranks it by augmented vectors", async () => {
    const sides = { queries: golden.query, database: golden.gallery };
    const method = { ranking: "cosine", augmentation: { neighbours: 3 } } as const;
    const whole = await rankGallery(sides, { engine, ...method, k: 60 });
    const short = await rankGallery(sides, { engine, ...method, shortlist: 20 });
    const { data: listed } = await rankGallery(sides, { ranking: "hamming", k: 20 });
    for (let q = 0; q < 12; q++) {
      const list = new Set(listed.subarray(q * 20, q * 20 + 20));
      const expected = whole.data.subarray(q * 60, q * 60 + 60).filter(row => list.has(row));
      expect(short.data.subarray(q * 10, q * 10 + 10)).toEqual(expected.slice(0, 10));
    }
  });

  it.each<[string, Side, Side, RankGalleryOptions, RegExp]>([
    [
      "no relaxed codes",
      { codes: golden.query.codes },
      golden.gallery,
      { ranking: "asymmetric" },
      /needs relaxed codes/,
    ],
    ["no codes", { features: query }, { features: gallery }, { ranking: "hamming" }, /needs hash codes/],
    [
      "no codes for a short list",
      { features: query },
      { features: gallery },
      { ranking: "features", shortlist: 20 },
      /needs hash codes/,
    ],
    ["other lengths", imagesOf(query), golden.gallery, { ranking: "euclidean" }, /expected 20 numbers .* found 12/],
    ["other bits", imagesOf(query), golden.gallery, { ranking: "asymmetric" }, /expected 20 bits .* found 12/],
    [
      "a short list of 9",
      golden.query,
      golden.gallery,
      { ranking: "cosine", shortlist: 9 },
      /expected 10 or more; found 9/,
    ],
    ["a short list by itself", golden.query, golden.gallery, { ranking: "hamming", shortlist: 20 }, /stays as it is/],
    [
      "no neighbours",
      golden.query,
      golden.gallery,
      { ranking: "cosine", expansion: { neighbours: 0 } },
      /found 0 neighbours/,
    ],
    [
      "an augmentation by no neighbours",
      golden.query,
      golden.gallery,
      { ranking: "cosine", augmentation: { neighbours: 0 } },
      /no such database augmentation.*found 0 neighbours/,
    ],
    ["a negative k1", golden.query, golden.gallery, { ranking: "cosine", reciprocal: { k1: -1 } }, /"k1":-1/],
    ["a weight above 1", golden.query, golden.gallery, { ranking: "cosine", reciprocal: { lambda: 2 } }, /"lambda":2/],
  ])("refuses %s", async (_, queries, database, options, message) => {
    await expect(rankGallery({ queries, database }, { engine, ...options })).rejects.toThrow(message);
  });
});
