// Legends as a browser draws them, in cells of several widths, in its own fonts.
import { readFile } from "node:fs/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plotlyBundle } from "../../src/plots/plotly-window.js";
import { precisionRecallFigure } from "../../src/plots/precision-recall.js";
import { CHROMIUM, NO_CHROMIUM } from "./chromium.js";

describe.skipIf(NO_CHROMIUM !== undefined)(`live legends ${NO_CHROMIUM ?? ""}`, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    page = await browser.newPage({ viewport: { width: 1300, height: 1400 } });
    await page.setContent("<body></body>");
    await page.addScriptTag({ content: await readFile(plotlyBundle(), "utf8") });
  }, 60_000);
  afterAll(() => browser?.close());

  const points = [0, 1].map(recall => ({ recall, precision: 1 - recall / 2 }));
  const curves = (methods: readonly string[], lengths: readonly number[]) =>
    methods.flatMap(method => lengths.map(bits => ({ method, bits, points })));
  const thirty = Array.from({ length: 30 }, (_, i) => `A method with a long name and γ = ${i}`);

  it.each([
    ["12 curves of 3 methods", curves(["HashNet", "DCH", "ITQ"], [16, 32, 48, 64]), 7],
    ["30 curves of long names", curves(thirty, [48]), 30],
  ] as const)(
    "show every entry of %s inside of the picture, in narrow cells and in wide ones",
    async (_, drawn, entries) => {
      const { data, layout } = precisionRecallFigure(drawn);
      for (const width of [420, 700, 1100]) {
        const shown = await page.evaluate(
          async ([traces, places, px]) => {
            document.body.innerHTML = `<div id="figure" style="width:${px}px"></div>`;
            // biome-ignore lint/suspicious/noExplicitAny: plotly is a script of the page
            await (globalThis as any).Plotly.newPlot("figure", traces, places, { responsive: true });
            const boxes = (selector: string) =>
              Array.from(document.querySelectorAll(selector), element => element.getBoundingClientRect());
            const [picture] = boxes(".main-svg");
            const texts = boxes(".legendtext");
            return {
              entries: texts.length,
              inside: texts.every(
                ({ left, right, top, bottom }) =>
                  left >= picture.left && right <= picture.right && top >= picture.top && bottom <= picture.bottom,
              ),
              scrolls: boxes(".legend .scrollbar").some(({ height }) => height > 0),
            };
          },
          [data, layout, width] as const,
        );
        expect({ width, ...shown }).toEqual({ width, entries, inside: true, scrolls: false });
      }
    },
  );
});
