import { join } from "node:path";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { makeFolder } from "../../src/core/files.js";
import { packageFolder } from "../../src/core/paths.js";

const SCREENSHOTS = process.env.HASHBOOK_SCREENSHOTS ?? join(packageFolder, "runs", "screenshots");

/** How the page is opened. */
export interface PageOptions extends BrowserContextOptions {
  /** "none": whoever asks for it is refused, as by a browser that is told to let pages store nothing. */
  readonly storage?: "none";
}

const WITHOUT_STORAGE = `for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });`;

/** The search page in a browser, used as one uses it. All that went wrong in it meanwhile is kept. */
export class SearchPageUser {
  /** Errors of the page, refusals of its content security policy, and requests to other hosts. */
  readonly faults: string[] = [];

  private constructor(readonly page: Page) {}

  /**
   * @param address of the service, with what of a search belongs to it
   * @param token that the page asks for
   */
  static async open(
    browser: Browser,
    address: string,
    { storage, ...options }: PageOptions = {},
    token?: string,
  ): Promise<SearchPageUser> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    if (storage === "none") await context.addInitScript(WITHOUT_STORAGE);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const user = new SearchPageUser(page);
    page.on("pageerror", error => user.faults.push(error.message));
    page.on("console", message => {
      if (/Content Security Policy|violates/.test(message.text())) user.faults.push(message.text());
    });
    page.on("request", request => {
      const url = new URL(request.url());
      if (/^https?:/.test(url.protocol) && url.origin !== new URL(address).origin) user.faults.push(request.url());
    });
    await page.goto(address);
    if (token !== undefined) {
      await page.getByLabel("Token", { exact: true }).fill(token);
      await page.keyboard.press("Enter");
    }
    await page.locator("#ask").waitFor();
    return user;
  }

  /** The cards of a list, the only one or the one of that number from 0. */
  cards(column = 0): Locator {
    return this.page.locator(".column").nth(column).locator(".card");
  }

  /** Waits until all lists are those of the search that is asked for. */
  async found(columns = 1): Promise<void> {
    const settled = "document.querySelectorAll('.column[aria-busy=false]').length";
    await this.until(
      `${settled} === ${columns} && document.querySelectorAll(".column").length === ${columns} &&
       document.querySelectorAll(".column .card").length > 0`,
    );
  }

  /** Waits until an expression holds in the page. Its content security policy forbids what Playwright's own way needs. */
  async until(expression: string): Promise<void> {
    await expect.poll(() => this.page.evaluate<boolean>(expression), { timeout: 20_000, interval: 30 }).toBe(true);
  }

  /** The rows of a list in its order. */
  async rows(column = 0): Promise<number[]> {
    return this.cards(column).evaluateAll(cards => cards.map(card => Number(card.getAttribute("data-row"))));
  }

  async screenshot(name: string, fullPage = false): Promise<void> {
    await makeFolder(SCREENSHOTS);
    await this.page.waitForLoadState("networkidle");
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage });
  }

  /** Whether the page can be scrolled sideways, which nobody should have to. */
  overflowsSideways(): Promise<boolean> {
    return this.page.evaluate<boolean>("document.documentElement.scrollWidth > document.documentElement.clientWidth");
  }

  /** Hands files to the page as a drop or a paste does. @param kind "drop" or "paste" */
  async hand(kind: "drop" | "paste", picture: Buffer, type = "image/png"): Promise<void> {
    const bytes = JSON.stringify(Array.from(picture));
    const event =
      kind === "drop" ? "DragEvent('drop', { dataTransfer: data" : "ClipboardEvent('paste', { clipboardData: data";
    await this.page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(${bytes})], "picture", { type: "${type}" }));
      document.body.dispatchEvent(new ${event}, bubbles: true, cancelable: true }));
    }`);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
