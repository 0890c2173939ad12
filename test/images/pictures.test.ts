import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { RawImage } from "../../src/datasets/image-input.js";
import { blankCanvas } from "../../src/images/canvas.js";
import { drawCaptions, lineHeight } from "../../src/images/captions.js";
import { contactSheet } from "../../src/images/contact-sheet.js";
import { resultStrips } from "../../src/images/result-strips.js";

/** A 4×4 checkerboard of two greys. */
const board: RawImage = {
  data: Uint8Array.from({ length: 16 }, (_, i) => ((i + (i >> 2)) % 2 === 0 ? 30 : 220)),
  width: 4,
  height: 4,
  channels: 1,
};

async function decoded(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  const at = (x: number, y: number): number[] =>
    Array.from(data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3));
  return { ...info, data, at };
}

const inked = (data: Uint8Array): number => data.reduce((count, value) => count + (value < 128 ? 1 : 0), 0);

describe("contactSheet", () => {
  it("lays images out in rows and enlarges tiny ones pixel by pixel", async () => {
    const sheet = await decoded(await contactSheet([board, board, board], { columns: 2, size: 8, gap: 2 }));
    expect([sheet.width, sheet.height]).toEqual([2 * 10 + 2, 2 * 10 + 2]);
    for (const [left, top] of [
      [2, 2],
      [12, 2],
      [2, 12],
    ]) {
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) {
          expect(sheet.at(left + x, top + y)[0]).toBe(board.data[(y >> 1) * 4 + (x >> 1)]);
        }
      }
    }
    expect(sheet.at(15, 15)).toEqual([255, 255, 255]); // no fourth image
  });

  it("shrinks large images into the square and centres them", async () => {
    const wide = await sharp({ create: { width: 200, height: 100, channels: 3, background: "#c01020" } })
      .jpeg()
      .toBuffer();
    const sheet = await decoded(await contactSheet([wide], { size: 40, gap: 0 }));
    expect(sheet.at(20, 5)).toEqual([255, 255, 255]);
    expect(Math.abs(sheet.at(20, 20)[0] - 0xc0)).toBeLessThan(5);
    expect(sheet.at(20, 35)).toEqual([255, 255, 255]);
  });

  it("writes captions, cut to their width", async () => {
    const blank: RawImage = { data: new Uint8Array(64).fill(255), width: 8, height: 8, channels: 1 };
    const bare = await decoded(await contactSheet([blank], { size: 60 }));
    const named = await decoded(await contactSheet([blank], { size: 60, captions: ["T-shirt"] }));
    expect(inked(bare.data)).toBe(0);
    expect(inked(named.data)).toBeGreaterThan(100);
    const long = await decoded(await contactSheet([blank], { size: 60, captions: ["x".repeat(500)] }));
    expect([long.width, long.height]).toEqual([named.width, named.height]);
  });

  it("refuses captions that do not fit the images", async () => {
    await expect(contactSheet([board], { captions: [] })).rejects.toThrow("expected 1 captions");
    await expect(contactSheet([])).rejects.toThrow("at least one");
  });
});

describe("resultStrips", () => {
  it("frames the query black, hits green, misses red", async () => {
    const strip = {
      query: board,
      results: [
        { image: board, relevant: true },
        { image: board, relevant: false },
      ],
    };
    const png = await decoded(await resultStrips([strip, { query: board, results: [] }], { size: 8, gap: 2 }));
    const side = 8 + 8;
    const first = 2 + side + 8;
    expect([png.width, png.height]).toEqual([first + 2 * (side + 2), 2 + 2 * (side + 2)]);
    expect(png.at(2, 2)).toEqual([0, 0, 0]);
    expect(png.at(first, 2)).toEqual([0x00, 0x9e, 0x73]);
    expect(png.at(first + side + 2, 2)).toEqual([0xd5, 0x5e, 0x00]);
    expect(png.at(first, 2 + side + 2)).toEqual([255, 255, 255]); // the second query has no results
    expect(png.at(2, 2 + side + 2)).toEqual([0, 0, 0]);
    expect(png.at(first + 4, 2 + 4)[0]).toBe(30);
    expect(png.at(first + 6, 2 + 4)[0]).toBe(220);
  });

  it("writes what a wrong result shows below it, and nothing more below a right one", async () => {
    const white: RawImage = { data: new Uint8Array(64).fill(255), width: 8, height: 8, channels: 1 };
    const result = (relevant: boolean) => ({ image: white, relevant, caption: "d 3", name: "Ankle boot" });
    const strip = { query: white, results: [result(true), result(false)] };
    const png = await decoded(await resultStrips([strip], { size: 56, gap: 4 }));
    const [left, side, top] = [4 + 64 + 16, 64, 4];
    expect(png.height).toBe(top + side + 2 * lineHeight + 4);
    const ink = (column: number, line: number): number => {
      let count = 0;
      for (let y = top + side + line * lineHeight; y < top + side + (line + 1) * lineHeight; y++) {
        for (let x = left + column * 68; x < left + column * 68 + side; x++) if (png.at(x, y)[2] < 160) count++;
      }
      return count;
    };
    expect([ink(0, 0) > 10, ink(1, 0) > 10]).toEqual([true, true]);
    expect([ink(0, 1), ink(1, 1) > 40]).toEqual([0, true]);
  });
});

describe("captions", () => {
  const draw = async (text: string, width = 200) => {
    const canvas = blankCanvas(width, 20);
    await drawCaptions(canvas, [{ text, left: 0, top: 0, width, align: "left" }]);
    return inked(canvas.data);
  };

  it("need no font of the machine, for letters with accents neither", async () => {
    expect(await draw("Größe é ñ")).toBeGreaterThan(await draw("Gre e n"));
  });

  it("take any text: markup, control characters, halves of letters, nothing", async () => {
    expect(await draw("<b>&amp; \u0000 \ud800")).toBeGreaterThan(50);
    expect(await draw(" ")).toBe(0);
  });
});
