// Peak memory of the commands that read or write data, each at two sizes a factor ten apart: what grows, and by how much an item.
//
//   npm run build && node bench/memory.mjs [--only encode,train] [--large] [--write]
//
// Each command runs in a process of its own, which notes its own peak (maximum resident set) at its end. Features lie in
// sparse files: holes that read as zeros and take no room on the disk; the rows that are trained on hold random numbers.
// --large encodes 20 million × 1280 float32 (102 GB, sparse; about half an hour) beside a hundredth of it. --write puts the table into memory.md.
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    large: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const CLI = fileURLToPath(new URL("../bin/hashbook.js", import.meta.url));
const PAGE = fileURLToPath(new URL("memory.md", import.meta.url));
const [DIM, BITS, TRAIN, QUERIES] = [1280, 48, 5000, 1000];
const folder = mkdtempSync(join(tmpdir(), "hashbook-memory-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(130));
const at = (...names) => join(folder, ...names);

const lib = name => import(new URL(`../lib/${name}.js`, import.meta.url).href);
const { encodeNpy, encodeNpyHeader } = await lib("core/npy");
const { Random } = await lib("core/random");
const { writeItems } = await lib("features/data-folder");
const { writeFeatureManifest } = await lib("features/feature-manifest");
const { shardRows } = await lib("features/feature-manifest");
const { version } = await lib("core/version");
const random = new Random(7);

/** Notes the peak of the process that it is loaded into, in KiB. */
const NOTE = `data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.PEAK,String(process.resourceUsage().maxRSS)))`;

/** Peak of a command in MiB, and its seconds. */
function measure(...args) {
  const started = performance.now();
  const env = { ...process.env, PEAK: at("peak"), HASHBOOK_ENGINE: "cpu", HASHBOOK_HOME: at("home") };
  execFileSync(process.execPath, ["--import", NOTE, CLI, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  return { peak: Number(readFileSync(at("peak"), "utf8")) / 1024, seconds: (performance.now() - started) / 1000 };
}

/** A sparse float32 matrix; `rows` of it hold random numbers. */
function sparseFeatures(file, count, rows = []) {
  const header = encodeNpyHeader("<f4", [count, DIM]);
  writeFileSync(file, header);
  truncateSync(file, header.length + 4 * count * DIM);
  const handle = openSync(file, "r+");
  for (const row of rows) {
    const values = random.normals(DIM);
    writeSync(handle, new Uint8Array(values.buffer), 0, 4 * DIM, header.length + 4 * row * DIM);
  }
  closeSync(handle);
}

/** Items of ten classes; queries first, training rows spread over all. */
function items(count) {
  const query = Int32Array.from({ length: QUERIES }, (_, row) => row);
  const train = Int32Array.from({ length: TRAIN }, (_, i) => QUERIES + Math.floor((i * (count - QUERIES)) / TRAIN));
  const database = Int32Array.from({ length: count - QUERIES }, (_, i) => QUERIES + i);
  return {
    contentHash: `memory ${count}`,
    ids: Array.from({ length: count }, (_, row) => `pictures/class ${row % 10}/${String(row).padStart(9, "0")}.jpg`),
    labels: Int32Array.from({ length: count }, (_, row) => row % 10),
    roles: { protocol: "made to measure", seed: 0, query, train, database },
  };
}

const manifest = (count, more = {}) => ({
  ...{ format: 1, dataset: "memory", contentHash: `memory ${count}`, classNames: [..."abcdefghij"], backbone: "none" },
  ...{
    weightsHash: "none",
    preprocessing: { resize: 256, crop: 224, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" },
  },
  ...{ engine: "cpu", shape: [count, DIM], version },
  ...more,
});

/** A data folder with sparse features. */
async function dataFolder(name, count) {
  const made = items(count);
  await writeItems(at(name), made, [0, count]);
  await writeFeatureManifest(at(name), manifest(count));
  sparseFeatures(at(name, "features.npy"), count, made.roles.train);
}

/** Two shards of it. */
async function shardFolders(name, count) {
  for (const index of [1, 2]) {
    const shard = { index, of: 2 };
    const rows = shardRows(count, shard);
    const part = at(name, `shard-${index}-of-2`);
    await writeItems(part, items(count), rows);
    await writeFeatureManifest(part, manifest(count, { shape: [rows[1] - rows[0], DIM], shard: { ...shard, rows } }));
    sparseFeatures(join(part, "features.npy"), rows[1] - rows[0]);
  }
}

/** Grey JPEGs of 64×64 in two classes. */
async function pictures(name, count) {
  const { default: sharp } = await import("sharp");
  for (const one of ["a", "b"]) mkdirSync(at(name, one), { recursive: true });
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from({ length: 64 * 64 }, (_, at) => (at * 7 + i) % 256);
    const jpeg = await sharp(data, { raw: { width: 64, height: 64, channels: 1 } })
      .jpeg()
      .toBuffer();
    writeFileSync(at(name, i % 2 ? "a" : "b", `${i}.jpg`), jpeg);
  }
}

function codes(name, count) {
  const data = Uint8Array.from({ length: 1 << 16 }, () => random.integer(256));
  const bytes = new Uint8Array((count * BITS) / 8);
  for (let at = 0; at < bytes.length; at += data.length)
    bytes.set(data.subarray(0, Math.min(data.length, bytes.length - at)), at);
  writeFileSync(at(name), encodeNpy({ data: bytes, shape: [count, BITS / 8] }));
}

const train = ["--method", "dch", "--bits", String(BITS), "--epochs", "2"];
const [SMALL, LARGE] = [100_000, 1_000_000];
let isReady = false;

/** A model of the features that the sparse files have, made once. */
async function ready() {
  if (isReady) return;
  isReady = true;
  await dataFolder("little", 10_000);
  measure("train", "--data", at("little"), ...train, "--out", at("model"));
}

/** Each: unit, sizes, what is made before and what is run. */
const COMMANDS = {
  extract: {
    ...{ unit: "images", sizes: [300, 3000], make: count => pictures(`pictures-${count}`, count) },
    args: count => ["extract", "--dataset", at(`pictures-${count}`), "--out", at(`extracted-${count}`)],
  },
  "extract --model": {
    ...{ unit: "images", sizes: [300, 3000] },
    make: async count => {
      await pictures(`pictures-${count}`, count);
      if (count > 300) return;
      measure("extract", "--dataset", at("pictures-300"), "--out", at("few"));
      measure("train", "--data", at("few"), ...train, "--out", at("of-pictures"));
    },
    args: count => [
      "extract",
      "--dataset",
      at(`pictures-${count}`),
      "--model",
      at("of-pictures"),
      "--out",
      at(`codes-of-${count}`),
    ],
  },
  "encode --features": {
    ...{ unit: "rows", sizes: [SMALL, LARGE] },
    make: async count => {
      await ready();
      sparseFeatures(at("f.npy"), count);
    },
    args: () => ["encode", "--model", at("model"), "--features", at("f.npy"), "--packed", "--out", at("f-codes.npy")],
  },
  "encode --data": {
    ...{ unit: "rows", sizes: [SMALL, LARGE] },
    make: async count => {
      await ready();
      await dataFolder(`data-${count}`, count);
    },
    args: count => [
      "encode",
      "--model",
      at("model"),
      "--data",
      at(`data-${count}`),
      "--packed",
      "--out",
      at(`codes-${count}.npy`),
    ],
  },
  train: {
    ...{
      unit: `rows, ${TRAIN} of them trained on`,
      sizes: [SMALL, LARGE],
      make: count => dataFolder(`data-${count}`, count),
    },
    args: count => [
      "train",
      "--data",
      at(`data-${count}`),
      ...train,
      "--validation",
      "0.05",
      "--out",
      at(`model-${count}`),
    ],
  },
  "train --method itq": {
    ...{
      unit: `rows, ${TRAIN} of them fitted to`,
      sizes: [SMALL, LARGE],
      make: count => dataFolder(`data-${count}`, count),
    },
    args: count => [
      "train",
      "--data",
      at(`data-${count}`),
      "--method",
      "itq",
      "--bits",
      String(BITS),
      "--out",
      at(`itq-${count}`),
    ],
  },
  split: {
    ...{ unit: "rows", sizes: [SMALL, LARGE] },
    make: async count => {
      await dataFolder(`undivided-${count}`, count);
      rmSync(at(`undivided-${count}`, "split.json"));
    },
    args: count => ["split", at(`undivided-${count}`), "--query-per-class", "100", "--train-per-class", "500"],
  },
  evaluate: {
    ...{ unit: `codes, ${QUERIES} queries`, sizes: [SMALL, LARGE] },
    make: async count => {
      await dataFolder(`data-${count}`, count);
      codes(`judged-${count}.npy`, count);
    },
    args: count => [
      "evaluate",
      "--data",
      at(`data-${count}`),
      "--codes",
      at(`judged-${count}.npy`),
      "--bits",
      String(BITS),
    ],
  },
  search: {
    ...{ unit: "codes, 10 queries", sizes: [1_000_000, 10_000_000] },
    make: async count => {
      codes("gallery.npy", count);
      codes("asked.npy", 10);
    },
    args: () => ["search", "--database", at("gallery.npy"), "--query-codes", at("asked.npy"), "--bits", String(BITS)],
  },
  "features merge": {
    ...{ unit: "rows", sizes: [20_000, 200_000], make: count => shardFolders(`shards-${count}`, count) },
    args: count => ["features", "merge", at(`shards-${count}`)],
  },
  "codes merge": {
    ...{ unit: "codes", sizes: [SMALL, LARGE] },
    make: async count => {
      await ready();
      await shardFolders(`shards-${count}`, count);
      for (const i of [1, 2]) {
        const data = at(`shards-${count}`, `shard-${i}-of-2`);
        measure("encode", "--model", at("model"), "--data", data, "--packed", "--out", at(`part-${i}.npy`));
      }
    },
    args: () => ["codes", "merge", at("part-1.npy"), at("part-2.npy"), "--out", at("joined.npy")],
  },
};
if (flags.large) {
  COMMANDS["encode --features, 102 GB"] = { ...COMMANDS["encode --features"], sizes: [200_000, 20_000_000] };
}

const rows = [];
const asked = flags.only?.split(",");
const empty = measure("--version").peak;
for (const [name, { unit, sizes, make, args }] of Object.entries(COMMANDS)) {
  if (asked !== undefined && !asked.includes(name)) continue;
  const found = [];
  for (const count of sizes) {
    await make(count);
    found.push(measure(...args(count)));
    process.stderr.write(
      `${name} ${count}: ${found.at(-1).peak.toFixed(0)} MiB, ${found.at(-1).seconds.toFixed(1)} s\n`,
    );
  }
  const [small, large] = found;
  const grown = ((large.peak - small.peak) * 2 ** 20) / (sizes[1] - sizes[0]);
  const seconds = found.map(one => one.seconds.toFixed(1)).join(" / ");
  const [few, many] = sizes.map(size => size.toLocaleString("en"));
  rows.push(
    `| ${name} | ${few} / ${many} ${unit} | ${small.peak.toFixed(0)} | ${large.peak.toFixed(0)} | ${grown.toFixed(0)} | ${seconds} |`,
  );
  for (const entry of ["f.npy", "gallery.npy", "f-codes.npy"]) rmSync(at(entry), { force: true });
}
const table = [
  "| command | sizes | peak of the smaller, MiB | of the larger, MiB | grows by, bytes an item | s |",
  "| --- | --- | ---: | ---: | ---: | ---: |",
  ...rows,
].join("\n");
const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; \`hashbook --version\` alone ${empty.toFixed(0)} MiB`;
process.stdout.write(`${table}\n\n${machine}\n`);
if (flags.write) {
  const page = readFileSync(PAGE, "utf8");
  writeFileSync(PAGE, page.replace(/(<!-- measured -->\n)[\s\S]*?(<!-- end -->)/, `$1\n${table}\n\n${machine}.\n\n$2`));
}
