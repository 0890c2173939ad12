import { JSDOM } from "jsdom";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { textWidth } from "../../src/core/typeface.js";
import { drawPng } from "../../src/plots/draw-png.js";
import { drawSvg } from "../../src/plots/draw-svg.js";
import { featureMapFigure } from "../../src/plots/feature-map.js";
import type { Figure } from "../../src/plots/figure.js";
import { heatmapFigure } from "../../src/plots/heatmap.js";
import { FALLBACK_WIDTH } from "../../src/plots/legend.js";
import { linesFigure } from "../../src/plots/lines.js";
import { pageFigure } from "../../src/plots/page-size.js";
import { precisionRecallFigure } from "../../src/plots/precision-recall.js";
import { renderPng, renderSvg } from "../../src/plots/render-figure.js";
import { type Box, type MeasuredElement, measuredClientBox } from "../../src/plots/text-box.js";

const points = Array.from({ length: 49 }, (_, radius) => ({
  radius,
  recall: radius / 48,
  precision: 1 - (radius / 48) ** 2,
}));
const curves: Figure = precisionRecallFigure(
  [
    { method: "HashNet", bits: 48, points },
    { method: "DCH", bits: 16, points },
  ],
  { title: "Precision & recall" },
);

function parse(svg: string): Document {
  const document = new JSDOM(svg, { contentType: "image/svg+xml" }).window.document as unknown as Document;
  return document;
}
type Document = { querySelector(s: string): Node | null; querySelectorAll(s: string): ArrayLike<Node> };
type Node = { textContent: string | null; getAttribute(name: string): string | null };

describe("renderSvg", () => {
  let svg: string;
  beforeAll(async () => {
    svg = await renderSvg(curves, { width: 640, height: 400 });
  }, 60_000);

  it("gives well-formed SVG of the size asked for, with title, axes and legend in it", () => {
    const document = parse(svg);
    const root = document.querySelector("svg");
    expect([root?.getAttribute("width"), root?.getAttribute("height")]).toEqual(["640", "400"]);
    const texts = Array.from(document.querySelectorAll("text"), node => node.textContent);
    for (const text of [
      "Precision & recall",
      "recall",
      "precision",
      "HashNet, 48 bits",
      "DCH, 16 bits",
      "0.2",
      "0.8",
    ]) {
      expect(texts).toContain(text);
    }
    expect(document.querySelectorAll("path.js-line")).toHaveLength(4); // two curves, two in the legend
  });

  it("puts tick labels left of the axis they belong to and nothing outside of the picture", () => {
    const labels = Array.from(parse(svg).querySelectorAll("text"));
    for (const label of labels) {
      const [, dx = "0", dy = "0"] =
        /translate\(([-\d.]+),([-\d.]+)\)/.exec(label.getAttribute("transform") ?? "") ?? [];
      const x = Number(label.getAttribute("x")) + Number(dx);
      const y = Number(label.getAttribute("y")) + Number(dy);
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(640);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(400);
    }
  });

  it("gives the same text for the same figure, also in between others, and small files", async () => {
    const [a, , b] = await Promise.all([renderSvg(curves), renderSvg({ data: [], layout: {} }), renderSvg(curves)]);
    expect(a).toBe(svg);
    expect(b).toBe(svg);
    expect(svg.length).toBeLessThan(20_000);
  });

  it("gives what drawing on this thread gives", async () => {
    expect(await drawSvg(curves, { width: 640, height: 400 })).toBe(svg);
    const [there, here] = await Promise.all([renderPng(curves), drawPng(curves)]);
    expect(Buffer.from(there).equals(here)).toBe(true);
  });

  it("says what plotly cannot draw, and goes on", async () => {
    const impossible = renderSvg(curves, { width: -1, height: 400 });
    await expect(impossible).rejects.toThrow(/Height and width should be pixel values/);
    expect(await renderSvg(curves)).toBe(svg);
  });

  it("gives different figures different ids", async () => {
    const other = await renderSvg({ ...curves, layout: { ...curves.layout, title: { text: "other" } } });
    const ids = (text: string): string[] => [...text.matchAll(/ id="([^"]+)"/g)].map(match => match[1]);
    expect(ids(svg).length).toBeGreaterThan(0);
    expect(ids(other).filter(id => ids(svg).includes(id))).toEqual([]);
  });

  it("draws every point of a scatter plot, in few bytes", async () => {
    const count = 600;
    const data = Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(i * i));
    const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
    const map = await renderSvg(featureMapFigure({ data, shape: [count, 2] }, labels, ["a", "b", "c"]));
    expect(map.match(/<path d="M[-\d.]+ [-\d.]+h0"\/>/g)).toHaveLength(count);
    expect(map.length).toBeLessThan(10_000 + 40 * count);
    expect(parse(map).querySelector("parsererror")).toBeNull();
  });
});

