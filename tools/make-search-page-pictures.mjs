// The pictures of the search page in README, of a service that runs with two models:
//   node tools/make-search-page-pictures.mjs http://127.0.0.1:8080/ [row]
// Needs Debian's chromium. Writes docs/search-page.png (one list, light) and docs/search-page-compare.png (two, dark).
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";

const [address, row = "1234"] = process.argv.slice(2);
if (address === undefined) throw new Error("which service? node tools/make-search-page-pictures.mjs ADDRESS [row]");
const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const executablePath = process.env.HASHBOOK_TEST_CHROMIUM ?? "/usr/bin/chromium";

/** Waits until the lists and their pictures are there, and writes what is seen of the page. */
async function picture(page, search, file) {
  await page.goto(new URL(search, address).href);
  await page.locator('.column[aria-busy="false"] .card').first().waitFor();
  await page.waitForLoadState("networkidle");
  // Few colours: a palette is a third of the size and nothing is seen of it.
  const bytes = await sharp(await page.screenshot())
    .png({ palette: true, colours: 128, compressionLevel: 9 })
    .toBuffer();
  await writeFile(`${docs}${file}`, bytes);
  process.stdout.write(`docs/${file}: ${Math.round(bytes.length / 1000)} kB\n`);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const { models } = await (await fetch(new URL("api/service", address))).json();
  const viewport = { width: 1280, height: 860 };
  await picture(await browser.newPage({ viewport }), `?row=${row}`, "search-page.png");
  const [left, right = left] = models;
  const words = new URLSearchParams({
    row,
    model: left.id,
    order: left.orders[0],
    compare: right.id,
    compareOrder: right.orders[right === left ? 1 : 0],
  });
  const dark = await browser.newPage({ viewport, colorScheme: "dark" });
  await picture(dark, `?${words}`, "search-page-compare.png");
} finally {
  await browser.close();
}
