import { JSDOM } from "jsdom";
import { describe, expect, it } from "vitest";
import { textWidth } from "../../src/core/typeface.js";
import { FALLBACK_WIDTH } from "../../src/plots/legend.js";
import { type MeasuredElement, measuredBox, measuredClientBox } from "../../src/plots/text-box.js";

function element(svg: string, selector: string): MeasuredElement {
  const { document } = new JSDOM(`<svg xmlns="http://www.w3.org/2000/svg">${svg}</svg>`).window;
  return document.querySelector(selector) as unknown as MeasuredElement;
}

describe("measured boxes", () => {
  it("follow anchor, translation and rotation", () => {
    const text = '<text x="10" y="20" text-anchor="end" style="font-size: 10px;">0.25</text>';
    const width = FALLBACK_WIDTH * textWidth("0.25", 10);
    const own = measuredBox(element(text, "text"));
    expect(own.right).toBeCloseTo(10);
    expect(own.width).toBeCloseTo(width);
    expect(own.top).toBeLessThan(20);
    expect(own.bottom).toBeGreaterThan(20);
    const moved = measuredClientBox(element(`<g transform="translate(100,50)">${text}</g>`, "text"));
    expect(moved.right).toBeCloseTo(110);
    const turned = measuredClientBox(element(`<g transform="rotate(-90)">${text}</g>`, "text"));
    expect(turned.height).toBeCloseTo(width);
    expect(turned.top).toBeCloseTo(-10);
  });

  it("of a group hold all of its texts", () => {
    const box = measuredBox(
      element(
        '<g class="a"><text x="0" y="10">a</text><g transform="translate(0,90)"><text x="5" y="10">b</text></g></g>',
        "g.a",
      ),
    );
    expect(box.left).toBe(0);
    expect(box.bottom).toBeGreaterThan(100);
  });
});