describe("heatmaps without a canvas", () => {
  it("shows the colour of each cell in its place", async () => {
    const corners = { data: Float32Array.of(1, 0, 0, -1), shape: [2, 2] };
    const svg = await renderSvg(heatmapFigure(corners, { scale: "signed" }));
    const image = parse(svg).querySelector("image");
    const uri = image?.getAttribute("xlink:href") ?? "";
    const png = sharp(Buffer.from(uri.replace("data:image/png;base64,", ""), "base64"));
    const { data, info } = await png.raw().toBuffer({ resolveWithObject: true });
    const pixel = (x: number, y: number): number[] => {
      const at = 4 * (Math.floor(y * info.height) * info.width + Math.floor(x * info.width));
      return [...data.subarray(at, at + 4)];
    };
    expect(pixel(0.25, 0.25)).toEqual([0xd5, 0x5e, 0x00, 255]);
    expect(pixel(0.75, 0.25)).toEqual([255, 255, 255, 255]);
    expect(pixel(0.75, 0.75)).toEqual([0x00, 0x72, 0xb2, 255]);
  });
});

it("keeps the digits of what is written", async () => {
  const figure = linesFigure([{ name: "small", x: [0, 1], y: [0.001, 0.0042] }], { xAxis: "x", yAxis: "y" });
  const texts = Array.from(parse(await renderSvg(figure)).querySelectorAll("text"), node => node.textContent);
  expect(texts).toContain("0.001");
  expect(texts).toContain("0.004");
});

describe("heatmaps with names", () => {
  it("have them at their ticks, inside of the picture, and a value in each cell", async () => {
    const names = ["T-shirt/top", "Trouser", "a class with a long name"];
    const matrix = { data: Float64Array.of(0.9, 3e-4, 0, 0.25, 1, 0.5, 0, 0, Number.NaN), shape: [3, 3] };
    const figure = heatmapFigure(matrix, { rowNames: names, columnNames: names, rows: "is", columns: "found" });
    const texts = textBoxes(await renderSvg(figure));
    for (const text of [...names, "0.9", "0.00030", "0.25", "1", "0.5"]) {
      expect(texts.map(one => one.text)).toContain(text);
    }
    for (const { text, left, right } of texts) {
      expect([text, left >= 0, right <= 640]).toEqual([text, true, true]);
    }
  });
});

