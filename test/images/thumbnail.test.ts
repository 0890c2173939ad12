import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { greyThumbnail } from "../../src/images/thumbnail.js";
import { drawnPicture, rendered } from "./drawn-picture.js";

/** A picture of 301 × 200 whose middle square is the drawn one. */
async function picture(): Promise<Buffer> {
  const drawn = drawnPicture(10);
  const data = Uint8Array.from({ length: 301 * 200 }, (_, at) =>
    Math.round(drawn(((at % 301) - 150) / 100, (Math.floor(at / 301) - 99.5) / 100)),
  );
  return sharp(data, { raw: { width: 301, height: 200, channels: 1 } })
    .png()
    .toBuffer();
}

const farthest = (a: Uint8Array, b: Uint8Array): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

it("is the square in the middle, reduced", async () => {
  const thumbnail = await greyThumbnail(await picture());
  expect(thumbnail).toHaveLength(4096);
  expect(farthest(thumbnail, rendered(drawnPicture(10), 64))).toBeLessThan(8);
});

it("of a mirrored or turned picture is the mirrored or turned one", async () => {
  const image = await picture();
  const thumbnail = await greyThumbnail(image);
  const mirrored = thumbnail.map((_, at) => thumbnail[at - (at % 64) + 63 - (at % 64)]);
  expect(farthest(await greyThumbnail(await sharp(image).flop().png().toBuffer()), mirrored)).toBeLessThan(9);
  expect(farthest(thumbnail, mirrored)).toBeGreaterThan(60);
  const turned = thumbnail.map((_, at) => thumbnail[(63 - (at % 64)) * 64 + Math.floor(at / 64)]);
  expect(farthest(await greyThumbnail(await sharp(image).rotate(90).png().toBuffer()), turned)).toBeLessThan(9);
});

it("is the same for a path, its bytes and its pixels, and names what it cannot read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-thumbnail-"));
  try {
    const image = await picture();
    await writeFile(join(folder, "a.png"), image);
    const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
    const pixels = { data, width: info.width, height: info.height, channels: info.channels as 1 | 3 };
    const all = await Promise.all([image, join(folder, "a.png"), pixels].map(input => greyThumbnail(input as Buffer)));
    expect(new Set(all.map(one => Buffer.from(one).toString("hex"))).size).toBe(1);
  } finally {
    await rm(folder, { recursive: true });
  }
  await expect(greyThumbnail(Uint8Array.of(1, 2), "x")).rejects.toThrow(/^x: this image cannot be decoded/);
});
