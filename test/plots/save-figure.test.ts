import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heatmapFigure } from "../../src/plots/heatmap.js";
import { linesFigure } from "../../src/plots/lines.js";
import { renderSvg } from "../../src/plots/render-figure.js";
import { saveFigure } from "../../src/plots/save-figure.js";

const figure = linesFigure(
  [
    { name: "DCH, γ ≤ β", x: [0, 1], y: [0, 1] },
    { name: "Größe", x: [0, 1], y: [1, 0] },
  ],
  { xAxis: "recall", yAxis: "P@H≤2" },
);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-figure-"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function saved(name: string, options: Parameters<typeof saveFigure>[2] = {}, drawn = figure): Promise<Buffer> {
  await saveFigure(drawn, join(folder, name), options);
  return readFile(join(folder, name));
}

it("writes what the ending says", async () => {
  expect((await saved("a.svg")).toString()).toBe(await renderSvg(figure));
  expect((await saved("a.PNG")).subarray(1, 4).toString()).toBe("PNG");
  expect((await saved("a.pdf")).subarray(0, 5).toString()).toBe("%PDF-");
  expect(JSON.parse((await saved("a.json")).toString()).data).toHaveLength(2);
});

it.each(["a.eps", "a"])("refuses %s", async name => {
  await expect(saveFigure(figure, join(folder, name))).rejects.toThrow(/ending of .svg, .pdf, .png, .json; found/);
});

it("has the width of one column and of two, and says what is none", async () => {
  const width = async (columns: 1 | 2): Promise<unknown> => {
    const svg = (await saved("c.svg", { columns })).toString();
    const page = /\/MediaBox \[0 0 ([\d.]+) /.exec((await saved("c.pdf", { columns })).toString("latin1"))?.[1];
    const png = await sharp(await saved("c.png", { columns })).metadata();
    return [/<svg[^>]* width="([^"]*)"/.exec(svg)?.[1], Number(page), png.width];
  };
  expect(await width(1)).toEqual(["3.250in", 3.25 * 72, 975]);
  expect(await width(2)).toEqual(["6.750in", 6.75 * 72, 2025]);
  await expect(saveFigure(figure, join(folder, "c.pdf"), { columns: 3 as never })).rejects.toThrow(/1 or 2; found 3/);
  await expect(saveFigure(figure, join(folder, "c.pdf"), { width: 90 })).rejects.toThrow(/1\.\.40 inches; found 90/);
  await expect(saveFigure(figure, join(folder, "c.png"), { dpi: 9 })).rejects.toThrow(/30\.\.1200; found 9/);
});

it("has letters of 8 pt whatever the column", async () => {
  for (const columns of [1, 2] as const) {
    const svg = (await saved("l.svg", { columns })).toString();
    const px = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]);
    const inches = Number(/ width="([\d.]+)in"/.exec(svg)?.[1]);
    const sizes = [...svg.matchAll(/font-size: ([\d.]+)px/g)].map(match => (Number(match[1]) * inches * 72) / px);
    expect(Math.min(...sizes)).toBeCloseTo(8, 1);
  }
});

const noPoppler = spawnSync("pdftotext", ["-v"]).error !== undefined;

describe.skipIf(noPoppler)(`a PDF, read by poppler${noPoppler ? " (it is not installed)" : ""}`, () => {
  const read = (command: string, ...args: string[]): string =>
    spawnSync(command, [...args], { encoding: "utf8", maxBuffer: 1e8 }).stdout;

  it.each([
    ["sans", ["Arimo"]],
    ["times", ["Tinos"]],
    ["latex", ["CMU Serif", "KaTeX_Main"]],
  ] as const)("has its texts in embedded %s letters, and no picture", async (fonts, names) => {
    const file = join(folder, `${fonts}.pdf`);
    const bytes = await saved(`${fonts}.pdf`, { columns: 1, fonts });
    const words = read("pdftotext", "-raw", file, "-");
    for (const text of ["DCH, γ ≤ β", "Größe", "recall", "P@H≤2", "0.5"]) expect(words).toContain(text);
    // name, type, encoding, emb, sub, uni
    const rows = read("pdffonts", file).trim().split("\n").slice(2);
    expect(rows.map(row => row.slice(0, 36).trim()).sort()).toEqual([...names].sort());
    for (const row of rows) expect(row.slice(36)).toMatch(/CID TrueType +Identity-H +yes +\w+ +yes/);
    expect(read("pdfimages", "-list", file).trim().split("\n")).toHaveLength(2);
    expect(bytes.length).toBeLessThan(120_000);
    expect(await saved(`${fonts}.pdf`, { columns: 1, fonts })).toEqual(bytes);
  });

  it("is drawn as the PNG is", async () => {
    const heat = heatmapFigure({ data: Float64Array.of(0.9, 0.1, 0, 0.25), shape: [2, 2] });
    for (const [name, drawn] of [
      ["lines", figure],
      ["heat", heat],
    ] as const) {
      const size = { columns: 1, fonts: "latex" } as const;
      await saved(`${name}.pdf`, size, drawn);
      const page = spawnSync("pdftoppm", ["-r", "100", "-png", "-singlefile", join(folder, `${name}.pdf`)]).stdout;
      const pixels = async (png: Buffer) =>
        sharp(png)
          .flatten({ background: "#fff" })
          .removeAlpha()
          .resize(325, 240, { fit: "fill" })
          .blur(2)
          .raw()
          .toBuffer();
      const [a, b] = await Promise.all([pixels(page), pixels(await saved(`${name}.png`, size, drawn))]);
      const difference = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
      expect(difference).toBeLessThan(2); // of 255
    }
  });

  it("has outlines where no typeface of ours has the letters", async () => {
    await saved("hanzi.pdf", {}, linesFigure([{ name: "哈希", x: [0, 1], y: [0, 1] }], { xAxis: "x", yAxis: "y" }));
    expect(read("pdffonts", join(folder, "hanzi.pdf")).trim().split("\n")).toHaveLength(2);
    expect(read("pdfinfo", join(folder, "hanzi.pdf"))).toMatch(/Pages: +1\n/);
  });
});
