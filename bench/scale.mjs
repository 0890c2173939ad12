// What names cost, and what it costs to go straight to codes: constants of docs/scale.md that no other bench has.
//
//   npm run build && node bench/scale.mjs --home DIR [--write]
//
// 10^6 and 10^7 random codes of 64 bits with ids of 36 letters, opened as a gallery with them and without, each in a process of its own that notes
// its peak (maximum resident set) at its end. 300 seeded JPEGs of 800 x 600, extracted to features and to codes of 64 bits, in
// turns: processor seconds. --write puts both into bench/scale.md, of which tools/scale-page.mjs makes docs/scale.md.
import { execFileSync, spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { Random } from "../lib/core/random.js";
import { writeCodes } from "../lib/features/codes-sidecar.js";
import { hashOfIds } from "../lib/features/items-identity.js";
import * as hb from "../lib/index.js";
import { dayText, machineText, writeMeasured } from "./measured-page.mjs";

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

const PICTURES = 300;
const TURNS = 3;
const CLI = fileURLToPath(new URL("../bin/hashbook.js", import.meta.url));
const at = name => join(flags.home, name);

/** JPEGs with as much detail as photographs have, of nothing. */
async function makePictures() {
  mkdirSync(at("pictures/all"), { recursive: true });
  const random = new Random(0);
  for (let i = 0; i < PICTURES; i++) {
    const [width, height] = [100, 75];
    const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
    const large = sharp(data, { raw: { width, height, channels: 3 } }).resize(800, 600, { kernel: "cubic" });
    await large.jpeg({ quality: 90 }).toFile(at(`pictures/all/${i}.jpg`));
  }
}

/** Processor seconds of a command. */
function processorSeconds(...args) {
  const line = [process.execPath, CLI, ...args].map(word => `'${word}'`).join(" ");
  const { stderr, status } = spawnSync("bash", ["-c", `TIMEFORMAT='took %U %S'; time ${line} >/dev/null`], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  const [, user, system] = /took ([\d.]+) ([\d.]+)/.exec(stderr);
  return Number(user) + Number(system);
}

/** Processor milliseconds an image, median of the turns: to features, and straight to codes. */
async function straightToCodes() {
  await makePictures();
  const extract = ["extract", "--dataset", at("pictures"), "--engine", "cpu"];
  execFileSync(process.execPath, [CLI, ...extract, "--out", at("learned")], { stdio: "ignore" });
  const train = ["train", "--data", at("learned"), "--method", "lsh", "--bits", `${BITS}`, "--out", at("model")];
  if (!existsSync(at("model"))) execFileSync(process.execPath, [CLI, ...train], { stdio: "ignore" });
  const took = { features: [], codes: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, more] of Object.entries({ features: [], codes: ["--model", at("model")] })) {
      rmSync(at(name), { recursive: true, force: true });
      took[name].push((1000 * processorSeconds(...extract, ...more, "--out", at(name))) / PICTURES);
    }
  }
  return Object.entries(took).map(([name, all]) => {
    const sorted = all.sort((a, b) => a - b);
    const [least, median, most] = [sorted[0], sorted[TURNS >> 1], sorted[TURNS - 1]].map(ms => ms.toFixed(1));
    return `| to ${name} | ${median} (${least}-${most}) |`;
  });
}

mkdirSync(flags.home, { recursive: true });
const before = loadavg()[0];
const straight = await straightToCodes();
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
  `| ${PICTURES} JPEGs of 800 × 600, EfficientNet-Lite0 | processor ms an image |`,
  "| --- | ---: |",
  ...straight,
  "",
  `${machineText()}; ${dayText()}; load before ${before.toFixed(1)}.`,
].join("\n");
process.stdout.write(`${table}\n`);
if (flags.write) writeMeasured(PAGE, table);
