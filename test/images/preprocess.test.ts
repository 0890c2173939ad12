import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNpy } from "../../src/core/npy.js";
import { cropGeometry } from "../../src/images/crop-geometry.js";
import { decodeImage } from "../../src/images/decode.js";
import { preprocess } from "../../src/images/preprocess.js";
import type { Preprocessing } from "../../src/images/preprocessing.js";

const GOLDENS = join(import.meta.dirname, "../goldens/preprocess");
const golden = (name: string): string => join(GOLDENS, name);

interface Case {
  readonly file: string;
  readonly resize: number;
  readonly crop: number;
  readonly interpolation: "bilinear" | "bicubic";
  readonly expected: string;
}
const CASES: readonly Case[] = JSON.parse(readFileSync(golden("cases.json"), "utf8"));
const PLAIN = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

async function differences(one: Case): Promise<number[]> {
  const values = await preprocess(golden(one.file), { ...one, ...PLAIN });
  const expected = (await readNpy(golden(one.expected))).data as Uint8Array;
  expect(values.length).toBe(expected.length);
  return Array.from(values, (value, i) => Math.abs(Math.round(value * 255) - expected[i]));
}

describe("preprocess against PIL and torchvision's rules", () => {
  it("decodes a JPEG bit for bit", async () => {
    const { data, width, height } = await decodeImage(golden("wide.jpg"));
    const expected = await readNpy(golden("wide-decoded.npy"));
    expect([height, width, 3]).toEqual(expected.shape);
    expect(Buffer.from(data).equals(Buffer.from(expected.data as Uint8Array))).toBe(true);
  });

  it.each(CASES.filter(one => /small|grey/.test(one.file)))("$expected: enlarging is bit-equal", async one => {
    expect(Math.max(...(await differences(one)))).toBe(0);
  });

  // Beyond a factor of about 4 sharp averages blocks first.
  it.each(CASES.filter(one => /wide|tall|large/.test(one.file)))("$expected: shrinking is close", async one => {
    const off = await differences(one);
    const mean = off.reduce((sum, value) => sum + value, 0) / off.length;
    expect(mean).toBeLessThan(one.file === "large.jpg" ? 0.9 : 0.3);
    expect(Math.max(...off)).toBeLessThanOrEqual(one.file === "large.jpg" ? 7 : 5);
  });

  it("normalises in float32 as torch does", async () => {
    const values = await preprocess(golden("small.png"), {
      resize: 20,
      crop: 20,
      interpolation: "bilinear",
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    });
    const expected = (await readNpy(golden("small-20-20-bilinear-normalised.npy"))).data as Float32Array;
    expect(values).toEqual(expected);
  });

  it("sees grey pixels and the same pixels as RGB alike", async () => {
    const preprocessing: Preprocessing = {
      resize: 40,
      crop: 33,
      interpolation: "bicubic",
      mean: [0.1, 0.2, 0.3],
      std: [0.5, 0.6, 0.7],
    };
    for (const side of [9, 90]) {
      const grey = Uint8Array.from({ length: side * side }, (_, i) => (i * 37) % 256);
      const rgb = Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)]);
      const one = await preprocess({ data: grey, width: side, height: side, channels: 1 }, preprocessing);
      const three = await preprocess({ data: rgb, width: side, height: side, channels: 3 }, preprocessing);
      expect(one).toEqual(three);
    }
  });

  it("takes images of one pixel, and one pixel high", async () => {
    const square = { resize: 8, crop: 8, interpolation: "bicubic", ...PLAIN } as const;
    const dot = { data: Uint8Array.of(51), width: 1, height: 1, channels: 1 } as const;
    expect(new Set(await preprocess(dot, square))).toEqual(new Set([Math.fround(0.2)]));
    const line = { data: new Uint8Array(3 * 60).fill(102), width: 60, height: 1, channels: 3 } as const;
    expect(new Set(await preprocess(line, square))).toEqual(new Set([Math.fround(0.4)]));
  });

  it("refuses a crop larger than the resized image", async () => {
    const bad = { resize: 32, crop: 33, interpolation: "bilinear", ...PLAIN } as const;
    await expect(preprocess(golden("grey.png"), bad)).rejects.toThrow("crop 33, resize 32");
  });
});

describe("cropGeometry", () => {
  it("has torchvision's sizes and offsets", () => {
    const at = (width: number, height: number) => {
      const g = cropGeometry(width, height, { resize: 256, crop: 224, interpolation: "bilinear", ...PLAIN });
      return [g.resizedWidth, g.resizedHeight, g.left, g.top];
    };
    expect(at(800, 600)).toEqual([341, 256, 58, 16]); // 341.33 is cut; (341 - 224) / 2 = 58.5 goes to the even 58
    expect(at(600, 800)).toEqual([256, 341, 16, 58]);
    expect(at(257, 300)).toEqual([256, 298, 16, 37]);
    expect(at(259, 256)).toEqual([259, 256, 18, 16]); // 17.5 goes to 18
  });

  it("keeps the crop inside the resized image, whose shorter side is exact", () => {
    const side = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.integer({ min: 1, max: 600 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (w, h, r, part) => {
          const crop = Math.max(1, Math.round(part * r));
          const g = cropGeometry(w, h, { resize: r, crop, interpolation: "bilinear", ...PLAIN });
          expect(Math.min(g.resizedWidth, g.resizedHeight)).toBe(r);
          expect(Math.min(g.left, g.top)).toBeGreaterThanOrEqual(0);
          expect(g.left + crop).toBeLessThanOrEqual(g.resizedWidth);
          expect(g.top + crop).toBeLessThanOrEqual(g.resizedHeight);
        },
      ),
    );
  });
});
