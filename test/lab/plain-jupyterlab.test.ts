// A JupyterLab that `hashbook lab` did not start: the kernel as `hashbook kernel install --user` makes it known, and the limits
// of Jupyter's server as they are, which drops what a kernel sends too fast.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { code, notebook } from "../notebook/fixture-notebook.js";
import { NO_CHROMIUM } from "./chromium.js";
import { NO_JUPYTER } from "./jupyter-python.js";
import { LabPage, openBrowser, PATIENCE } from "./lab-page.js";
import { type LabServer, startLab } from "./lab-server.js";
import { printed } from "./printed.js";

const MISSING = NO_JUPYTER ?? NO_CHROMIUM;

let lab: LabServer;
let browser: Browser;
beforeAll(async () => {
  if (MISSING === undefined) [lab, browser] = await Promise.all([startLab("jupyter"), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await lab?.close();
});

describe.skipIf(MISSING)(`JupyterLab alone${MISSING ? ` (${MISSING})` : ""}`, { timeout: 4 * PATIENCE }, () => {
  it("knows the kernel, and shows 100,000 lines whole and in order", async () => {
    lab.put("lines.ipynb", notebook(code('for (let i = 0; i < 100_000; i++) console.log("line", i);')));
    const page = await LabPage.open(browser, lab, "lines.ipynb");
    await page.run(0);
    await page.done();
    expect(printed(await page.outputs(0)) === Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join("")).toBe(
      true,
    );
    expect(lab.log()).not.toContain("rate exceeded");
    expect(await page.close()).toEqual([]);
  });
});
