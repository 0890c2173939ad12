// The search page on the service itself, with its token, its queue and its policy: what search-page.test.ts has on a stub.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BITS, colourDataset, pngOf, startTestService } from "../service/fixture.js";
import { NO_CHROMIUM } from "./chromium.js";
import { openBrowser } from "./lab-page.js";
import { SearchPageUser } from "./search-page.js";

const ROW = 31;
const [FEW, MORE] = BITS;

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
    await expect.poll(() => said.innerText()).toMatch(/\w+ \w+/);
    expect(await user.cards().count()).toBe(0);
    await user.page.goBack();
    await user.found();
    expect(await said.isVisible()).toBe(false);
    await user.close();
  });
});
