import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { linesFigure } from "../../src/plots/lines.js";
import { renderSvg } from "../../src/plots/render-svg.js";
import { writeFigure } from "../../src/plots/write-figure.js";

const figure = linesFigure([{ name: "a", x: [0, 1], y: [0, 1] }], { xAxis: "x", yAxis: "y" });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-figure-"));
});
afterAll(async () => rm(folder, { recursive: true }));

it("writes what the ending says", async () => {
  const read = async (name: string): Promise<Buffer> => {
    await writeFigure(figure, join(folder, name));
    return readFile(join(folder, name));
  };
  expect((await read("a.svg")).toString()).toBe(await renderSvg(figure));
  expect((await read("a.PNG")).subarray(1, 4).toString()).toBe("PNG");
  expect(JSON.parse((await read("a.json")).toString()).data).toHaveLength(1);
});

it.each(["a.pdf", "a"])("refuses %s", async name => {
  await expect(writeFigure(figure, join(folder, name))).rejects.toThrow(/ending of .svg, .png, .json; found/);
});
