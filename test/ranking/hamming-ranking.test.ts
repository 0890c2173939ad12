import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packCodes, packedCodes } from "../../src/codes/packed-codes.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { distanceHistogram, relevanceHistograms } from "../../src/ranking/distance-histogram.js";
import { hammingDistance, hammingScan } from "../../src/ranking/hamming-distances.js";
import { hammingTopK, nearestByDistance, rankByDistance } from "../../src/ranking/hamming-ranking.js";
import { hammingRankings } from "../../src/ranking/query-ranking.js";
import { codeMatrix } from "../codes/code-matrix.js";

/** Differing entries of two rows. */
function naiveDistance(codes: NdArray, a: number, b: number): number {
  const bits = codes.shape[1];
  let distance = 0;
  for (let bit = 0; bit < bits; bit++) if (codes.data[a * bits + bit] !== codes.data[b * bits + bit]) distance++;
  return distance;
}

const matrices = codeMatrix({ bits: [1, 200], rows: [1, 8] });
const LONG = [16, 32, 48, 64, 96, 128, 1000, 1023, 1024];

function randomCodes(count: number, bits: number, seed = 1): NdArray<Int8Array> {
  const random = new Random(seed);
  const data = Int8Array.from({ length: count * bits }, () => (random.uniform() < 0.5 ? -1 : 1));
  return { data, shape: [count, bits] };
}

function checkDistances(codes: NdArray): void {
  const packed = packCodes(codes);
  const scan = hammingScan(packed, packed);
  const out = new Uint16Array(packed.count);
  for (let query = 0; query < packed.count; query++) {
    scan.distances(query, out);
    expect([...out]).toEqual(Array.from(out, (_, item) => naiveDistance(codes, query, item)));
  }
}

describe("hammingScan", () => {
  it("counts differing bits, 1..200 bits", () => {
    fc.assert(fc.property(matrices, checkDistances));
  });

  it.each(LONG)("counts differing bits, %i bits, up to opposite codes", bits => {
    const codes = randomCodes(4, bits);
    for (let bit = 0; bit < bits; bit++) codes.data[3 * bits + bit] = -codes.data[bit];
    checkDistances(codes);
    const packed = packCodes(codes);
    const row = (i: number) => packed.data.subarray(i * packed.bytesPerCode, (i + 1) * packed.bytesPerCode);
    expect(hammingDistance(row(0), row(3))).toBe(bits);
    expect(hammingDistance(row(0), row(1))).toBe(naiveDistance(codes, 0, 1));
  });

  it("takes bytes that start anywhere in their buffer", () => {
    const data = Uint8Array.of(0, 0xff, 0, 0xff, 0xf0, 0, 0, 0, 0).subarray(1);
    const codes = packedCodes(data, 32);
    const out = new Uint16Array(2);
    hammingScan(codes, codes).distances(0, out);
    expect([...out]).toEqual([0, 20]);
  });

  it("refuses unequal bits, even with equal bytes", () => {
    expect(() => hammingScan(packedCodes(new Uint8Array(2), 12), packedCodes(new Uint8Array(2), 16))).toThrow(
      /expected 12 bits as for the queries; found 16 for the database/,
    );
  });
});

/** Distances of at most 12 (many ties) with relevance marks. */
const marked = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean()), { maxLength: 60 }).map(items => ({
  distances: Uint16Array.from(items, ([distance]) => distance),
  mask: Uint8Array.from(items, ([, relevant]) => (relevant ? 1 : 0)),
}));

describe("histograms", () => {
  it("count every item once, at its distance", () => {
    fc.assert(
      fc.property(marked, ({ distances, mask }) => {
        const { sizes, relevant } = relevanceHistograms(distances, mask, 12);
        for (let d = 0; d <= 12; d++) {
          const there = [...distances.keys()].filter(i => distances[i] === d);
          expect(sizes[d]).toBe(there.length);
          expect(relevant[d]).toBe(there.filter(i => mask[i] === 1).length);
        }
        expect(distanceHistogram(distances, 12)).toEqual(sizes);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(distances.length);
      }),
    );
  });
});

