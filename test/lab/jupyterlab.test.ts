// A person at JupyterLab: `hashbook lab`, the server, the kernel and a browser, all real. Pictures are left in
// runs/screenshots.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type CellOutput, joinedText } from "../../src/notebook/nbformat.js";
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
  if (MISSING === undefined) [lab, browser] = await Promise.all([startLab(), openBrowser()]);
});
/** Opens a notebook; after the test its kernel is ended, and the page must not have thrown. */
async function open(name: string): Promise<LabPage> {
  const page = await LabPage.open(browser, lab, name);
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") await page.screenshot(`failed-${name}`);
    expect(await page.close()).toEqual([]);
  });
  return page;
}

afterAll(async () => {
  await browser?.close();
  await lab?.close();
});

const failures = (outputs: CellOutput[]): string[] =>
  outputs.flatMap(output => (output.output_type === "error" ? `${output.ename}: ${output.evalue}` : []));

/** Plain text of a cell's last value. */
function value(outputs: CellOutput[]): string | undefined {
  const result = outputs.find(output => output.output_type === "execute_result");
  return result?.output_type === "execute_result" ? joinedText(result.data["text/plain"] as string) : undefined;
}

const OPEN_STUDY = `import * as hb from "../lib/index.js";
const study = await hb.openStudy({ dataset: "fashion-mnist-10k", seed: 0, smoke: true });`;
/** A training that would take minutes: no cell of these tests lets it end. */
const LONG_TRAINING = `const live = hb.liveLearningCurves({ title: "HashNet" });
await hb.runExperiment(
  study,
  { ...hb.trainConfig("hashnet", 16), epochs: 20_000 },
  { onProgress: hb.cellProgress(), onEpoch: live.onEpoch },
);`;

