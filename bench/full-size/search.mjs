// Exhaustive cosine search at the size of part A, 9,600 queries × 49,804 gallery images × 2048 float32, beside FAISS
// IndexFlatIP and a bare matrix product of NumPy, in turns, in one run, with as many threads. Agreement first.
//
//   npm run build && HASHBOOK_PYTHON=/path/to/python node bench/full-size/search.mjs [--queries 9600] [--turns 3] [--write]
//
// The Python needs numpy and faiss-cpu. About four minutes on two idle cores, 3 GiB of memory; --write puts the table into
// bench/full-size.md.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openEngine } from "../../lib/compute/engine.js";
import { Random } from "../../lib/core/random.js";
import * as hb from "../../lib/index.js";
import { startPeers } from "../rank/peer.mjs";
import { median } from "../rank/report.mjs";

const { values: flags } = parseArgs({
  options: {
    queries: { type: "string", default: "9600" },
    turns: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
  },
});
const [QUERIES, GALLERY, DIM, K] = [Number(flags.queries), 49_804, 2048, 10];
const THREADS = cpus().length;
const PAGE = fileURLToPath(new URL("../full-size.md", import.meta.url));
const python = process.env.HASHBOOK_PYTHON;
if (python === undefined) throw new Error("HASHBOOK_PYTHON has to name a Python with numpy and faiss-cpu");
const folder = mkdtempSync(join(tmpdir(), "hashbook-search-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** (count, DIM) of length 1, around 3,000 centres. */
function vectors(count, seed) {
  const random = new Random(seed);
  const data = random.normals(count * DIM);
  for (let row = 0; row < count; row++) {
    const vector = data.subarray(row * DIM, (row + 1) * DIM);
    const centre = new Random(row % 3000).normals(DIM);
    let square = 0;
    for (let i = 0; i < DIM; i++) {
      vector[i] += centre[i];
      square += vector[i] ** 2;
    }
    for (let i = 0; i < DIM; i++) vector[i] /= Math.sqrt(square);
  }
  return { data, shape: [count, DIM] };
}

const loadBefore = loadavg()[0];
const [queries, gallery] = [vectors(QUERIES, 1), vectors(GALLERY, 2)];
const files = { queries: join(folder, "queries.npy"), gallery: join(folder, "gallery.npy") };
await hb.writeNpy(files.queries, queries);
await hb.writeNpy(files.gallery, gallery);
const peers = startPeers(python, THREADS);
await peers.ask({ do: "vectors_load", files, threads: THREADS });
const engine = await openEngine({ engine: "cpu" });
const sides = { queries: { features: queries }, database: { features: gallery } };

const WAYS = {
  hashbook: async () => {
    const started = performance.now();
    const ranked = await hb.rankGallery(sides, { ranking: "features", engine, k: K });
    return { seconds: (performance.now() - started) / 1000, indices: ranked.data };
  },
  "FAISS IndexFlatIP": async () => {
    const out = join(folder, "found.npy");
    const { seconds } = await peers.ask({ do: "vectors_search", k: K, threads: THREADS, out });
    return { seconds, indices: (await hb.readNpy(out)).data };
  },
  "NumPy, the product alone": () => peers.ask({ do: "vectors_product" }),
};

const times = Object.fromEntries(Object.keys(WAYS).map(name => [name, []]));
for (let turn = 0; turn < Number(flags.turns); turn++) {
  const found = {};
  for (const [name, work] of Object.entries(WAYS)) {
    const { seconds, indices } = await work();
    times[name].push(seconds);
    found[name] = indices;
    process.stderr.write(`${name}: ${seconds.toFixed(1)} s\n`);
  }
  const same = found.hashbook.filter((row, i) => row === found["FAISS IndexFlatIP"][i]).length / found.hashbook.length;
  if (same < 0.999) throw new Error(`only ${same} of the places agree`);
}
peers.stop();

const rows = Object.entries(times).map(([name, seconds]) => {
  const typical = median(seconds);
  const gigaflops = (2 * QUERIES * GALLERY * DIM) / typical / 1e9;
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)].map(s => ((s / QUERIES) * 1000).toFixed(2));
  return `| ${name} | ${((typical / QUERIES) * 1000).toFixed(2)} (${least}–${most}) | ${typical.toFixed(1)} | ${gigaflops.toFixed(0)} |`;
});
const page = [
  "| | ms a query (least–most) | seconds, all | GFLOP/s of the product |",
  "| --- | ---: | ---: | ---: |",
  ...rows,
  "",
  `${QUERIES} queries × ${GALLERY} × ${DIM}, the ${K} nearest, median of ${flags.turns} turns, ${THREADS} threads each. ${cpus()[0].model}, Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; load before the run ${loadBefore.toFixed(1)}.`,
].join("\n");
console.log(page);
if (flags.write) {
  const text = readFileSync(PAGE, "utf8");
  const [start, end] = ["<!-- search -->", "<!-- search end -->"];
  writeFileSync(
    PAGE,
    `${text.slice(0, text.indexOf(start) + start.length)}\n${page}\n${text.slice(text.indexOf(end))}`,
  );
}
