import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { makeFolder } from "../../src/core/files.js";
import { packageFolder } from "../../src/core/paths.js";
import type { CellOutput, Notebook } from "../../src/notebook/nbformat.js";
import { CHROMIUM } from "./chromium.js";
import type { LabServer } from "./lab-server.js";

/** Where the pictures go. */
const SCREENSHOTS = process.env.HASHBOOK_SCREENSHOTS ?? join(packageFolder, "runs", "screenshots");

/** Milliseconds that a cell, a dialog, a kernel may take; machines are shared. */
export const PATIENCE = 120_000;

/** @param more arguments of Chromium */
export function openBrowser(more: readonly string[] = []): Promise<Browser> {
  // Chromium's sandbox needs rights that root in a container lacks; the pages are ours.
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage", ...more] });
}

/** The widget of the notebook in front, as `--LabApp.expose_app_in_browser` offers it. */
const PANEL = "globalThis.jupyterapp?.shell.currentWidget";

/** A notebook in JupyterLab, used as one uses it: by its menus, buttons and keys. Cells are counted from 0. */
export class LabPage {
  private constructor(
    readonly page: Page,
    private readonly errors: string[],
  ) {}

  /** Opens a notebook and waits until its kernel is idle. */
  static async open(browser: Browser, lab: LabServer, notebook: string): Promise<LabPage> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(PATIENCE);
    const errors: string[] = [];
    page.on("pageerror", error => errors.push(error.message));
    await page.goto(lab.address(notebook));
    const opened = new LabPage(page, errors);
    // The notebook is there before its cells and its kernel are.
    await page.waitForFunction(`${PANEL}?.context?.isReady && ${PANEL}.sessionContext.isReady`);
    await opened.kernel("idle");
    return opened;
  }

  /** Waits until the indicator beside the kernel's name says so. */
  async kernel(status: "idle" | "busy"): Promise<void> {
    await this.page.waitForSelector(`.jp-Notebook-ExecutionIndicator[data-status=${status}]`);
  }

  /** What that indicator says. */
  async status(): Promise<string | null> {
    return this.page.locator(".jp-Notebook-ExecutionIndicator").getAttribute("data-status");
  }

  /** Chooses from a menu at the top. */
  async choose(menu: string, item: string): Promise<void> {
    await this.page.getByRole("menuitem", { name: menu, exact: true }).click();
    await this.page.getByRole("menuitem", { name: item, exact: true }).click();
  }

  /** Presses a button above the notebook. */
  async press(command: "interrupt-kernel" | "restart-kernel"): Promise<void> {
    await this.page.locator(`.jp-NotebookPanel-toolbar [data-command="notebook:${command}"]`).click();
  }

  /** The cell, scrolled into sight: JupyterLab takes others out of the page. */
  async cell(index: number): Promise<Locator> {
    await this.page.evaluate(`(async () => {
      const notebook = ${PANEL}.content;
      notebook.activeCellIndex = ${index};
      await notebook.scrollToItem(${index}, "start");
    })()`);
    const cell = this.page.locator(`.jp-Notebook-cell[data-windowed-list-index="${index}"]`);
    await cell.waitFor();
    return cell;
  }

  /** Clicks into a cell and runs it with Shift+Enter; does not wait for its end. */
  async run(index: number): Promise<Locator> {
    const cell = await this.cell(index);
    await cell.locator(".cm-content").click();
    await this.page.keyboard.press("Shift+Enter");
    return cell;
  }

  /** Waits until no cell runs or is to run. */
  async done(patience: number = PATIENCE): Promise<void> {
    const waiting = `${PANEL}.content.widgets.some(cell => cell.model.executionState === "running" || cell.promptNode?.textContent.includes("*"))`;
    await this.page.waitForFunction(`!(${waiting})`, undefined, { timeout: patience });
    await this.kernel("idle");
  }

  /** The notebook as JupyterLab would save it. */
  async content(): Promise<Notebook> {
    return JSON.parse(await this.page.evaluate<string>(`JSON.stringify(${PANEL}.content.model.toJSON())`));
  }

  /** The outputs of a cell. */
  async outputs(index: number): Promise<CellOutput[]> {
    return (await this.content()).cells[index].outputs ?? [];
  }

  async screenshot(name: string): Promise<void> {
    await makeFolder(SCREENSHOTS);
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  /** Ends the kernel and closes the page. @returns errors that the page itself threw */
  async close(): Promise<readonly string[]> {
    await this.page.evaluate(`${PANEL}.sessionContext.shutdown()`);
    await this.page.close();
    return this.errors;
  }
}
