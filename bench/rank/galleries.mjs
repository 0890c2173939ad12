// Galleries that stay in memory, one query at a time, against FAISS with its index resident and against the rate at which
// the machine reads memory: agreement first, then in turns, in one run, with the same threads. Writes bench/galleries.md and
// bench/rank-growth.svg; --quick into a temporary folder.
//   npm run build && HASHBOOK_PYTHON=/path/to/python node bench/rank/galleries.mjs [--quick]
// The Python needs numpy and faiss-cpu. About five minutes, 3 GiB of memory, 1 GiB of disk.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import * as hb from "../../lib/index.js";
import { renderSvg } from "../../lib/plots/render-figure.js";
import { clustered } from "./clustered.mjs";
import { galleriesReport, growthFigure } from "./galleries-report.mjs";
import { startPeers } from "./peer.mjs";
import { openReading } from "./reading.mjs";

const quick = process.argv.includes("--quick");
const THREADS = 2;
/** FAISS gets the better of these. */
const FAISS_THREADS = [2, 1];
const BITS = 64;
/** Other lengths of codes, of which there are so many. */
const WIDTHS = [16, 32, 48, 96, 128, 256];
const WIDTHS_SIZE = quick ? 1e5 : 1e6;
const K = 100;
const CENTRES = 10_000;
const python = process.env.HASHBOOK_PYTHON;
if (python === undefined) throw new Error("HASHBOOK_PYTHON has to name a Python with numpy and faiss-cpu");
const folder = mkdtempSync(join(tmpdir(), "hashbook-galleries-"));
const say = text => process.stderr.write(`${text}\n`);
const loadBefore = loadavg()[0];
/** Pause before a candidate's turn, so that threads of the one before it have stopped spinning. Milliseconds. */
const PAUSE = 200;

const oneOf = (codes, row) => ({
  ...codes,
  data: codes.data.subarray(row * codes.bytesPerCode, (row + 1) * codes.bytesPerCode),
  count: 1,
});

/** Milliseconds of each query, asked one after the other. */
async function singles(gallery, queries, rows) {
  const times = [];
  for (const row of rows) {
    const query = oneOf(queries, row);
    const started = performance.now();
    await gallery.nearest(query, { k: K });
    times.push((performance.now() - started) / 1000);
  }
  return times;
}

async function seconds(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function checkAgreement(gallery, queries, peers) {
  const rows = [0, 1, 2, 3, 4];
  const { distances } = await peers.ask({ do: "faiss_singles", rows, k: K, threads: THREADS, distances: true });
  for (const row of rows) {
    const found = await gallery.nearest(oneOf(queries, row), { k: K });
    const wrong = found.distances.data.findIndex((distance, i) => distance !== distances[row][i]);
    if (wrong >= 0)
      throw new Error(`query ${row}: distance ${found.distances.data[wrong]}, FAISS ${distances[row][wrong]}`);
  }
}

/** So many queries a turn, and so many turns. */
function amount(size) {
  if (quick) return { count: 20, turns: 2 };
  if (size <= 1e6) return { count: 200, turns: 5 };
  return size <= 1e7 ? { count: 60, turns: 5 } : { count: 15, turns: 4 };
}

async function sizeCase(size, bits = BITS) {
  say(`gallery of ${size} × ${bits}`);
  const { count, turns } = amount(size);
  const file = join(folder, "database.npy");
  const queryFile = join(folder, "queries.npy");
  const queries = clustered(count, bits, CENTRES, 0.12, 3).codes;
  const { codes } = clustered(size, bits, CENTRES, 0.12, 4);
  await hb.writeNpy(file, { data: codes.data, shape: [size, codes.bytesPerCode] });
  await hb.writeNpy(queryFile, { data: queries.data, shape: [count, queries.bytesPerCode] });
  const peers = startPeers(python, THREADS);
  let gallery;
  const opening = await seconds(async () => {
    gallery = await hb.openGallery(file, { bits, threads: THREADS });
  });
  const reading = await openReading(size * codes.bytesPerCode, THREADS);
  try {
    await peers.ask({ do: "faiss_open", file, queries: queryFile, threads: THREADS });
    await checkAgreement(gallery, queries, peers);
    const rows = Array.from({ length: count }, (_, row) => row);
    const measured = {
      size,
      bits,
      bytes: size * codes.bytesPerCode,
      count,
      opening,
      ours: [],
      faiss: FAISS_THREADS.map(() => []),
      many: [],
      reading: [],
      native: 0,
    };
    for (let turn = -1; turn < turns; turn++) {
      await sleep(PAUSE);
      const read = Array.from({ length: 20 }, () => reading.turn());
      const ours = await singles(gallery, queries, rows);
      const many = await seconds(() => gallery.nearest(queries, { k: K }));
      await sleep(PAUSE);
      const faiss = [];
      for (const threads of FAISS_THREADS) {
        faiss.push((await peers.ask({ do: "faiss_singles", rows, k: K, threads })).times);
      }
      if (turn < 0) continue;
      measured.reading.push(...read);
      measured.ours.push(...ours);
      measured.many.push(many / count);
      for (const [i, times] of faiss.entries()) measured.faiss[i].push(...times);
    }
    const native = await peers.ask({ do: "reading", bytes: measured.bytes, threads: THREADS, turns: 5 });
    return { ...measured, native: native.bytes };
  } finally {
    await gallery.close();
    await reading.stop();
    peers.stop();
    rmSync(file);
  }
}

try {
  const sizes = [];
  for (const size of quick ? [1e4, 1e5, 1e6] : [1e4, 1e5, 1e6, 1e7, 1e8]) sizes.push(await sizeCase(size));
  const widths = [];
  for (const bits of WIDTHS) widths.push(await sizeCase(WIDTHS_SIZE, bits));
  const peers = startPeers(python, THREADS);
  const versions = await peers.ask({ do: "versions" });
  peers.stop();
  const measured = { sizes, widths, versions, environment: hb.environment(), loadBefore, k: K };
  const here = quick
    ? pathToFileURL(`${mkdtempSync(join(tmpdir(), "hashbook-bench-"))}/`)
    : new URL("../", import.meta.url);
  writeFileSync(new URL("rank-growth.svg", here), await renderSvg(growthFigure(measured)));
  writeFileSync(new URL("galleries.md", here), galleriesReport(measured));
  say(`wrote galleries.md and rank-growth.svg in ${here.pathname}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
