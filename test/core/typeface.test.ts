import { Resvg } from "@resvg/resvg-js";
import { describe, expect, it } from "vitest";
import { FONT_NAME, fitText, fontFile, hasLetters, textWidth } from "../../src/core/typeface.js";

/** The box of what the renderer draws with no other font at hand. */
function drawnWidth(text: string): number {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="200"><text y="120" font-size="100" font-family="${FONT_NAME}">${text}</text></svg>`;
  const font = { fontFiles: [fontFile()], defaultFontFamily: FONT_NAME, loadSystemFonts: false };
  return new Resvg(svg, { font }).getBBox()?.width ?? 0;
}

describe("textWidth", () => {
  // Widths of Liberation Sans (as wide as Arial) at 100 px, by PIL's ImageFont.getlength.
  it.each([
    ["HashNet, 48 bits", 739],
    ["precision", 400],
    ["0.25", 195],
    ["Hamming distance (bits)", 1078],
  ])("is that of Arial for %s", (text, width) => {
    expect(Math.abs(textWidth(text, 100) - width) / width).toBeLessThan(0.005);
  });

  it.each(["HashNet, 48 bits", "P@H≤2", "Größe β − γ", "WAVE"])("is what the renderer draws of %s", text => {
    // the box of the ink lacks the blank beside the first and the last letter
    expect(Math.abs(textWidth(text, 100) - drawnWidth(text))).toBeLessThan(20);
  });
});

it("fitText cuts what does not fit, and only that", () => {
  expect(fitText("Trouser", 100, 11)).toBe("Trouser");
  const cut = fitText("DIGIX_0123456789", 64, 11);
  expect(cut).toMatch(/^DIGIX_\d+…$/);
  expect(textWidth(cut, 11)).toBeLessThanOrEqual(64);
  expect(fitText("anything", 0, 11)).toBe("…");
});

it("hasLetters knows what the typeface lacks", () => {
  expect([hasLetters("T-shirt/top, β ≤ 2 − é"), hasLetters("裙子")]).toEqual([true, false]);
});
