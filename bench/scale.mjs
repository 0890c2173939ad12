// What names cost: galleries opened with and without the ids of their rows, and the folder that `export` writes of them.
//
//   npm run build && node bench/scale.mjs --home DIR [--write]
//
// 10^6 and 10^7 random codes of 64 bits with ids of 36 letters. Each step is a process of its own that notes its peak (maximum
// resident set) at its end. --write puts the table into bench/scale.md, of which tools/scale-page.mjs makes docs/scale.md.
import { execFileSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeCodes } from "../lib/features/codes-sidecar.js";
import { hashOfIds } from "../lib/features/items-identity.js";
import * as hb from "../lib/index.js";

const SELF = fileURLToPath(import.meta.url);
const PAGE = fileURLToPath(new URL("scale.md", import.meta.url));
const SIZES = [1e6, 1e7];
const BITS = 64;
const { values: flags } = parseArgs({
  options: { home: { type: "string" }, write: { type: "boolean", default: false }, step: { type: "string" } },
});
const fileOf = size => join(flags.home, `${size}.npy`);
const idOf = row => `photographs/of/a/shop/${String(row).padStart(10, "0")}.jpg`;

/** Codes, what they are, and ids. */
async function make(size) {
  const file = fileOf(size);
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return;
  const block = 1 << 20;
  const values = async function* () {
    for (let from = 0; from < size; from += block) {
      yield randomFillSync(new Uint8Array(Math.min(block, size - from) * (BITS / 8)));
    }
  };
  const ids = Array.from({ length: size }, (_, row) => idOf(row));
  const data = { dataset: "made for a measurement", contentHash: "none", rows: size, ids: hashOfIds(ids) };
  const sidecar = { form: "packed", rows: size, bits: BITS, model: { hash: "none" }, data, classNames: [] };
  await writeCodes(file, { shape: [size, BITS / 8], descr: "|u1", values: values() }, sidecar, ids);
}

/** What is measured, in a process of its own. */
const STEPS = {
  "gallery without names": size => hb.openGallery(fileOf(size)),
  "gallery with names": size => hb.openGallery(fileOf(size), { beside: true }),
};

if (flags.step !== undefined) {
  const [name, size] = JSON.parse(flags.step);
  const started = performance.now();
  const gallery = await STEPS[name](size);
  const query = { data: new Uint8Array(BITS / 8), count: 1, bits: BITS, bytesPerCode: BITS / 8 };
  await gallery.nearest(query, { k: 100 });
  const seconds = (performance.now() - started) / 1000;
  await gallery.close();
  process.stdout.write(JSON.stringify({ seconds, bytes: process.resourceUsage().maxRSS * 1024 }));
  process.exit(0);
}

mkdirSync(flags.home, { recursive: true });
const before = loadavg()[0];
for (const size of SIZES) await make(size);
const rows = Object.keys(STEPS).map(name => {
  const found = SIZES.map(size => {
    const args = [SELF, "--home", flags.home, "--step", JSON.stringify([name, size])];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  });
  const mebibytes = found.map(({ bytes }) => (bytes / 2 ** 20).toFixed(0));
  const each = (found[1].bytes - found[0].bytes) / (SIZES[1] - SIZES[0]);
  const seconds = found.map(one => one.seconds.toFixed(2)).join(" / ");
  return `| ${name} | 1,000,000 / 10,000,000 codes | ${mebibytes[0]} | ${mebibytes[1]} | ${each.toFixed(0)} | ${seconds} |`;
});
const table = [
  "| step | sizes | peak of the smaller, MiB | of the larger, MiB | grows by, bytes an item | s |",
  "| --- | --- | ---: | ---: | ---: | ---: |",
  ...rows,
  "",
  `${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; load before ${before.toFixed(1)}.`,
].join("\n");
process.stdout.write(`${table}\n`);
if (flags.write) {
  const page = readFileSync(PAGE, "utf8");
  writeFileSync(
    PAGE,
    page.replace(/<!-- measured -->[\s\S]*<!-- end -->/, `<!-- measured -->\n${table}\n<!-- end -->`),
  );
}
