// The search page on the service itself, with its token, its queue and its policy: what search-page.test.ts has on a stub.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BITS, colourDataset, pngOf, startTestService, testSources } from "../service/fixture.js";
import { NO_CHROMIUM } from "./chromium.js";
import { openBrowser } from "./lab-page.js";
import { SearchPageUser } from "./search-page.js";

const ROW = 31;
const [FEW, MORE] = BITS;

/** Names that somebody's files may have. */
const CLASSES = [
  "<b onmouseover=alert(1)>bold</b><img src=x onerror=alert(1)>",
  `\u202eturned round ${"for ever ".repeat(300)}`,
  "\u05de\u05e2\u05d9\u05dc, \u05de\u05d2\u05e3",
];
const names = (what: string): string[] =>
  Array.from(
    { length: 90 },
    (_, row) => `${what}/${["a".repeat(3000), "\u202e<script>alert(1)</script>", "../.."][row % 3]}/${row}`,
  );

let browser: Browser;
let service: Awaited<ReturnType<typeof startTestService>>;
beforeAll(async () => {
  if (NO_CHROMIUM === undefined)
    [browser, service] = await Promise.all([openBrowser(), startTestService({ token: "sesame" })]);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe.skipIf(NO_CHROMIUM)(`the page as it is served${NO_CHROMIUM ? ` (${NO_CHROMIUM})` : ""}`, () => {
  it("asks for the token, finds an uploaded picture by itself, searches on, and compares all orders", async () => {
    const user = await SearchPageUser.open(browser, service.url, {}, "sesame");
    await user.page.locator("#examples-list img").nth(11).waitFor();
    await user.hand("drop", await pngOf(colourDataset(90), ROW));
    await user.found();
    const itself = user.page.locator(`.card[data-row="${ROW}"]`);
    expect(await itself.locator(".distance").innerText()).toBe("0 bits");
    expect(await itself.locator(".source").innerText()).toBe(`colours/${ROW}`);
    await user.until(`document.querySelector('.card[data-row="${ROW}"] img').naturalWidth === 8`);
    expect(await user.page.locator(".times li").allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^decode \d/), expect.stringMatching(/^network \d/)]),
    );

    await itself.locator("a").click();
    await user.until(
      `new URLSearchParams(location.search).get("row") === "${ROW}" && document.title.startsWith("green")`,
    );
    await user.found();
    expect(await user.rows()).not.toContain(ROW);
    expect(await user.page.locator(".found").innerText()).toMatch(/^20 pictures, \d+ of the query's class\.$/);

    await user.page.getByLabel("Compare with another").check();
    await user.found(2);
    expect(await user.page.locator(".query-code figcaption").allInnerTexts()).toEqual([
      `The query's code, ${FEW} bits`,
      `The query's code, ${MORE} bits`,
    ]);
    for (const order of ["asymmetric", "cosine"]) {
      await user.page.locator("#order").selectOption(order);
      await user.until(`new URLSearchParams(location.search).get("order") === "${order}"`);
      await user.found(2);
      expect(await user.page.locator(".column").first().locator(".distance").first().innerText()).toMatch(
        / · \d+ bits?$/,
      );
    }
    await user.page.locator("#radius").fill("3");
    await user.until(`new URLSearchParams(location.search).get("radius") === "3"`);
    await user.found(2);
    expect(await user.page.locator("#trouble").isVisible()).toBe(false);
    expect(user.faults).toEqual([]);
    await user.close();
  });

  it("says in the service's words what it refuses", async () => {
    const user = await SearchPageUser.open(browser, `${service.url}?row=3`, {}, "sesame");
    await user.found();
    await user.hand("drop", Buffer.from("GIF89a, or not"));
    const said = user.page.locator("#trouble-words");
    await expect.poll(() => said.innerText()).toMatch(/^This is a GIF .*\.$/);
    expect(await user.cards().count()).toBe(0);
    await user.page.goBack();
    await user.found();
    expect(await said.isVisible()).toBe(false);
    await user.close();
  });

  it("opens, and keeps the token for the visit, where the browser lets it store nothing", async () => {
    const user = await SearchPageUser.open(browser, `${service.url}?row=3`, { storage: "none" }, "sesame");
    await user.found();
    await user.cards().first().locator("a").click();
    await user.page.waitForURL(/row=(?!3$)/);
    await user.found();
    expect(await user.page.locator("#token-dialog").isVisible()).toBe(false);
    expect(user.faults).toEqual([]);
    await user.close();
  });

  it.each([320, 1280])("shows names as they are, whatever is in them, at %d pixels", async width => {
    const sources = await testSources({ ...colourDataset(90), ids: names("id"), classNames: CLASSES });
    const models = sources.models.map(model => ({ ...model, title: "method".repeat(40) }));
    const named = await startTestService({ open: async () => ({ ...sources, models }) });
    try {
      const user = await SearchPageUser.open(browser, `${named.url}?row=7`, { viewport: { width, height: 900 } });
      await user.found();
      expect(await user.overflowsSideways()).toBe(false);
      const [name, source] = [".name", ".source"].map(part => user.cards().first().locator(part));
      const row = (await user.rows())[0];
      expect(await name.textContent()).toBe(CLASSES[row % 3]);
      expect(await source.textContent()).toBe(sources.items.ids[row]);
      expect(await user.page.locator("b, script:not([src]), [onerror]").count()).toBe(0);
      // The longest leave room for what comes after them.
      const { height } = (await user.page.locator("#query").boundingBox())!;
      expect(height).toBeLessThan(420);
      // What turns the direction of writing ends with the name it is in.
      for (const part of [".name", ".source", "#query strong"])
        expect(await user.page.evaluate(`getComputedStyle(document.querySelector("${part}")).unicodeBidi`)).toBe(
          "isolate",
        );
      await user.screenshot(`page-names-${width}`);
      expect(user.faults).toEqual([]);
      await user.close();
    } finally {
      await named.stop();
    }
  });
});
