import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { packedCodes, takeCodes, unpackCodes } from "../../src/codes/packed-codes.js";
import type { Labels } from "../../src/core/labels.js";
import { hasClass, multiHotLabels } from "../../src/core/labels.js";
import { writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import type { Gallery } from "../../src/ranking/gallery.js";
import { GALLERY_SOURCE_HASH } from "../../src/ranking/gallery-bytes.js";
import { hammingTopK } from "../../src/ranking/hamming-ranking.js";
import { openCodesGallery } from "../../src/ranking/open-codes-gallery.js";
import { neighboursWithin } from "../../src/ranking/ranking-backend.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-gallery-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Codes of which many are equal or near: each is one of few, with a few bits flipped. */
function someCodes(random: Random, count: number, bits: number): PackedCodes {
  const bytes = Math.ceil(bits / 8);
  const data = new Uint8Array(count * bytes);
  for (let row = 0; row < count; row++) {
    const centre = random.integer(5);
    for (let bit = 0; bit < bits; bit++) {
      const one = (((centre + 1) * (bit + 3) * 7919) >> 4) & 1;
      if ((one ^ (random.uniform() < 0.1 ? 1 : 0)) === 1) data[row * bytes + (bit >> 3)] |= 0x80 >> (bit & 7);
    }
  }
  return packedCodes(data, bits);
}

interface Found {
  readonly index: number;
  readonly distance: number;
}

/** By sorting all distances, counted bit by bit. */
function ranking(query: PackedCodes, row: number, database: PackedCodes, may: (item: number) => boolean): Found[] {
  const [one, all] = [unpackCodes(query).data, unpackCodes(database).data];
  const found: Found[] = [];
  for (let index = 0; index < database.count; index++) {
    if (!may(index)) continue;
    let distance = 0;
    for (let bit = 0; bit < query.bits; bit++) {
      if (one[row * query.bits + bit] !== all[index * query.bits + bit]) distance++;
    }
    found.push({ index, distance });
  }
  return found.sort((a, b) => a.distance - b.distance || a.index - b.index);
}

async function nearestLists(gallery: Gallery, queries: PackedCodes, k: number, classes?: number[]): Promise<Found[][]> {
  const { indices, distances } = await gallery.nearest(queries, { k, classes });
  const [count, found] = indices.shape;
  expect(count).toBe(queries.count);
  expect(distances.shape).toEqual(indices.shape);
  return Array.from({ length: count }, (_, q) =>
    Array.from({ length: found }, (_, i) => ({
      index: indices.data[q * found + i],
      distance: distances.data[q * found + i],
    })),
  );
}

async function withinLists(g: Gallery, queries: PackedCodes, radius: number, classes?: number[]): Promise<Found[][]> {
  const { starts, indices, distances } = await g.within(queries, { radius, classes });
  return Array.from({ length: queries.count }, (_, q) =>
    Array.from(indices.subarray(starts[q], starts[q + 1]), (index, i) => ({
      index,
      distance: distances[starts[q] + i],
    })),
  );
}

/** Long arrays take seconds to compare as values. */
function sameBytes(a: Int32Array | Uint16Array, b: Int32Array | Uint16Array): boolean {
  return Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;
}

function someLabels(random: Random, count: number, multi: boolean): Labels {
  if (!multi) return Int32Array.from({ length: count }, (_, row) => (row === 0 ? 4 : random.integer(6) - 1));
  const data = Uint8Array.from({ length: count * 70 }, () => (random.uniform() < 0.05 ? 1 : 0));
  return multiHotLabels({ data, shape: [count, 70] });
}

describe("openCodesGallery", () => {
  it("finds what sorting all distances finds, over one memory or several, with and without a filter", async () => {
    const widths = fc.oneof(fc.constantFrom(8, 16, 32, 48, 64, 65, 72, 96, 128, 129, 200, 1024), fc.nat(199));
    const shape = fc.record({
      seed: fc.nat(1e6),
      bits: widths.map(bits => Math.max(1, bits)),
      queries: fc.nat(5),
      database: fc.nat(400),
      k: fc.nat(450),
      radius: fc.nat(60),
      threads: fc.constantFrom(1, 2, 3),
      segmentBytes: fc.constantFrom(undefined, 100, 1000),
      multi: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ seed, bits, threads, segmentBytes, k, radius, multi, ...counts }) => {
        const random = new Random(seed);
        const queries = someCodes(random, counts.queries, bits);
        const database = someCodes(random, counts.database, bits);
        const labels = someLabels(random, counts.database, multi);
        const gallery = await openCodesGallery(database, { labels, threads, segmentBytes });
        try {
          const isHeld = (label: number): boolean =>
            counts.database === 0 || Array.from({ length: counts.database }).some((_, i) => hasClass(labels, i, label));
          for (const asked of [undefined, [2], [1, 3]]) {
            const classes = asked?.filter(isHeld); // others are refused
            const may = (item: number): boolean => classes?.some(label => hasClass(labels, item, label)) ?? true;
            const all = Array.from({ length: queries.count }, (_, q) => ranking(queries, q, database, may));
            expect(await nearestLists(gallery, queries, k, classes)).toEqual(all.map(list => list.slice(0, k)));
            const near = all.map(list => list.filter(({ distance }) => distance <= radius));
            expect(await withinLists(gallery, queries, radius, classes)).toEqual(near);
          }
        } finally {
          await gallery.close();
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it("finds the same with threads at work, many queries, crowded balls and lists beyond their room", async () => {
    const random = new Random(1);
    for (const bits of [8, 48, 64]) {
      const queries = someCodes(random, 300, bits);
      const database = someCodes(random, 30_000, bits);
      const sides = { queries: { codes: queries }, database: { codes: database } };
      const gallery = await openCodesGallery(database, { threads: 3, segmentBytes: 100_000 });
      try {
        for (const k of [1, 10]) expect(await gallery.nearest(queries, { k })).toEqual(hammingTopK(sides, { k }));
        const few = takeCodes(queries, [3, 4]);
        const all = hammingTopK({ ...sides, queries: { codes: few } }, { k: 30_000 });
        const most = await gallery.nearest(few, { k: 30_000 });
        expect(sameBytes(most.indices.data, all.indices.data)).toBe(true);
        expect(sameBytes(most.distances.data, all.distances.data)).toBe(true);
        for (const radius of [0, bits >> 2, bits >> 1]) {
          expect(await gallery.within(few, { radius })).toEqual(neighboursWithin(all, radius));
        }
      } finally {
        await gallery.close();
      }
    }
  }, 60_000);

  it("finds more neighbours than its lists have room for", async () => {
    // Room for 64 MiB ÷ 16 threads ÷ 6 bytes, of which k takes half.
    const random = new Random(2);
    const database = packedCodes(
      Uint8Array.from({ length: 500_000 }, () => random.integer(256)),
      7 + 1,
    );
    const queries = takeCodes(database, [17]);
    const gallery = await openCodesGallery(database, { threads: 16 });
    try {
      const expected = hammingTopK({ queries: { codes: queries }, database: { codes: database } }, { k: 400_000 });
      const found = await gallery.nearest(queries, { k: 400_000 });
      expect(sameBytes(found.indices.data, expected.indices.data)).toBe(true);
      expect(sameBytes(found.distances.data, expected.distances.data)).toBe(true);
    } finally {
      await gallery.close();
    }
  }, 60_000);

  it("drops the farthest again and again when items come from far to near", async () => {
    // Distances descend from 64 to 0, so that every item is nearer than all before it, or ties.
    const count = 60_000;
    const data = new Uint8Array(8 * count);
    for (let row = 0; row < count; row++) {
      const distance = 64 - Math.floor((row * 65) / count);
      for (let bit = 0; bit < distance; bit++) data[8 * row + (bit >> 3)] |= 0x80 >> (bit & 7);
    }
    const sides = {
      queries: { codes: packedCodes(new Uint8Array(8), 64) },
      database: { codes: packedCodes(data, 64) },
    };
    for (const threads of [1, 3]) {
      const gallery = await openCodesGallery(sides.database.codes, { threads });
      for (const k of [1, 100, 3000]) {
        expect(await gallery.nearest(sides.queries.codes, { k })).toEqual(hammingTopK(sides, { k }));
      }
      await gallery.close();
    }
  });

  it("finds the same for one query, whose codes are read in runs side by side", async () => {
    const random = new Random(5);
    // A thread takes an eighth of its share at a time, and reads it in runs once little is near.
    for (const [bits, threads, count] of [
      [64, 1, 70_001],
      [61, 1, 70_001],
      [16, 1, 70_001],
      [48, 2, 140_001],
      [96, 1, 70_001],
      [128, 1, 70_001],
      [200, 1, 70_001],
      [256, 1, 70_001],
      [64, 3, 70_001],
    ]) {
      const database = someCodes(random, count, bits);
      const labels = someLabels(random, count, false);
      const query = someCodes(random, 1, bits);
      const gallery = await openCodesGallery(database, { labels, threads });
      const may = (item: number): boolean => (labels as Int32Array)[item] === 2;
      const [all, some] = [ranking(query, 0, database, () => true), ranking(query, 0, database, may)];
      for (const k of [1, 10, 1000]) {
        expect((await nearestLists(gallery, query, k))[0]).toEqual(all.slice(0, k));
        expect((await nearestLists(gallery, query, k, [2]))[0]).toEqual(some.slice(0, k));
      }
      const near = some.filter(({ distance }) => distance <= bits >> 2);
      expect(near.length).toBeGreaterThan(100);
      expect((await withinLists(gallery, query, bits >> 2, [2]))[0]).toEqual(near);
      await gallery.close();
    }
  });

  it("finds the same where more codes of a run are near than can be noted", async () => {
    const random = new Random(7);
    for (const bits of [16, 64, 100]) {
      // Eight chunks, each with far codes, and then with ones that are nearer than any before.
      const [count, chunk, bytes] = [240_000, 30_000, Math.ceil(bits / 8)];
      const query = packedCodes(new Uint8Array(bytes), bits);
      const data = new Uint8Array(count * bytes);
      const flip = (row: number, from: number, bitsFlipped: number): void => {
        for (let i = 0; i < bitsFlipped; i++) {
          const bit = (from + i) % bits;
          data[row * bytes + (bit >> 3)] |= 0x80 >> (bit & 7);
        }
      };
      for (let row = 0; row < count; row++) {
        const near = row % chunk > 18_000 ? 9 - Math.floor(row / chunk) : bits - 2 - random.integer(3);
        flip(row, random.integer(bits), near);
      }
      const database = packedCodes(data, bits);
      const gallery = await openCodesGallery(database, { threads: 1 });
      for (const k of [1, 10, 3000, 15_000]) {
        const sides = { queries: { codes: query }, database: { codes: database } };
        expect(await gallery.nearest(query, { k })).toEqual(hammingTopK(sides, { k }));
      }
      await gallery.close();
    }
  });

  it("finds the same by look-ups, and tells what searches", async () => {
    const random = new Random(6);
    const database = someCodes(random, 120_000, 32);
    const labels = someLabels(random, 120_000, false);
    const queries = takeCodes(database, [0, 77]);
    const scan = await openCodesGallery(database, { labels, threads: 2 });
    const looked = await openCodesGallery(database, { labels, threads: 2, index: "multi-index" });
    const chosen = await openCodesGallery(database, { labels, threads: 2, index: "auto" });
    expect([scan.index, looked.index]).toEqual(["scan", "multi-index"]);
    for (const gallery of [looked, chosen]) {
      for (const settings of [{ k: 3 }, { k: 900 }, { k: 3, classes: [1] }]) {
        expect(await gallery.nearest(queries, settings)).toEqual(await scan.nearest(queries, settings));
      }
      for (const settings of [{ radius: 1 }, { radius: 7 }, { radius: 2, classes: [1, 2] }]) {
        expect(await gallery.within(queries, settings)).toEqual(await scan.within(queries, settings));
      }
    }
    for (const gallery of [scan, looked, chosen]) await gallery.close();
    await expect(openCodesGallery(database, { index: "hnsw" as "scan" })).rejects.toThrow(
      /unknown index "hnsw".*scan, multi-index, auto/,
    );
    await expect(openCodesGallery(database, { index: "multi-index", segmentBytes: 1000 })).rejects.toThrow(
      /several memories/,
    );
  });

  it("is read from files of packed codes and of a bit a value", async () => {
    const random = new Random(3);
    const database = someCodes(random, 90_000, 50);
    const queries = takeCodes(database, [0, 89_999]);
    const [packed, unpacked] = [join(folder, "packed.npy"), join(folder, "unpacked.npy")];
    await writeNpy(packed, { data: database.data, shape: [database.count, database.bytesPerCode] });
    await writeNpy(unpacked, unpackCodes(database));
    const expected = hammingTopK({ queries: { codes: queries }, database: { codes: database } });
    for (const [file, bits] of [
      [packed, 50],
      [unpacked, undefined],
    ] as const) {
      const gallery = await openCodesGallery(file, { bits, segmentBytes: 300_000 });
      expect(gallery).toMatchObject({ count: 90_000, bits: 50 });
      expect(await gallery.nearest(queries)).toEqual(expected);
      await gallery.close();
    }
    await expect(openCodesGallery(packed)).rejects.toThrow(/packed codes need the number of bits/);
    await expect(openCodesGallery(unpacked, { bits: 48 })).rejects.toThrow(/expected 48 bits; found 50/);
  });

  it("serves searches that are asked at the same time one after the other", async () => {
    const random = new Random(4);
    const database = someCodes(random, 50_000, 64);
    const labels = someLabels(random, 50_000, false);
    const gallery = await openCodesGallery(database, { labels, threads: 2 });
    const asked = [[1], undefined, [2, 3], [1]].map((classes, i) => ({
      queries: takeCodes(database, [i, 9]),
      classes,
    }));
    const together = await Promise.all(
      asked.map(({ queries, classes }) => gallery.nearest(queries, { classes, k: 7 })),
    );
    for (const [i, { queries, classes }] of asked.entries()) {
      expect(await gallery.nearest(queries, { classes, k: 7 })).toEqual(together[i]);
    }
    await gallery.close();
  });

  it("ends a search by its signal, lets timers run meanwhile, and searches on", async () => {
    const database = { data: new Uint8Array(4_000_000 * 8), count: 4_000_000, bits: 64, bytesPerCode: 8 };
    const gallery = await openCodesGallery(database, { threads: 2 });
    const queries = { ...database, count: 200, data: database.data.subarray(0, 1600) };
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 1);
    await expect(gallery.nearest(queries, { signal: controller.signal })).rejects.toBe(reason);
    await expect(gallery.within(queries, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const { indices } = await gallery.nearest(takeCodes(database, [5]), { k: 3 });
    expect([...indices.data]).toEqual([0, 1, 2]);
    await gallery.close();
  });

  it("refuses what does not fit", async () => {
    const codes = packedCodes(new Uint8Array(80), 64);
    await expect(openCodesGallery(codes, { ids: ["a"] })).rejects.toThrow(/ids .* expected 10, .* found 1/);
    await expect(openCodesGallery(codes, { labels: new Int32Array(9) })).rejects.toThrow(
      /labels .* expected 10, .* found 9/,
    );
    const array = { data: new Int32Array(10), shape: [10] } as unknown as Labels;
    await expect(openCodesGallery(codes, { labels: array })).rejects.toThrow(
      /no labels; expected .*readLabels.*readNpy/,
    );
    await expect(openCodesGallery(codes, { threads: 0 })).rejects.toThrow(/threads out of range/);
    await expect(openCodesGallery(codes, { bits: 63 })).rejects.toThrow(/expected 63 bits; found 64/);
    const gallery = await openCodesGallery(codes, { threads: 1, ids: Array.from("abcdefghij") });
    expect(gallery.ids?.[3]).toBe("d");
    await expect(gallery.nearest(packedCodes(new Uint8Array(4), 32))).rejects.toThrow(/expected 64 bits .* found 32/);
    await expect(gallery.nearest(codes, { k: -1 })).rejects.toThrow(/integer of 0 or more; found -1/);
    await expect(gallery.within(codes, { radius: 0.5 })).rejects.toThrow(/radius out of range/);
    await expect(gallery.nearest(codes, { classes: [1] })).rejects.toThrow(/cannot be filtered .* labels/);
    await gallery.close();
    await expect(gallery.nearest(codes)).rejects.toThrow(/closed/);
  });

  it("refuses classes that none of its items has", async () => {
    const codes = packedCodes(new Uint8Array(8 * 3), 64);
    const multi = multiHotLabels({ data: Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0, 0), shape: [3, 3] });
    for (const labels of [Int32Array.of(0, -1, 2), multi]) {
      const gallery = await openCodesGallery(codes, { threads: 1, labels });
      for (const label of [1, 2, 3, 99].slice(labels === multi ? 1 : 0, labels === multi ? 4 : 1)) {
        await expect(gallery.nearest(codes, { classes: [0, label] })).rejects.toThrow(
          new RegExp(`no item of this gallery.*of 0 to 2; found ${label}$`),
        );
      }
      expect((await gallery.nearest(codes, { classes: [0] })).indices.shape).toEqual([3, 1]);
      expect((await gallery.within(codes, { classes: [] })).indices).toHaveLength(0);
      await gallery.close();
    }
  });

  it("does not keep the process alive", async () => {
    const lib = (file: string): string => JSON.stringify(new URL(`../../lib/${file}`, import.meta.url).href);
    const code = `import { packedCodes } from ${lib("codes/packed-codes.js")};
      import { openCodesGallery } from ${lib("ranking/open-codes-gallery.js")};
      const codes = packedCodes(new Uint8Array(8_000_000), 64);
      const gallery = await openCodesGallery(codes, { threads: 2 });
      const { indices } = await gallery.nearest({ ...codes, data: codes.data.subarray(0, 8), count: 1 }, { k: 2 });
      console.log(indices.data.join());`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
      timeout: 20_000,
    });
    expect(stdout).toBe("0,1\n");
  });
});

describe("the embedded module", () => {
  it("is made of the present source (node tools/build-kernels.mjs makes it)", () => {
    const source = readFileSync(new URL("../../assembly/gallery.ts", import.meta.url));
    expect(GALLERY_SOURCE_HASH).toBe(createHash("sha256").update(source).digest("hex"));
  });
});
