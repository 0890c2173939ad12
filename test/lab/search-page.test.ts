// The search page in a real browser, on a service that answers as the real one does (test/service/page/stub-service.ts).
// Pictures are left in runs/screenshots.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StubGallery } from "../service/page/stub-gallery.js";
import { type StubService, startStub } from "../service/page/stub-service.js";
import { NO_CHROMIUM } from "./chromium.js";
import { openBrowser } from "./lab-page.js";
import { SearchPageUser } from "./search-page.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A search by two models. */
const COMPARED = "?row=7&model=hashnet-48&order=hamming&compare=dch-32&compareOrder=hamming";

let browser: Browser;
let stub: StubService;
let picture: Buffer;
beforeAll(async () => {
  if (NO_CHROMIUM !== undefined) return;
  [browser, stub] = await Promise.all([openBrowser(), startStub()]);
  picture = await (await StubGallery.open(50)).picture(19);
});
afterAll(async () => {
  await browser?.close();
  await stub?.close();
});

const open = (search = "", options: BrowserContextOptions = {}): Promise<SearchPageUser> =>
  SearchPageUser.open(browser, `${stub.address}${search}`, options);

async function close(user: SearchPageUser): Promise<void> {
  expect(user.faults).toEqual([]);
  await user.close();
}

/** What axe-core finds wrong, by rule and element. */
async function violations(user: SearchPageUser): Promise<string[]> {
  await user.page.evaluate(AXE);
  return user.page.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(node => id + ': ' + node.html + node.failureSummary)))",
  );
}

