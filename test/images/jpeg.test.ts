import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { jpegOf } from "../../src/images/jpeg.js";

describe("jpegOf", () => {
  it("keeps size and colours, and puts transparent images on white", async () => {
    const frame = { width: 3, height: 40, channels: 4 as const, background: "#d55e00" };
    const picture = sharp({ create: { width: 60, height: 40, channels: 4, background: "#00000000" } });
    const png = await picture
      .composite([{ input: { create: frame }, left: 0, top: 0 }])
      .png()
      .toBuffer();
    const jpeg = await jpegOf(png);
    expect(Array.from(jpeg.subarray(0, 2))).toEqual([0xff, 0xd8]);
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 60, height: 40, channels: 3 });
    const pixel = (x: number): number[] => Array.from(data.subarray(3 * (20 * 60 + x), 3 * (20 * 60 + x) + 3));
    for (const [i, value] of [0xd5, 0x5e, 0x00].entries()) expect(Math.abs(pixel(1)[i] - value)).toBeLessThan(16);
    for (const value of pixel(40)) expect(value).toBeGreaterThan(245);
  });
});
