// Against files that Pillow and pillow-heif wrote (tools/make-image-goldens.py), and those that sharp writes.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { imageKind } from "../../src/datasets/image-kind.js";

const goldens = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens");
const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: "#204060" } });

describe("imageKind", () => {
  it.each([
    ["image-kinds/photo.heic", "a HEIC image", false],
    ["image-kinds/drawing.bmp", "a BMP image", false],
    ["image-kinds/scan.jp2", "a JPEG 2000 image", false],
    ["image-kinds/icon.ico", "an icon", false],
    ["image-kinds/map.ppm", "a PNM image", false],
    ["image-kinds/still.avif", "an AVIF image", true],
    ["preprocess/wide.jpg", "a JPEG image", true],
    ["preprocess/grey.png", "a PNG image", true],
    ["npy/float32.npy", "no image", false],
  ])("knows %s as %s, and sharp agrees on what it reads", async (file, name, decoded) => {
    const bytes = await readFile(join(goldens, file));
    expect(imageKind(bytes)).toEqual({ name, decoded });
    const isRead = await sharp(bytes)
      .toBuffer()
      .then(
        () => true,
        () => false,
      );
    expect(isRead).toBe(decoded);
  });

  it.each(["jpeg", "png", "webp", "gif", "tiff", "avif"] as const)("knows what sharp writes as %s", async format => {
    const kind = imageKind(await picture.clone().toFormat(format).toBuffer());
    expect(kind).toEqual({ name: expect.stringMatching(new RegExp(` ${format} image$`, "i")), decoded: true });
  });

  it("tells cameras' raw files from TIFF by their names, drawings and words by their text", async () => {
    const tiff = await picture.clone().tiff().toBuffer();
    expect(imageKind(tiff, "a/IMG_1.DNG")).toEqual({ name: "a camera's raw file", decoded: false });
    expect(imageKind(tiff, "a/scan")).toMatchObject({ decoded: true });
    const svg = "an SVG drawing, which has no pixels of its own";
    expect(imageKind(Buffer.from("\ufeff<?xml version='1.0'?><!DOCTYPE svg><svg>")).name).toBe(svg);
    expect(imageKind(Buffer.from("<html>404</html>")).name).toBe("no image");
    expect(imageKind(Buffer.from("")).name).toBe("no image");
    expect(imageKind(Buffer.from("BMW is no image\n")).name).toBe("no image");
  });
});
