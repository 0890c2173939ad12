// Galleries in Milvus (standalone) and ClickHouse (chdb) beside the resident one: a push that is killed and gone on with, then
// the 100 nearest of 1,000 queries, held against the resident lists, then in turns; recall of the inverted file. Writes
// bench/milvus.md; --quick (10^5 codes) into a temporary folder.
//   npm run build && HASHBOOK_MILVUS=PYTHON HASHBOOK_CLICKHOUSE=PYTHON node bench/galleries-remote/run.mjs [--quick]
// The first Python has `pip install --no-deps milvus==2.3.5`, the second test/galleries/requirements.txt. Linux, as root: Milvus
// listens at all addresses, so all of it runs in a network namespace of its own. About five minutes.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { galleryInfo } from "../../lib/galleries/gallery-info.js";
import * as hb from "../../lib/index.js";
import { clustered } from "../rank/clustered.mjs";
import { startClickhouse, startMilvus } from "./engines.mjs";
import { remoteReport } from "./report.mjs";

const quick = process.argv.includes("--quick");
if (process.env.HASHBOOK_IN_NAMESPACE === undefined) {
  const inside = [
    "--net",
    "sh",
    "-c",
    'ip link set lo up && exec "$@"',
    "sh",
    process.execPath,
    ...process.argv.slice(1),
  ];
  const env = { ...process.env, HASHBOOK_IN_NAMESPACE: "1" };
  process.exit(spawnSync("unshare", inside, { stdio: "inherit", env }).status ?? 1);
}
const ROWS = quick ? 1e5 : 1e6;
const QUERIES = 1000;
/** Asked one after the other, a turn. */
const SINGLES = 50;
const TURNS = 5;
const BITS = 64;
const K = 100;
const PROBES = [1, 4, 16, 64, 256];
const folder = mkdtempSync(join(tmpdir(), "hashbook-remote-"));
const file = join(folder, "codes.npy");
const beside = { ids: join(folder, "ids.txt"), labels: join(folder, "labels.npy") };
const say = text => process.stderr.write(`${text}\n`);
const loadBefore = loadavg()[0];

const part = (codes, from, count) => ({
  ...codes,
  count,
  data: codes.data.subarray(from * codes.bytesPerCode, (from + count) * codes.bytesPerCode),
});

async function seconds(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Pushes by the command, ends it with SIGKILL when a third is there, and pushes again. */
async function pushKilled(address) {
  const command = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
  const flags = ["--bits", `${BITS}`, "--ids", beside.ids, "--labels", beside.labels, "--to", address];
  const child = spawn(process.execPath, [command, "gallery", "push", file, ...flags], { stdio: "ignore" });
  const ended = new Promise(resolve => child.on("exit", (_, signal) => resolve(signal)));
  const stored = async () => (await galleryInfo(address).catch(() => undefined))?.stored ?? 0;
  while ((await stored()) < ROWS / 3) await sleep(50);
  child.kill("SIGKILL");
  if ((await ended) !== "SIGKILL") throw new Error("the push ended before it was killed");
  return (await push(address)).found;
}

/** @returns what was pushed, and codes a second and seconds until the index was there */
async function push(address, options = {}) {
  let started;
  let added;
  const onProgress = ({ task, done, total }) => {
    if (task === "pushing codes") started ??= { at: performance.now(), done };
    if (task === "pushing codes" && done === total) added = performance.now();
  };
  const pushed = await hb.pushGallery(file, address, { bits: BITS, ...beside, ...options, onProgress });
  if (started === undefined) return pushed; // all was there
  const rate = (1000 * (ROWS - started.done)) / (added - started.at);
  return { ...pushed, rate, indexing: (performance.now() - added) / 1000 };
}

/** Share of the results that are as near as the K nearest of all: ties at the last place count as found. */
function recallOf(found, exact) {
  let near = 0;
  for (let q = 0; q < QUERIES; q++) {
    const farthest = exact.distances.data[(q + 1) * K - 1];
    for (let i = q * K; i < (q + 1) * K; i++) if (found.distances.data[i] <= farthest) near++;
  }
  return near / (QUERIES * K);
}

function differences(found, exact) {
  const count = name => exact[name].data.reduce((sum, value, i) => sum + (value === found[name].data[i] ? 0 : 1), 0);
  return { rows: count("indices"), distances: count("distances") };
}

async function turnsOf(galleries, queries) {
  const times = galleries.map(() => ({ single: [], many: [] }));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, gallery] of galleries.entries()) {
      await sleep(200);
      for (let q = 0; q < SINGLES; q++) {
        const one = part(queries, turn * SINGLES + q, 1);
        times[i].single.push(await seconds(() => gallery.nearest(one, { k: K })));
      }
      times[i].many.push((await seconds(() => gallery.nearest(part(queries, 0, 200), { k: K }))) / 200);
    }
  }
  return times;
}