describe.skipIf(MISSING)(`JupyterLab${MISSING ? ` (${MISSING})` : ""}`, { timeout: 4 * PATIENCE }, () => {
  it("runs a chapter with Run All: no cell fails, figures are live", async () => {
    const page = await open("03-hashnet.ipynb");
    await page.choose("Run", "Run All Cells");
    await page.done(3 * PATIENCE);
    const { cells } = await page.content();
    const codes = cells.filter(cell => cell.cell_type === "code");
    expect(codes.flatMap(({ outputs }) => failures(outputs ?? []))).toEqual([]);
    expect(codes.map(cell => cell.execution_count)).toEqual(codes.map((_, i) => i + 1));
    const training = cells.findIndex(({ source }) => joinedText(source).includes("liveLearningCurves"));
    const cell = await page.cell(training);
    await cell.locator(".js-plotly-plot .main-svg").first().waitFor();
    await page.screenshot("chapter");
    // Live: what is dragged over is enlarged.
    const range = (): Promise<number[]> =>
      cell.evaluate(
        node => (node.querySelector(".js-plotly-plot") as PlotlyElement | null)?._fullLayout?.xaxis?.range ?? [],
      );
    expect(await range()).toEqual([0, 3]);
    const box = await cell.locator(".js-plotly-plot .nsewdrag").first().boundingBox();
    if (box === null) throw new Error("the figure has no place on the page");
    await page.page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
    await page.page.mouse.down();
    await page.page.mouse.move(box.x + (2 * box.width) / 3, box.y + box.height / 2, { steps: 5 });
    await page.page.mouse.up();
    await expect.poll(range).not.toEqual([0, 3]);
    const [from, to] = await range();
    expect([from, to].map(Math.round)).toEqual([1, 2]);
    await page.screenshot("figure-enlarged");
  });

  it("shows a training as it goes: progress moves, curves grow on axes that stay", async () => {
    lab.put("live.ipynb", notebook(code(OPEN_STUDY), code(LONG_TRAINING.replace("20_000", "1_000"))));
    const page = await open("live.ipynb");
    await page.run(0);
    await page.done();
    const cell = await page.run(1);
    const pictures = new Set<string>();
    const progresses = new Set<string>();
    while ((await page.status()) === "busy" || pictures.size === 0) {
      const [picture, progress] = await cell.evaluate(node => {
        const outputs = [...node.querySelectorAll(".jp-OutputArea-output")];
        const src = node.querySelector(".jp-RenderedSVG img")?.getAttribute("src") ?? "";
        return [src, outputs.map(output => output.textContent?.trim()).join("")];
      });
      const known = pictures.size;
      if (picture !== "") pictures.add(picture);
      progresses.add(progress);
      if (known === 2 && pictures.size === 3) await page.screenshot("training");
      await sleep(50);
    }
    const curves = [...pictures].map(drawnCurves);
    expect(curves.length, "pictures of one training").toBeGreaterThan(2);
    const points = curves.map(({ loss }) => loss);
    expect(points, "the loss grows longer").toEqual([...points].sort((a, b) => a - b));
    expect(points[points.length - 1]).toBeGreaterThan(points[0]);
    expect(new Set(curves.map(({ ticks }) => ticks)).size, "axes stay").toBe(1);
    expect(progresses.size, "progress moves").toBeGreaterThan(5);
    await cell.locator(".js-plotly-plot .main-svg").first().waitFor();
    await page.screenshot("training-done");
    expect(failures(await page.outputs(1))).toEqual([]);
  });

  it("stops a training at Interrupt, leaves the processor idle, and runs the next cell", async () => {
    const cells = [code(OPEN_STUDY), code("process.pid"), code(LONG_TRAINING), code("1 + 1")];
    lab.put("interrupt.ipynb", notebook(...cells));
    const page = await open("interrupt.ipynb");
    for (const index of [0, 1]) {
      await page.run(index);
      await page.done();
    }
    const kernel = Number(value(await page.outputs(1)));
    const cell = await page.run(2);
    await cell.locator(".jp-RenderedSVG img").waitFor();
    await page.press("interrupt-kernel");
    await page.done();
    expect(failures(await page.outputs(2))).toEqual([expect.stringMatching(/^KeyboardInterrupt: /)]);
    await cell.getByText("KeyboardInterrupt").scrollIntoViewIfNeeded();
    await page.screenshot("interrupted");
    expect(await processorUse(kernel), "share of a core after the interrupt").toBeLessThan(0.2);
    await page.run(3);
    await page.done();
    expect(value(await page.outputs(3))).toBe("2");
  });

  it("shows where a cell threw, in lines of TypeScript, and keeps what it had declared", async () => {
    const throwing = `type Radius = number;
const before = 41;
function ball(radius: Radius): never {
  throw new RangeError(\`no ball of radius \${radius}\`);
}
ball(-1);`;
    lab.put("error.ipynb", notebook(code("const first = 1;"), code(throwing), code("before + first")));
    const page = await open("error.ipynb");
    await page.choose("Run", "Run All Cells");
    await page.done();
    const [error] = (await page.outputs(1)).filter(output => output.output_type === "error");
    expect(error).toMatchObject({ ename: "RangeError", evalue: "no ball of radius -1" });
    const shown = await (await page.cell(1)).locator(".jp-OutputArea-output").innerText();
    expect(shown).toContain("cell 2, line 4");
    expect(shown).toContain("cell 2, line 6");
    await page.screenshot("error");
    expect((await page.outputs(2)).length, "cells after an error do not run").toBe(0);
    await page.run(2);
    await page.done();
    expect(value(await page.outputs(2))).toBe("42");
  });

  it("completes with Tab and explains with Shift+Tab", async () => {
    const cells = [code('import * as hb from "../lib/index.js";'), code("hb."), code("hb.trainConfig")];
    lab.put("completion.ipynb", notebook(...cells));
    const page = await open("completion.ipynb");
    await page.run(0);
    await page.done();
    await (await page.cell(1)).locator(".cm-content").click();
    await page.page.keyboard.press("End");
    const list = page.page.locator(".jp-Completer");
    const wanted = list.getByText("runExperiment", { exact: true });
    // JupyterLab waits for one second; on a busy machine one presses again.
    const pressed = async (): Promise<void> => {
      await page.page.keyboard.press("Tab");
      await wanted.waitFor({ state: "attached", timeout: 2000 });
    };
    await vi.waitFor(pressed, { timeout: PATIENCE });
    await page.screenshot("completion");
    expect(await list.getByText("addEventListener", { exact: true }).count(), "globals of browsers").toBe(0);
    await page.page.keyboard.press("Escape");
    await (await page.cell(2)).locator(".cm-content").click();
    await page.page.keyboard.press("End");
    await page.page.keyboard.press("Shift+Tab");
    const tooltip = page.page.locator(".jp-Tooltip");
    await tooltip.waitFor();
    const explained = await tooltip.innerText();
    for (const part of ["function trainConfig(method:", "The defaults for a method", "Throws InputError"]) {
      expect(explained).toContain(part);
    }
    await page.screenshot("inspection");
  });

  it("forgets everything at Restart and goes on", async () => {
    lab.put("restart.ipynb", notebook(code("let kept = 1;"), code("typeof kept"), code("process.pid")));
    const page = await open("restart.ipynb");
    await page.choose("Run", "Run All Cells");
    await page.done();
    const before = value(await page.outputs(2));
    await page.press("restart-kernel");
    await page.page.getByRole("button", { name: "Confirm Kernel Restart" }).click();
    await page.page.waitForFunction("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'");
    await page.run(2);
    await page.done();
    expect(value(await page.outputs(2))).not.toBe(before);
    await page.run(1);
    await page.done();
    expect([...failures(await page.outputs(1)), value(await page.outputs(1))].join(), "kept is gone").toMatch(
      /kept|undefined/,
    );
  });

  it("shows 100,000 lines whole and in order", async () => {
    lab.put("lines.ipynb", notebook(code('for (let i = 0; i < 100_000; i++) console.log("line", i);')));
    const page = await open("lines.ipynb");
    await page.run(0);
    await page.done();
    const lines = printed(await page.outputs(0)).split("\n");
    expect(lines.length).toBe(100_001);
    expect(lines.findIndex((line, i) => line !== (i < 100_000 ? `line ${i}` : ""))).toBe(-1);
  });

  it("takes 50 MB without a hang: the text is whole, the page answers, the next cell runs", async () => {
    const line = "x".repeat(999);
    const cells = [code(`for (let i = 0; i < 50_000; i++) console.log("${line}");`), code("1 + 1")];
    lab.put("large.ipynb", notebook(...cells));
    const page = await open("large.ipynb");
    await page.run(0);
    await page.done(3 * PATIENCE);
    expect(printed(await page.outputs(0)) === `${line}\n`.repeat(50_000)).toBe(true);
    await page.run(1);
    await page.done();
    expect(value(await page.outputs(1))).toBe("2");
    await page.screenshot("large");
  });
});

/** What plotly keeps at the element of a figure. */
interface PlotlyElement extends Element {
  _fullLayout?: { xaxis?: { range?: number[] } };
}

/** Of a picture of training curves: where the loss ends, in pixels from the left, and what stands at all axes. */
function drawnCurves(src: string): { loss: number; ticks: string } {
  const svg = decodeURIComponent(src.replace(/^data:image\/svg\+xml[^,]*,/, ""));
  const line = /class="js-line"[^>]* d="([^"]+)"/.exec(svg)?.[1] ?? "";
  const ticks = [...svg.matchAll(/class="[xy]\d*tick"[^>]*>(?:<text[^>]*>)?([^<]*)/g)].map(match => match[1]);
  return { loss: Number(/([\d.]+),[\d.]+$/.exec(line)?.[1]), ticks: ticks.join(" ") };
}

/** Share of a core that a process with all its threads uses in the quietest of three seconds: work that goes on takes them all. */
async function processorUse(pid: number): Promise<number> {
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  let least = Number.POSITIVE_INFINITY;
  for (let second = 0; second < 3; second++) {
    const before = ticks();
    await sleep(1000);
    least = Math.min(least, (ticks() - before) / 100);
  }
  return least;
}
