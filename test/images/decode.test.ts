import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sharp } from "sharp";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { decodeImage } from "../../src/images/decode.js";

type Rgb = readonly [number, number, number];
const RED: Rgb = [200, 30, 30];
const GREEN: Rgb = [20, 160, 60];
const BLUE: Rgb = [30, 60, 190];
const GREY: Rgb = [120, 120, 120];

/** 24×16 pixels in four quadrants: red, green / blue, grey. */
const quadrants = Buffer.alloc(24 * 16 * 3);
for (let y = 0; y < 16; y++) {
  for (let x = 0; x < 24; x++) {
    const colour = y < 8 ? (x < 12 ? RED : GREEN) : x < 12 ? BLUE : GREY;
    quadrants.set(colour, (y * 24 + x) * 3);
  }
}
const picture = (): Sharp => sharp(quadrants, { raw: { width: 24, height: 16, channels: 3 } });

async function pixel(input: string | Uint8Array, x: number, y: number): Promise<number[]> {
  const { data, width, channels } = await decodeImage(input);
  expect(channels).toBe(3);
  return Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
}

/** Within what a lossy format and colour conversion may change. */
function expectNear(actual: readonly number[], expected: readonly number[], tolerance = 12): void {
  expect(Math.max(...actual.map((value, c) => Math.abs(value - expected[c])))).toBeLessThanOrEqual(tolerance);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-decode-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, bytes: Uint8Array | string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

describe("decodeImage", () => {
  it("turns every EXIF orientation upright", async () => {
    // Where the stored top left corner (red) is seen, by EXIF orientation 1..8.
    const redAt = ["tl", "tr", "br", "bl", "tl", "tr", "br", "bl"];
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = await picture()
        .jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
        .withMetadata({ orientation })
        .toBuffer();
      const image = await decodeImage(bytes);
      const isTurned = orientation >= 5;
      expect([image.width, image.height]).toEqual(isTurned ? [16, 24] : [24, 16]);
      const where = redAt[orientation - 1];
      const x = where.endsWith("l") ? 2 : image.width - 3;
      const y = where.startsWith("t") ? 2 : image.height - 3;
      expectNear(await pixel(bytes, x, y), RED);
      // Green is along the stored top edge from red: beside it, or above or below it in a turned image.
      const [gx, gy] = !isTurned ? [image.width - 1 - x, y] : [x, image.height - 1 - y];
      expectNear(await pixel(bytes, gx, gy), GREEN);
    }
  });

  it("repeats grey, with 8 and 16 bits", async () => {
    const grey = sharp(Buffer.from([0, 51, 102, 255]), { raw: { width: 2, height: 2, channels: 1 } });
    const png8 = await grey.clone().toColourspace("b-w").png().toBuffer();
    expect((await sharp(png8).metadata()).channels).toBe(1);
    expect(Array.from((await decodeImage(png8)).data)).toEqual([0, 0, 0, 51, 51, 51, 102, 102, 102, 255, 255, 255]);
    const png16 = await sharp(Uint16Array.from([0, 51 * 257, 102 * 257, 65535]), {
      raw: { width: 2, height: 2, channels: 1 },
    })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    expect(await sharp(png16).metadata()).toMatchObject({ depth: "ushort", channels: 1 });
    expect(Array.from((await decodeImage(png16)).data)).toEqual([0, 0, 0, 51, 51, 51, 102, 102, 102, 255, 255, 255]);
  });

  it("brings 16-bit colours to 8 bits", async () => {
    const wide = Uint16Array.from(quadrants, value => value * 257);
    const png = await sharp(wide, { raw: { width: 24, height: 16, channels: 3 } })
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    expect(await sharp(png).metadata()).toMatchObject({ depth: "ushort", channels: 3 });
    expectNear(await pixel(png, 2, 2), RED, 1);
    expectNear(await pixel(png, 20, 13), GREY, 1);
  });

  it("looks up palettes", async () => {
    const png = await picture().png({ palette: true }).toBuffer();
    expect((await sharp(png).metadata()).isPalette).toBe(true);
    expectNear(await pixel(png, 20, 2), GREEN, 2);
  });

  it("lays transparent pixels over white, with colour and with grey", async () => {
    const rgba = Buffer.from([10, 20, 30, 0, 10, 20, 30, 255, 0, 0, 0, 128]);
    const expected = [255, 255, 255, 10, 20, 30, 127, 127, 127];
    const png = await sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    expectNear(Array.from((await decodeImage(png)).data), expected, 1);
    const raw = await decodeImage({ data: rgba, width: 3, height: 1, channels: 4 });
    expect(Array.from(raw.data)).toEqual(expected);
    const greyAlpha = await sharp(Buffer.from([40, 0, 40, 255]), { raw: { width: 2, height: 1, channels: 2 } })
      .toColourspace("b-w")
      .png()
      .toBuffer();
    expect((await sharp(greyAlpha).metadata()).channels).toBe(2);
    expect(Array.from((await decodeImage(greyAlpha)).data)).toEqual([255, 255, 255, 40, 40, 40]);
  });

  it("converts CMYK", async () => {
    const jpeg = await picture().toColourspace("cmyk").jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer();
    expect(await sharp(jpeg).metadata()).toMatchObject({ space: "cmyk", channels: 4 });
    expectNear(await pixel(jpeg, 2, 2), RED, 40);
    expectNear(await pixel(jpeg, 2, 13), BLUE, 60);
    expectNear(await pixel(jpeg, 20, 13), GREY, 15);
  });

  it.each(["gif", "webp"] as const)("takes the first frame of an animated %s", async format => {
    const frames = Buffer.concat([
      Buffer.alloc(8 * 8 * 3, Buffer.from(RED)),
      Buffer.alloc(8 * 8 * 3, Buffer.from(BLUE)),
    ]);
    const bytes = await sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .toFormat(format, { loop: 0, delay: [100, 100], ...(format === "webp" && { lossless: true }) })
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const image = await decodeImage(bytes);
    expect([image.width, image.height]).toEqual([8, 8]);
    expectNear(await pixel(bytes, 4, 4), RED, 8);
  });

  it("takes one pixel", async () => {
    const png = await sharp(Buffer.from(BLUE), { raw: { width: 1, height: 1, channels: 3 } })
      .png()
      .toBuffer();
    expect(await decodeImage(png)).toMatchObject({ width: 1, height: 1, channels: 3 });
  });

  it("reads a changed file again", async () => {
    const file = await fileOf("changes.png", await picture().png().toBuffer());
    expectNear(await pixel(file, 2, 2), RED, 0);
    await writeFile(file, await picture().flop().png().toBuffer());
    expectNear(await pixel(file, 2, 2), GREEN, 0);
  });

  it("names the file and what was expected when an image is bad", async () => {
    const noise = Buffer.from(Uint8Array.from({ length: 90 * 90 * 3 }, (_, i) => (i * i * 31) % 251));
    const raw = { raw: { width: 90, height: 90, channels: 3 } } as const;
    const jpeg = await sharp(noise, raw).jpeg().toBuffer();
    const png = await sharp(noise, raw).png().toBuffer();
    const bad: Record<string, Uint8Array | string> = {
      "zero-bytes.jpg": "",
      "cut-off.jpg": jpeg.subarray(0, jpeg.length / 2),
      "last-bytes-missing.jpg": jpeg.subarray(0, jpeg.length - 400),
      "header-only.jpg": jpeg.subarray(0, 30),
      "cut-off.png": png.subarray(0, png.length / 2),
      "text.jpg": "These are the words of a web server that did not find the picture.\n",
    };
    for (const [name, bytes] of Object.entries(bad)) {
      const file = await fileOf(name, bytes);
      const error: unknown = await decodeImage(file).then(
        () => `${name} was decoded`,
        cause => cause,
      );
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).toContain(file);
      expect((error as Error).message).toContain("expected a whole JPEG");
    }
    await expect(decodeImage(join(folder, "nowhere.jpg"))).rejects.toThrow(/nowhere\.jpg.*ENOENT/);
  });

  it("names the item when there is no file", async () => {
    await expect(decodeImage(new Uint8Array(0), { name: "t10k/00042" })).rejects.toThrow(
      "t10k/00042: this image is empty",
    );
    const short = { data: new Uint8Array(11), width: 2, height: 2, channels: 3 } as const;
    await expect(decodeImage(short, { name: "row 7" })).rejects.toThrow(/row 7: .*11 for 2 · 2 · 3/);
  });
});
