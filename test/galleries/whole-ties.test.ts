import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import type { TopLists } from "../../src/galleries/whole-ties.js";
import { nearestInOrder, withinInOrder } from "../../src/galleries/whole-ties.js";

/** An engine over distances (queries, rows): ties in an order of its own at each call, and cut anywhere among them. */
function engineOf(distances: readonly (readonly number[])[], most: number, seed: number) {
  const random = new Random(seed);
  const asked: { queries: number; limit: number }[] = [];
  const top: TopLists = async (queries, limit, window = { from: 0, to: Number.POSITIVE_INFINITY }) => {
    asked.push({ queries: queries.length, limit });
    expect(limit).toBeLessThanOrEqual(most);
    return queries.map(query => {
      const rows = distances[query]
        .map((distance, row) => ({ row, distance, place: random.uniform() }))
        .filter(({ row }) => row >= window.from && row < window.to)
        .sort((a, b) => a.distance - b.distance || a.place - b.place)
        .slice(0, limit);
      return {
        indices: Int32Array.from(rows, ({ row }) => row),
        distances: Uint16Array.from(rows, ({ distance }) => distance),
      };
    });
  };
  return { top, asked };
}

/** Rows and distances by distance, then row. */
function inOrder(distances: readonly number[]): [row: number, distance: number][] {
  return distances
    .map((distance, row) => [row, distance] as [number, number])
    .sort((a, b) => a[1] - b[1] || a[0] - b[0]);
}

const pairsOf = (list: { indices: Int32Array; distances: Uint16Array }) =>
  [...list.indices].map((row, i) => [row, list.distances[i]]);

const galleries = fc.record({
  rows: fc.integer({ min: 1, max: 400 }),
  queries: fc.integer({ min: 1, max: 4 }),
  far: fc.integer({ min: 0, max: 12 }),
  most: fc.integer({ min: 1, max: 64 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  seed: fc.nat(),
});

function drawn({ rows, queries, far, seed }: { rows: number; queries: number; far: number; seed: number }) {
  const random = new Random(seed);
  return Array.from({ length: queries }, () =>
    Array.from({ length: rows }, () => Math.floor(random.uniform() * (far + 1))),
  );
}

describe("nearestInOrder", () => {
  it("restores the order of an exhaustive scan, whatever ties and however few can be fetched", async () => {
    await fc.assert(
      fc.asyncProperty(galleries, async gallery => {
        const distances = drawn(gallery);
        const { rows, queries, most, share, seed } = gallery;
        const k = Math.max(1, Math.round(share * Math.min(rows, most)));
        const lists = await nearestInOrder(engineOf(distances, most, seed).top, k, { queries, rows, most });
        for (const [query, list] of lists.entries()) {
          expect(pairsOf(list)).toEqual(inOrder(distances[query]).slice(0, k));
        }
      }),
      { seed: 17, numRuns: 200 },
    );
  });

  it("asks once where few items tie, and little where all do", async () => {
    const few = engineOf([Array.from({ length: 2000 }, (_, row) => row)], 256, 1);
    await nearestInOrder(few.top, 20, { queries: 1, rows: 2000, most: 256 });
    expect(few.asked).toEqual([{ queries: 1, limit: 48 }]);
    const all = engineOf([new Array(20_000).fill(3)], 256, 1);
    const [list] = await nearestInOrder(all.top, 200, { queries: 1, rows: 20_000, most: 256 });
    expect([...list.indices]).toEqual(Array.from({ length: 200 }, (_, row) => row));
    expect(all.asked.length).toBeLessThan(12);
  });
});

describe("withinInOrder", () => {
  it("finds all within a radius, more than can be fetched at once too", async () => {
    await fc.assert(
      fc.asyncProperty(galleries, async gallery => {
        const distances = drawn(gallery);
        const { rows, queries, most, far, share, seed } = gallery;
        const radius = Math.round(share * (far + 1));
        const lists = await withinInOrder(engineOf(distances, most, seed).top, radius, { queries, rows, most });
        for (const [query, list] of lists.entries()) {
          expect(pairsOf(list)).toEqual(inOrder(distances[query]).filter(([, distance]) => distance <= radius));
        }
      }),
      { seed: 18, numRuns: 200 },
    );
  });
});