/** Texts with the bounds they take in our typeface, rotated ones by their anchor alone. */
function textBoxes(svg: string): { text: string; left: number; right: number }[] {
  return Array.from(parse(svg).querySelectorAll("text"), node => {
    const text = node.textContent ?? "";
    const transform = node.getAttribute("transform") ?? "";
    const dx = Number(/translate\(([-\d.]+),/.exec(transform)?.[1] ?? 0);
    const x = Number(node.getAttribute("x")) + dx;
    const size = Number(/font-size: ([\d.]+)px/.exec(node.getAttribute("style") ?? "")?.[1] ?? 12);
    const width = /rotate/.test(transform) ? 0 : textWidth(text, size);
    const anchor = node.getAttribute("text-anchor");
    const left = anchor === "middle" ? x - width / 2 : anchor === "end" ? x - width : x;
    return { text, left, right: left + width };
  });
}

describe("legends", () => {
  const seriesOf = (methods: readonly string[], bits: readonly number[]) =>
    methods.flatMap(method => bits.map(b => ({ method, bits: b, points })));
  const many = (name: (i: number) => string) => Array.from({ length: 30 }, (_, i) => name(i));
  const long = "HashNet with a continuation of its own and no weights at all, and a name that goes on and on and on";
  const cases: [string, readonly string[], readonly number[], (readonly string[])?][] = [
    ["of few short names, beside", ["DCH", "HashNet"], [16, 64]],
    [
      "of methods and lengths, beside",
      ["DCH", "CSQ", "ITQ"],
      [16, 32, 48, 64],
      ["16 bits", "32 bits", "48 bits", "64 bits"],
    ],
    ["of 30 short names, below", many(i => `M${i}`), [48]],
    ["of 30 long names, below", many(i => `A method of a long name, the setting of which is γ = ${i}`), [48]],
    [
      "of long names and lengths, below",
      ["LSH (not learned)", "cosine on all the features"],
      [16, 32, 48],
      ["16 bits", "32 bits", "48 bits"],
    ],
    ["of very long names, below", [long, "DCH"], [48]],
  ];

  it.each(cases)("show every curve inside of the picture: %s", async (_, methods, bits, keys) => {
    const curves = seriesOf(methods, bits);
    const figure = precisionRecallFigure(curves);
    const names = keys === undefined ? curves.map(one => `${one.method}, ${one.bits} bits`) : [...methods, ...keys];
    checkLegend(await renderSvg(figure), names);
    for (const [columns, shownIn] of [
      [1, "readers"],
      [2, "readers"],
      [1, "ours"],
      [2, "ours"],
    ] as const) {
      const { figure: drawn, size } = pageFigure(figure, { columns }, shownIn);
      checkLegend(await renderSvg(drawn, size), names, shownIn === "ours" ? FALLBACK_WIDTH : 1);
    }
  });

  /** Every name is there, inside of the picture, over no other, and none is hidden behind a scroll bar. */
  function checkLegend(svg: string, names: readonly string[], tooWide = 1): void {
    const document = parse(svg);
    const [width, height] = ["width", "height"].map(name => Number(document.querySelector("svg")?.getAttribute(name)));
    const entries = Array.from(document.querySelectorAll("text.legendtext"), node => node as unknown as Element);
    // a name in several lines has its blanks at their ends
    const texts = entries.map(entry => Array.from(entry.querySelectorAll("tspan.line"), line => line.textContent));
    expect(texts.map((lines, i) => (lines.length > 0 ? lines.join(" ") : entries[i].textContent))).toEqual(names);
    const boxes = entries.map(entry => measuredClientBox(entry as unknown as MeasuredElement));
    // measured with the wider letters of a fallback font
    const right = (box: Box) => box.left + box.width / tooWide;
    for (const box of boxes) {
      expect(right(box)).toBeLessThanOrEqual(width);
      expect(box.bottom).toBeLessThanOrEqual(height);
      expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(0);
    }
    boxes.forEach((box, i) => {
      for (const other of boxes.slice(0, i)) {
        const apart = right(box) <= other.left || right(other) <= box.left;
        expect(apart || box.top >= other.top + 13 || other.top >= box.top + 13).toBe(true);
      }
    });
    const clip = /<clipPath id="legend[^"]*"><rect[^>]*height="([\d.]+)"/.exec(svg);
    if (clip === null) return;
    const tops = boxes.map(box => box.top);
    expect(Number(clip[1])).toBeGreaterThanOrEqual(Math.max(...boxes.map(box => box.bottom)) - Math.min(...tops) - 2);
  }
});

describe("renderPng", () => {
  it("gives a picture with the colours of the curves in it", async () => {
    const png = await renderPng(curves, { width: 320, height: 200, scale: 2 });
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([640, 400]);
    let blue = 0;
    for (let i = 0; i < data.length; i += 3) if (data[i] === 0 && data[i + 1] === 0x72 && data[i + 2] === 0xb2) blue++;
    expect(blue).toBeGreaterThan(100);
  });

  it("draws typed arrays as arrays", async () => {
    const matrix = { data: Float64Array.of(0, 1, 2, 3), shape: [2, 2] };
    const figure = heatmapFigure(matrix);
    const typed: Figure = { data: [{ type: "bar", y: Float32Array.of(1, 2, 3) }], layout: figure.layout };
    const plain: Figure = { data: [{ type: "bar", y: [1, 2, 3] }], layout: figure.layout };
    expect(await renderSvg(typed)).toBe(await renderSvg(plain));
  });
});
