import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { packedCodes, unpackCodes } from "../../src/codes/packed-codes.js";
import { encodeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { hammingTopK } from "../../src/ranking/hamming-ranking.js";
import { searchWithin } from "../../src/ranking/hamming-search.js";
import { buildMultiIndex, multiIndexNearest, multiIndexWithin } from "../../src/ranking/multi-index.js";
import { openMultiIndex, saveMultiIndex } from "../../src/ranking/multi-index-file.js";
import { masksOf, substringKey } from "../../src/ranking/substring-table.js";

/** Codes around a few centres, so that neighbours are near. */
function clustered(count: number, bits: number, seed: number): PackedCodes {
  const random = new Random(seed);
  const bytes = bits / 8;
  const centres = Uint8Array.from({ length: 20 * bytes }, () => random.integer(256));
  const data = new Uint8Array(count * bytes);
  for (let row = 0; row < count; row++) {
    data.set(centres.subarray(0, bytes), row * bytes);
    const centre = random.integer(20);
    data.set(centres.subarray(centre * bytes, (centre + 1) * bytes), row * bytes);
    for (let flips = random.integer(4); flips > 0; flips--)
      data[row * bytes + random.integer(bytes)] ^= 1 << random.integer(8);
  }
  return packedCodes(data, bits);
}

describe("substrings", () => {
  it("are the bits of the code, first bit highest", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 9, maxLength: 9 }),
        fc.nat(49),
        fc.integer({ min: 1, max: 22 }),
        (data, offset, width) => {
          const codes = packedCodes(data, 72);
          const signs = unpackCodes(codes).data;
          const text = Array.from(signs.subarray(offset, offset + width), sign => (sign > 0 ? "1" : "0")).join("");
          expect(substringKey(codes, 0, offset, width)).toBe(Number.parseInt(text, 2));
        },
      ),
    );
  });

  it("are changed in every way there is", () => {
    for (let width = 1; width <= 9; width++) {
      for (let ones = 0; ones <= width + 1; ones++) {
        const all = Array.from({ length: 2 ** width }, (_, mask) => mask);
        const expected = all.filter(mask => mask.toString(2).split("1").length - 1 === ones);
        expect([...masksOf(width, ones)]).toEqual(expected);
      }
    }
    expect(masksOf(22, 2)).toHaveLength(231);
  });
});

describe("multi-index hashing", () => {
  const database = clustered(20_000, 64, 1);
  const queries = clustered(12, 64, 2);
  const index = buildMultiIndex(database);
  const sides = (codes: PackedCodes) => ({ queries: { codes }, database: { codes: database } });

  it("chooses substrings of about log2(n) bits that make up the code", () => {
    expect(index.tables.map(({ offset, width }) => [offset, width])).toEqual([
      [0, 16],
      [16, 16],
      [32, 16],
      [48, 16],
    ]);
    const uneven = buildMultiIndex(packedCodes(new Uint8Array(9), 70));
    expect(uneven.tables.reduce((sum, { width }) => sum + width, 0)).toBe(70);
    expect(() => buildMultiIndex(database, { substrings: 2 })).toThrow(/expected 3\.\.64; found 2/);
  });

  it.each([true, false])("finds what a scan finds, allowed to scan: %s", async scan => {
    for (const k of [0, 1, 10]) {
      expect(await multiIndexNearest(index, queries, { k, scan })).toEqual(hammingTopK(sides(queries), { k }));
    }
    for (const radius of [0, 2, 7]) {
      expect(await multiIndexWithin(index, queries, { radius, scan })).toEqual(
        await searchWithin(sides(queries), { radius }),
      );
    }
  });

  it("answers queries far from everything by a scan", async () => {
    const random = new Random(9);
    const far = packedCodes(
      Uint8Array.from({ length: 40 }, () => random.integer(256)),
      64,
    );
    expect(await multiIndexNearest(index, far, { k: 30 })).toEqual(hammingTopK(sides(far), { k: 30 }));
    const within = { radius: 30 };
    expect(await multiIndexWithin(index, far, within)).toEqual(await searchWithin(sides(far), within));
  });

  it("works without items, and refuses other bits", async () => {
    const empty = buildMultiIndex(packedCodes(new Uint8Array(0), 64));
    expect((await multiIndexNearest(empty, queries, { k: 3 })).indices.shape).toEqual([12, 0]);
    expect((await multiIndexWithin(empty, queries, { radius: 3 })).indices).toHaveLength(0);
    await expect(multiIndexNearest(index, packedCodes(new Uint8Array(4), 32))).rejects.toThrow(/differ in bits/);
  });

  describe("on disk", () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "hashbook-index-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("is the same after writing and reading, and says when it is not whole", async () => {
      await saveMultiIndex(folder, index);
      const read = await openMultiIndex(folder);
      expect(await multiIndexNearest(read, queries, { k: 5 })).toEqual(hammingTopK(sides(queries), { k: 5 }));
      writeFileSync(join(folder, "items-1.npy"), encodeNpy({ data: new Uint32Array(7), shape: [7] }));
      await expect(openMultiIndex(folder)).rejects.toThrow(/items-1\.npy: .*expected 20000 values.*found 7/);
      const written = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
      const { substrings } = written;
      for (const [wrong, message] of [
        [{ substrings: [substrings[0], ...substrings] }, /"substrings" do not tile the codes/],
        [{ substrings: substrings.slice(1) }, /"substrings" do not tile the codes/],
        [{ substrings: [] }, /"substrings" cannot be this; expected a list of at least 1/],
        [{ bits: 1e7 }, /"bits" cannot be this; expected .* at most 1024; found 10000000/],
      ] as const) {
        await writeFile(join(folder, "index.json"), JSON.stringify({ ...written, ...wrong }));
        await expect(openMultiIndex(folder)).rejects.toThrow(message);
      }
      await expect(openMultiIndex(join(folder, "none"))).rejects.toThrow(/index\.json: cannot be read/);
    });
  });
});
