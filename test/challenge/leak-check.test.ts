import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fingerprints } from "../../src/challenge/fingerprints.js";
import { fingerprintImages } from "../../src/challenge/fingerprints.js";
import type { LeakPair } from "../../src/challenge/leak-check.js";
import { findLeaks } from "../../src/challenge/leak-check.js";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { InputError } from "../../src/core/errors.js";
import { Random } from "../../src/core/random.js";
import type { ImageInput } from "../../src/datasets/image-input.js";

/** An image of a made-up set: a 16-bit hash, which of three files with this hash, a product. */
interface Item {
  readonly hash: number;
  readonly file: number;
  readonly product: number;
}

function fingerprints(items: readonly Item[]): Fingerprints {
  return {
    ids: items.map((_, i) => `${i}`),
    products: Int32Array.from(items, item => item.product),
    digests: items.map(item => `${item.hash} ${item.file}`),
    hashes: packedCodes(Uint8Array.from(items.flatMap(({ hash }) => [hash >> 8, hash & 255])), 16),
    unreadable: [],
  };
}

function bitsOf(value: number): number {
  return [...value.toString(2)].filter(digit => digit === "1").length;
}

/** All pairs by looking at all pairs. */
function naive(first: readonly Item[], second: readonly Item[], radius: number): LeakPair[] {
  const pairs: LeakPair[] = [];
  first.forEach((a, i) => {
    second.forEach((b, j) => {
      if (first === second && j <= i) return;
      const distance = bitsOf(a.hash ^ b.hash);
      const oneProduct = a.product >= 0 && a.product === b.product;
      if (oneProduct || distance > radius) return;
      pairs.push({ first: i, second: j, sameFile: a.hash === b.hash && a.file === b.file, distance });
    });
  });
  return pairs.sort(
    (a, b) =>
      Number(b.sameFile) - Number(a.sameFile) || a.distance - b.distance || a.first - b.first || a.second - b.second,
  );
}

const items = fc.array(
  fc.record({
    // Few hashes, near each other and far: many copies, near-duplicates and strangers.
    hash: fc.constantFrom(0, 1, 3, 7, 0x8000, 0xff00, 0xff01, 0xffff, 0x5555),
    file: fc.integer({ min: 0, max: 2 }),
    product: fc.integer({ min: -1, max: 3 }),
  }),
  { minLength: 1, maxLength: 25 },
);

describe("findLeaks", () => {
  it("finds what comparing all pairs finds, between two sets", async () => {
    await fc.assert(
      fc.asyncProperty(items, items, fc.integer({ min: 0, max: 5 }), async (first, second, radius) => {
        const { pairs, sameFile, near } = await findLeaks(fingerprints(first), fingerprints(second), { radius });
        const expected = naive(first, second, radius);
        expect(pairs).toEqual(expected);
        expect(sameFile).toBe(expected.filter(pair => pair.sameFile).length);
        expect(sameFile + near).toBe(expected.length);
      }),
      { seed: 21, numRuns: 150 },
    );
  });

  it("finds what comparing all pairs finds, within one set, and counts all when it lists few", async () => {
    await fc.assert(
      fc.asyncProperty(
        items,
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 6 }),
        async (set, radius, limit) => {
          const own = fingerprints(set);
          const expected = naive(set, set, radius);
          const all = await findLeaks(own, own, { radius });
          expect(all.pairs).toEqual(expected);
          const few = await findLeaks(own, undefined, { radius, limit });
          expect([few.sameFile, few.near]).toEqual([all.sameFile, all.near]);
          expect(few.sameFile + few.near).toBe(expected.length);
          expect(few.pairs.length).toBe(Math.min(limit, expected.length));
        },
      ),
      { seed: 22, numRuns: 150 },
    );
  });

  it("bounds its options", async () => {
    const set = fingerprints([{ hash: 1, file: 0, product: 0 }]);
    await expect(findLeaks(set, set, { radius: -1 })).rejects.toThrow(InputError);
    await expect(findLeaks(set, set, { limit: 0.5 })).rejects.toThrow("limit 0.5");
    expect((await findLeaks(set)).radius).toBe(1);
  });
});

describe("fingerprintImages", () => {
  /** A picture of 11 × 11 patches; its seed says which. */
  function patches(seed: number, side: number): ImageInput {
    const shades = new Random(seed).uniforms(121, 0, 255);
    const patch = (at: number): number => Math.floor((11 * at) / side);
    const data = Uint8Array.from(
      { length: side * side },
      (_, i) => shades[11 * patch(Math.floor(i / side)) + patch(i % side)],
    );
    return { data, width: side, height: side, channels: 1 };
  }

  it("knows a rescaled copy again, and nothing else; lists what cannot be read", async () => {
    const images: ImageInput[] = [patches(1, 128), patches(2, 128), patches(3, 128), patches(1, 96), patches(2, 128)];
    images.push(new Uint8Array([1, 2, 3]), "/nowhere/image.jpg");
    const dataset = {
      ids: images.map((_, i) => `i${i}`),
      labels: Int32Array.from(images.keys()),
      image: async (row: number) => images[row],
    };
    let reports = 0;
    const prints = await fingerprintImages(dataset, { onProgress: () => reports++ });
    expect(reports).toBe(7);
    expect(prints.ids).toEqual(["i0", "i1", "i2", "i3", "i4"]);
    expect(prints.unreadable.map(one => [one.row, one.id])).toEqual([
      [5, "i5"],
      [6, "i6"],
    ]);
    const { pairs, sameFile, near } = await findLeaks(prints);
    expect([sameFile, near]).toEqual([1, 1]);
    expect(pairs.map(({ first, second, sameFile: same }) => [first, second, same])).toEqual([
      [1, 4, true],
      [0, 3, false],
    ]);
    const two = await fingerprintImages(dataset, { rows: Int32Array.of(3, 1) });
    expect(two.ids).toEqual(["i3", "i1"]);
    expect([...two.products]).toEqual([3, 1]);
    expect((await findLeaks(two, prints)).near).toBe(1); // i3 and i0; each is its own product's
  });
});
