import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { dctHash, perceptualHash } from "../../src/images/perceptual-hash.js";

/** The definition, coefficient by coefficient. */
function naive(grey: Uint8Array, pixels: number, side: number): string {
  const low: number[] = [];
  for (let v = 1; v <= side; v++) {
    for (let u = 1; u <= side; u++) {
      let sum = 0;
      for (let y = 0; y < pixels; y++) {
        for (let x = 0; x < pixels; x++) {
          const wave =
            Math.cos(((2 * x + 1) * u * Math.PI) / (2 * pixels)) * Math.cos(((2 * y + 1) * v * Math.PI) / (2 * pixels));
          sum += grey[y * pixels + x] * wave;
        }
      }
      low.push(sum);
    }
  }
  const sorted = [...low].sort((a, b) => a - b);
  const median = (sorted[low.length / 2 - 1] + sorted[low.length / 2]) / 2;
  return low.map(value => (value > median ? "1" : "0")).join("");
}

const bitsOf = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(2).padStart(8, "0")).join("");
const differing = (a: Uint8Array, b: Uint8Array): number =>
  [...bitsOf(a)].filter((bit, i) => bit !== bitsOf(b)[i]).length;

/** A photograph-like picture, the same every time. */
async function picture(seed: number, width = 300, height = 220): Promise<Buffer> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [(Math.floor(i / 3) % width) / width, Math.floor(i / 3 / width) / height];
    const blob = Math.hypot(x - 0.3 - 0.1 * Math.sin(seed), y - 0.5 - 0.2 * Math.cos(2 * seed)) < 0.25 ? 90 : 0;
    return 90 + 40 * Math.sin(seed + 6 * x + (i % 3)) + 30 * Math.cos(3 * seed * y) + blob;
  });
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
}

describe("dctHash", () => {
  it("is its definition", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), grey => {
        expect(bitsOf(dctHash(grey, 16, 4))).toBe(naive(grey, 16, 4));
      }),
      { seed: 8, numRuns: 50 },
    );
  });

  it("has half its bits set, whatever the brightness", () => {
    const grey = Uint8Array.from({ length: 1024 }, (_, i) => (i * i) % 101);
    const bits = bitsOf(dctHash(grey, 32, 8));
    expect([...bits].filter(bit => bit === "1")).toHaveLength(32);
    expect(
      bitsOf(
        dctHash(
          grey.map(value => value + 90),
          32,
          8,
        ),
      ),
    ).toBe(bits);
  });
});

describe("perceptualHash", () => {
  it("hardly changes with size, quality and brightness, and much with the picture", async () => {
    const [one, other] = [await picture(1), await picture(2)];
    const hash = await perceptualHash(one, { side: 16 });
    expect(hash).toHaveLength(32);
    const copies = [
      await sharp(one).resize(150).jpeg({ quality: 85 }).toBuffer(),
      await sharp(one).jpeg({ quality: 35 }).toBuffer(),
      await sharp(one).linear(1.1, 5).png().toBuffer(),
    ];
    for (const copy of copies) expect(differing(hash, await perceptualHash(copy, { side: 16 }))).toBeLessThan(25);
    expect(differing(hash, await perceptualHash(other, { side: 16 }))).toBeGreaterThan(60);
  });

  it("is the same for a path, its bytes and its pixels; has 64 bits by default", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hashbook-phash-"));
    try {
      const png = await sharp(await picture(3))
        .png()
        .toBuffer();
      await writeFile(join(folder, "a.png"), png);
      const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      const hash = await perceptualHash(png);
      expect(hash).toHaveLength(8);
      expect(await perceptualHash(join(folder, "a.png"))).toEqual(hash);
      expect(await perceptualHash({ data, width: info.width, height: info.height, channels: 3 })).toEqual(hash);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("names what it cannot read, and bounds its side", async () => {
    await expect(perceptualHash("/nowhere.jpg")).rejects.toThrow(
      /^\/nowhere\.jpg: this image cannot be decoded.*ENOENT/,
    );
    await expect(perceptualHash(Uint8Array.of(1, 2), { name: "x" })).rejects.toThrow(/^x: this image cannot/);
    for (const side of [0, 6, 36, 8.5]) {
      await expect(perceptualHash(await picture(1), { side })).rejects.toThrow(InputError);
    }
  });
});
