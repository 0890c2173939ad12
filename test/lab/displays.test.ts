// What last values, progress and live curves look like in a real JupyterLab. Pictures are left in runs/screenshots.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { code, notebook } from "../notebook/fixture-notebook.js";
import { NO_CHROMIUM } from "./chromium.js";
import { NO_JUPYTER } from "./jupyter-python.js";
import { LabPage, openBrowser, PATIENCE } from "./lab-page.js";
import { type LabServer, startLab } from "./lab-server.js";

const MISSING = NO_JUPYTER ?? NO_CHROMIUM;

let lab: LabServer;
let browser: Browser;
beforeAll(async () => {
  if (MISSING === undefined) [lab, browser] = await Promise.all([startLab(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await lab?.close();
});

/** Cells whose last value shows itself, and an element of the page that it is shown by. */
const SHOWN: readonly (readonly [source: string, element: string])[] = [
  ["study.dataset", ".jp-RenderedHTML img"],
  ["study.featureSet", ".jp-RenderedHTML svg rect"],
  ["study.featureSet.features", ".jp-RenderedText pre"],
  ["study.split", ".jp-RenderedHTML table"],
  [
    'const hashnet = await hb.runExperiment(study, { method: "hashnet", bits: 48, epochs: 6 });\nhashnet',
    ".jp-RenderedHTML svg polyline",
  ],
  ["hashnet.codes", ".jp-RenderedHTML svg path"],
  ["[hashnet, await hb.cosineBaseline(study)]", ".jp-RenderedHTML thead"],
  ["new dfd.DataFrame(hashnet.record.epochs)", ".jp-RenderedHTML thead"],
  ["hb.learningCurvesOf([hashnet])", ".js-plotly-plot .main-svg"],
  ["await study.dataset.image(3)", ".jp-RenderedImage img"],
  ['({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>mine</b>" }) })', ".jp-RenderedHTML b"],
];

describe.skipIf(MISSING)(`displays in JupyterLab${MISSING ? ` (${MISSING})` : ""}`, { timeout: 4 * PATIENCE }, () => {
  it("last values show themselves", async () => {
    const setUp = `import * as hb from "../lib/index.js";
import * as dfd from "danfojs-node";
const study = await hb.openStudy({ dataset: "fashion-mnist-10k", smoke: true, onProgress: hb.cellProgress() });`;
    lab.put("displays.ipynb", notebook(code(setUp), ...SHOWN.map(([source]) => code(source))));
    const page = await LabPage.open(browser, lab, "displays.ipynb");
    await page.choose("Run", "Run All Cells");
    await page.done();
    // One line is left of the extraction.
    const told = (await page.outputs(0)).filter(({ output_type }) => output_type === "display_data");
    expect(told).toEqual([
      expect.objectContaining({ data: { "text/plain": expect.stringMatching(/^features: 400 images in /) } }),
    ]);
    for (const [i, [source, element]] of SHOWN.entries()) {
      const outputs = await page.outputs(i + 1);
      expect(
        outputs.map(({ output_type }) => output_type),
        source,
      ).toEqual(["execute_result"]);
      await (await page.cell(i + 1)).locator(element).first().waitFor();
      if (i % 3 === 0) await page.screenshot(`displays-${i}`);
    }
    expect(await page.close()).toEqual([]);
  });
});