describe.skipIf(NO_CHROMIUM)(`the search page${NO_CHROMIUM ? ` (${NO_CHROMIUM})` : ""}`, () => {
  it("starts with pictures of the gallery, and a click on one searches", async () => {
    const user = await open();
    await user.page.locator("#examples-list .card").nth(3).waitFor();
    await user.screenshot("page-start");
    // Each pixel as often as any other: 28 of them, a whole number of times.
    const widths = await user.page.evaluate<number[]>(
      "[...document.querySelectorAll('#examples-list img')].map(image => image.getBoundingClientRect().width)",
    );
    expect(widths.map(width => width % 28)).toEqual(widths.map(() => 0));
    expect(await user.page.locator("#examples-list .card").count()).toBe(12);
    await user.page.locator("#examples-list a").nth(1).click();
    await user.found();
    expect(await user.cards().count()).toBe(20);
    expect(new URL(user.page.url()).search).toBe("?row=7");
    await close(user);
  });

  it.each(["a file", "a drop", "a paste"] as const)("takes %s and draws the bits that differ", async way => {
    const user = await open();
    if (way === "a file") {
      const chooser = user.page.waitForEvent("filechooser");
      await user.page.getByRole("button", { name: "Choose a picture" }).click();
      await (await chooser).setFiles({ name: "mine.png", mimeType: "image/png", buffer: picture });
    } else await user.hand(way === "a drop" ? "drop" : "paste", picture);
    await user.found();
    expect((await user.rows())[0]).toBe(19);
    expect(stub.asked.at(-1)).toMatch(/^(POST \/api\/search|GET \/api\/images)/);
    expect(await user.page.locator("#query canvas").count()).toBe(1);
    expect(await user.page.locator("#query").innerText()).toContain("28 × 28 pixels");
    // Every drawing says which bits differ, and as many as the distance.
    for (const card of (await user.cards().all()).slice(0, 5)) {
      const distance = Number.parseInt(await card.locator(".distance").innerText(), 10);
      const words = (await card.locator("svg.code").getAttribute("aria-label"))!;
      const named = words.match(/\d+/g) ?? [];
      expect(named.length, words).toBe(distance);
      // A hollow cell is two squares, one in the other.
      const squares = await card
        .locator("path.differs")
        .evaluateAll(paths => paths.map(path => [path.getAttribute("class"), path.getAttribute("d")].join(" ")));
      const cells = squares
        .map(path => path.split("M").length - 1)
        .map((n, i) => (/zero/.test(squares[i]) ? n / 2 : n));
      expect(cells.reduce((sum, n) => sum + n, 0)).toBe(distance);
    }
    await close(user);
  });

  it("takes a picture that was copied, by the clipboard itself", async () => {
    const user = await open("", { permissions: ["clipboard-read", "clipboard-write"] });
    await user.page.evaluate(`navigator.clipboard.write([new ClipboardItem({
      "image/png": new Blob([new Uint8Array(${JSON.stringify(Array.from(picture))})], { type: "image/png" }) })])`);
    await user.page.keyboard.press("Control+V");
    await user.found();
    expect((await user.rows())[0]).toBe(19);
    await close(user);
  });

  it("searches on from result to result, back and forward, and by a link that is sent", async () => {
    const user = await open();
    await user.hand("drop", picture);
    await user.found();
    const first = await user.rows();
    await user.cards().nth(2).locator("a").click();
    await user.page.waitForURL(/row=/);
    await user.until(`document.title.includes("–")`);
    await user.found();
    const second = await user.rows();
    expect(second).not.toContain(first[2]);
    const link = user.page.url();
    await user.page.goBack();
    await user.until(`document.querySelector(".card").dataset.row === "${first[0]}"`);
    expect(await user.rows()).toEqual(first);
    expect(await user.page.evaluate("document.activeElement.closest('.card')?.dataset.row")).toBe(`${first[2]}`);
    await user.page.goForward();
    await user.until(`document.querySelector(".card").dataset.row === "${second[0]}"`);
    await close(user);
    const other = await SearchPageUser.open(browser, link);
    await other.found();
    expect(await other.rows()).toEqual(second);
    await close(other);
  });

  it("k and radius by their sliders and numbers; the radius tells how many lie within", async () => {
    const user = await open("?row=7");
    await user.found();
    expect(await user.page.locator("#k-limit").innerText()).toBe("at most 200");
    await user.page.locator("#k").fill("999");
    await expect.poll(() => new URL(user.page.url()).search).toBe("?row=7&k=200");
    expect(await user.page.locator("#k").inputValue()).toBe("200");
    await user.page.locator("#k").fill("7");
    await user.until(
      `document.querySelectorAll(".card").length >= 7 && document.querySelectorAll("#columns .card").length === 7`,
    );
    await user.page.locator("#radius-slider").focus();
    for (let i = 0; i < 46; i++) await user.page.keyboard.press("ArrowLeft");
    await user.page.locator(".within").waitFor();
    expect(await user.page.locator("#radius").inputValue()).toBe("2");
    expect(await user.page.locator(".within").innerText()).toMatch(/^\d+ pictures? within 2 bits$/);
    expect(new URL(user.page.url()).search).toBe("?row=7&k=7&radius=2");
    const distances = await user.cards().locator(".distance").allInnerTexts();
    for (const words of distances) expect(Number.parseInt(words, 10)).toBeLessThanOrEqual(2);
    await close(user);
  });

  it("compares two models: places of the same picture, times, each with its bits", async () => {
    const user = await open("?row=7");
    await user.found();
    await user.page.getByLabel("Compare with another").check();
    await user.found(2);
    const [left, right] = [await user.rows(0), await user.rows(1)];
    const marked = await user.page.locator(".column").first().locator(".shared").count();
    expect(marked).toBe(left.filter(row => right.includes(row)).length);
    expect(await user.page.locator(".times").count()).toBe(2);
    await user.screenshot("page-compare");
    const shared = user.page.locator(".column").first().locator(".shared").first();
    await shared.hover();
    expect(await user.page.locator(".twin").count()).toBe(2);
    expect(await violations(user)).toEqual([]);
    await user.page.getByLabel("Order", { exact: true }).selectOption("cosine");
    await user.page.getByText("Re-ranked among the 200 nearest").waitFor();
    await close(user);
  });

  it("works by keys alone", async () => {
    const user = await open();
    const { keyboard } = user.page;
    await user.page.locator("#examples-list a").first().waitFor();
    await keyboard.press("Tab");
    expect(await user.page.evaluate("document.activeElement.textContent")).toBe("To the results");
    await keyboard.press("Enter");
    await keyboard.press("Tab");
    await keyboard.press("ArrowRight");
    await keyboard.press("Enter");
    await user.found();
    expect(new URL(user.page.url()).search).toBe("?row=7");
    expect(await user.page.evaluate("document.activeElement.tagName")).toBe("H2");
    await keyboard.press("Tab");
    await keyboard.press("ArrowDown");
    const below = await user.page.evaluate("document.activeElement.closest('.card').dataset.row");
    await keyboard.press("Enter");
    await user.page.waitForURL(`**/?row=${below}`);
    await close(user);
  });

  it("says what was wrong, and what to do", async () => {
    const user = await open();
    const trouble = user.page.locator("#trouble");
    await user.hand("drop", Buffer.from("hello"), "text/plain");
    await expect.poll(() => trouble.innerText()).toContain("is no picture but text/plain. Expected: jpeg, png, webp.");
    await user.hand("drop", Buffer.alloc(300_001));
    await expect
      .poll(() => trouble.innerText())
      .toMatch(/has 300 kB; the service takes up to 300 kB\. Make it smaller\.\n/);
    await user.hand("drop", Buffer.from("no png"));
    await expect.poll(() => trouble.innerText()).toContain("This is no picture that the service reads.");
    expect(await user.page.locator("#retry").innerText()).toBe("Choose another");
    expect(await user.page.locator("#columns").innerText()).toBe(""); // no heading of a list that is none
    const chooser = user.page.waitForEvent("filechooser");
    await user.page.locator("#retry").click();
    await chooser;
    expect(await violations(user)).toEqual([]);
    const isHeld = await user.page.evaluate<boolean>(`{
      const data = new DataTransfer();
      data.setData("text/uri-list", "https://example.org/a.png");
      !document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }`);
    expect(isHeld).toBe(true); // or the browser would leave the page
    expect(await trouble.innerText()).toContain("This is a link, no picture.");
    stub.refuse(1);
    await user.hand("paste", picture);
    await expect
      .poll(() => user.page.locator("#waiting").innerText())
      .toContain("The queue is full. Asking again in 1.0 s.");
    await user.found();
    expect(await user.page.locator("#waiting").isVisible()).toBe(false);
    await close(user);
  });

  it("says of a picture of another kind that it is, and marks that", async () => {
    const user = await open();
    const likeness = { cosine: 0.21, usual: 0.67, sample: 1000, below: 0 };
    await user.page.route("**/api/search?*", async route => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), likeness } });
    });
    await user.hand("drop", picture);
    await user.found();
    const said = await user.page.locator(".unlike").innerText();
    expect(said).toMatch(/^This may be of another kind than the gallery's pictures: .* 0\.21; .* 0\.67 or more\.$/);
    expect(await user.page.locator("#status").textContent()).toContain(said);
    expect(await violations(user)).toEqual([]);
    await user.screenshot("page-unlike");
    await close(user);
  });

  it("goes back to the start, and says why, when a picture that was put in is gone after a reload", async () => {
    const user = await open();
    await user.hand("drop", picture);
    await user.found();
    await user.page.reload();
    await user.page.locator("#examples-list .card").nth(3).waitFor();
    expect(await user.page.locator("#notices").innerText()).toContain("no longer at hand");
    expect(await user.page.locator("#trouble").isVisible()).toBe(false);
    expect(await user.page.locator("#query").isVisible()).toBe(false);
    await close(user);
  });

  it("asks for a token where one is needed, again when it was wrong", async () => {
    const guarded = await startStub("open sesame");
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${guarded.address}?row=3`);
    await page.getByLabel("Token", { exact: true }).fill("open barley");
    await page.keyboard.press("Enter");
    await page.getByText("The service did not take this token.").waitFor();
    await page.getByLabel("Token", { exact: true }).fill("open sesame");
    await page.keyboard.press("Enter");
    await page.locator(".card img.pixels").nth(19).waitFor();
    await context.close();
    await guarded.close();
  });

  it("takes a picture with the camera", async () => {
    const filming = await openBrowser(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
    const user = await SearchPageUser.open(filming, stub.address);
    await user.page.getByRole("button", { name: "Camera" }).click();
    await user.page.getByRole("button", { name: "Take the picture" }).click();
    await user.found();
    expect(await user.page.locator("#query").innerText()).toMatch(/camera\.jpg[\s\S]*640 × 480 pixels/);
    await close(user);
    await filming.close();
  });

  it("shows the first results of two lists on a telephone without scrolling", async () => {
    const user = await open(COMPARED, { viewport: { width: 360, height: 740 } });
    await user.found(2);
    await user.page.locator(".ties").first().waitFor();
    const middles = await user.page
      .locator(".card:first-child .frame")
      .evaluateAll(frames => frames.map(frame => frame.getBoundingClientRect()).map(({ y, height }) => y + height / 2));
    expect(middles).toHaveLength(2);
    for (const middle of middles) expect(middle).toBeLessThan(740);
    await user.screenshot("page-compare-telephone");
    await close(user);
  });

  it.each([320, 768, 1920])(
    "has no sideways scrolling at %d pixels, and nothing that axe-core finds wrong",
    async width => {
      const user = await open("", { viewport: { width, height: 800 } });
      await user.page.locator("#examples-list a").first().waitFor();
      expect(await user.overflowsSideways()).toBe(false);
      expect(await violations(user)).toEqual([]);
      await user.page.locator("#examples-list a").first().click();
      await user.found();
      expect(await user.overflowsSideways()).toBe(false);
      expect(await violations(user)).toEqual([]);
      await user.screenshot(`page-${width}`);
      await user.page.goto(`${stub.address}${COMPARED}`);
      await user.found(2);
      expect(await user.overflowsSideways()).toBe(false);
      await user.screenshot(`page-compare-${width}`);
      await close(user);
    },
  );

  it("is dark where the system is, or where one chooses it, and stays so", async () => {
    const background = (user: SearchPageUser): Promise<string> =>
      user.page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    const user = await open("?row=7", { colorScheme: "dark" });
    await user.found();
    const dark = await background(user);
    expect(dark).toBe("rgb(22, 24, 27)");
    expect(await violations(user)).toEqual([]);
    await user.screenshot("page-dark");
    await user.page.locator("#theme").selectOption("light");
    expect(await background(user)).not.toBe(dark);
    await user.page.reload();
    await user.found();
    expect(await background(user)).not.toBe(dark);
    await close(user);
  });
});
