// How long the search page takes from a picture to its results, in a browser, on a service that runs:
//   node bench/service/page.mjs http://127.0.0.1:8080/ [pictures] [--write]
// Ends with 1 when one of them takes longer than two seconds. Each picture is one of the gallery's, uploaded as a file; the time ends when all twenty results and their pictures are
// drawn. Needs Debian's chromium.
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { writeSection } from "./served-folder.mjs";

/** Seconds that an upload may take. */
const PROMISED = 2;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: "boolean" } } });
const [address, count = "30"] = positionals;
if (address === undefined) throw new Error("which service? node bench/service/page.mjs ADDRESS [pictures]");
const executablePath = process.env.HASHBOOK_TEST_CHROMIUM ?? "/usr/bin/chromium";

/** Seconds of one upload, by the page's own clock. */
function upload(page, bytes) {
  return page.evaluate(async numbers => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(numbers)], "picture.jpg", { type: "image/jpeg" }));
    const columns = document.getElementById("columns");
    const before = columns.firstElementChild;
    const start = performance.now();
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    const isThere = () => {
      const column = columns.firstElementChild;
      const images = [...(column?.querySelectorAll(".card img") ?? [])].filter(
        image => image.getBoundingClientRect().top < innerHeight,
      );
      return column !== before && images.length > 0 && images.every(image => image.complete);
    };
    while (!isThere()) await new Promise(resolve => requestAnimationFrame(resolve));
    return (performance.now() - start) / 1000;
  }, Array.from(bytes));
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const { items } = await (await fetch(new URL(`api/examples?count=${count}`, address))).json();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(address);
  await page.locator("#examples-list a").first().waitFor();
  const seconds = [];
  for (const { image } of items) {
    const response = await fetch(new URL(image, address));
    seconds.push(await upload(page, new Uint8Array(await response.arrayBuffer())));
  }
  const [first] = seconds;
  seconds.sort((a, b) => a - b);
  const at = share => seconds[Math.min(seconds.length - 1, Math.floor(share * seconds.length))].toFixed(3);
  const text = `${seconds.length} uploads: the first ${first.toFixed(3)} s, median ${at(0.5)} s, 95th percentile ${at(0.95)} s, longest ${at(1)} s.`;
  process.stdout.write(`${text}\n`);
  if (values.write) writeSection("page", text);
  if (seconds.at(-1) > PROMISED) process.exitCode = 1;
} finally {
  await browser.close();
}