/** Indices sorted by distance, then index, by a comparison sort. */
function sortedIndices(distances: Uint16Array): number[] {
  return [...distances.keys()].sort((a, b) => distances[a] - distances[b] || a - b);
}

describe("ranking", () => {
  it("orders by distance, then index; the nearest k are its start", () => {
    fc.assert(
      fc.property(marked, fc.integer({ min: 0, max: 80 }), ({ distances }, k) => {
        const order = sortedIndices(distances);
        expect([...rankByDistance(distances, 12)]).toEqual(order);
        const nearest = nearestByDistance(distances, 12, k);
        expect([...nearest.indices]).toEqual(order.slice(0, k));
        expect([...nearest.distances]).toEqual(order.slice(0, k).map(i => distances[i]));
      }),
    );
  });

  it("finds the top k of each query", () => {
    const codes = packCodes(randomCodes(40, 10));
    const queries = packCodes(randomCodes(7, 10, 2));
    const scan = hammingScan(queries, codes);
    const { indices, distances } = hammingTopK({ queries: { codes: queries }, database: { codes } }, { k: 5 });
    expect([indices.shape, distances.shape]).toEqual([
      [7, 5],
      [7, 5],
    ]);
    const row = new Uint16Array(40);
    for (let query = 0; query < 7; query++) {
      scan.distances(query, row);
      const order = sortedIndices(row).slice(0, 5);
      expect([...indices.data.subarray(query * 5, query * 5 + 5)]).toEqual(order);
      expect([...distances.data.subarray(query * 5, query * 5 + 5)]).toEqual(order.map(i => row[i]));
    }
  });

  it("gives no more than there is, and refuses a negative number", () => {
    const codes = packCodes(randomCodes(3, 10));
    expect(hammingTopK({ queries: { codes }, database: { codes } }, { k: 9 }).indices.shape).toEqual([3, 3]);
    expect(hammingTopK({ queries: { codes }, database: { codes } }, { k: 0 }).indices.shape).toEqual([3, 0]);
    expect(() => hammingTopK({ queries: { codes }, database: { codes } }, { k: -1 })).toThrow(
      /expected an integer of 0 or more; found -1/,
    );
  });
});

describe("hammingRankings", () => {
  it("gives ties by distance and the stable ranks of the relevant items", () => {
    const labels = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(codeMatrix({ bits: [1, 9], rows: [8, 8] }), labels, labels, (codes, forQueries, forDatabase) => {
        const packed = packCodes(codes);
        const side = (labels: number[]) => ({ codes: packed, labels: Int32Array.from(labels) });
        const sides = { queries: side(forQueries), database: side(forDatabase) };
        let query = 0;
        for (const { groups, relevantRanks } of hammingRankings(sides)) {
          const distances = Uint16Array.from({ length: 8 }, (_, item) => naiveDistance(codes, query, item));
          const mask = Uint8Array.from(forDatabase, label => (label === forQueries[query] ? 1 : 0));
          const ranks = sortedIndices(distances).flatMap((item, place) => (mask[item] === 1 ? [place + 1] : []));
          expect([...relevantRanks]).toEqual(ranks);
          expect(groups).toEqual(relevanceHistograms(distances, mask, packed.bits));
          query++;
        }
        expect(query).toBe(8);
      }),
    );
  });

  it("refuses codes and labels of unequal number", () => {
    const codes = packCodes(randomCodes(4, 10));
    const ranking = (queries: number, database: number) =>
      hammingRankings({
        queries: { codes, labels: new Int32Array(queries) },
        database: { codes, labels: new Int32Array(database) },
      }).next();
    expect(() => ranking(3, 4)).toThrow(/of the queries differ in number; expected 4 labels; found 3/);
    expect(() => ranking(4, 5)).toThrow(/of the database differ in number; expected 4 labels; found 5/);
  });
});