const engines = [];
try {
  const { codes, labels } = clustered(ROWS, BITS, ROWS / 100, 0.12, 4);
  const queries = clustered(QUERIES, BITS, ROWS / 100, 0.12, 3).codes;
  await hb.writeNpy(file, { data: codes.data, shape: [ROWS, codes.bytesPerCode] });
  await hb.writeNpy(beside.labels, { data: labels, shape: [ROWS] });
  writeFileSync(beside.ids, Array.from({ length: ROWS }, (_, row) => `pictures/${row}.jpg\n`).join(""));
  for (const name of ["milvus", "clickhouse"]) mkdirSync(join(folder, name));
  const milvus = await startMilvus(join(folder, "milvus"));
  engines.push(milvus);
  const clickhouse = await startClickhouse(join(folder, "clickhouse"));
  engines.push(clickhouse);
  say(`Milvus answers after ${milvus.start.toFixed(0)} s`);

  const resident = await hb.openGallery(file, { bits: BITS, threads: 2 });
  const exact = await resident.nearest(queries, { k: K });
  const rows = [];
  const opened = [];
  for (const [name, base] of [
    ["Milvus, BIN_FLAT", milvus.base],
    ["ClickHouse", clickhouse.base],
  ]) {
    say(name);
    const found = await pushKilled(`${base}killed`);
    const pushed = await push(`${base}flat`);
    const killed = await hb.openGallery(`${base}killed`);
    const wrong = differences(await killed.nearest(queries, { k: K }), exact);
    await killed.close();
    opened.push(await hb.openGallery(`${base}flat`));
    rows.push({ name, found, wrong, rate: pushed.rate, indexing: pushed.indexing });
  }
  say("turns");
  const times = await turnsOf([resident, ...opened], queries);
  say("inverted file");
  const ivf = await push(`${milvus.base}ivf`, { index: "ivf" });
  const recalls = [];
  for (const probes of PROBES) {
    const gallery = await hb.openGallery(`${milvus.base}ivf?probes=${probes}`);
    const recall = recallOf(await gallery.nearest(queries, { k: K }), exact);
    const [{ single, many }] = await turnsOf([gallery], queries);
    recalls.push({ probes, recall, single, many });
    await gallery.close();
  }
  for (const gallery of [resident, ...opened]) await gallery.close();
  const measured = { size: ROWS, bits: BITS, queries: QUERIES, k: K, rows, times, ivf, recalls };
  const here = quick
    ? pathToFileURL(`${mkdtempSync(join(tmpdir(), "hashbook-bench-"))}/`)
    : new URL("../", import.meta.url);
  writeFileSync(
    new URL("milvus.md", here),
    remoteReport({ ...measured, start: milvus.start, environment: hb.environment(), loadBefore }),
  );
  say(`wrote milvus.md in ${here.pathname}`);
} finally {
  for (const engine of engines) await engine.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
