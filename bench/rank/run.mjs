// Ranking and search against NumPy, FAISS and usearch: agreement first, then times, in turns, in one run, with the same
// threads. Writes bench/rank.md and the table in bench/README.md; --quick only the first, into a temporary folder.
//   npm run build && HASHBOOK_PYTHON=/path/to/python node bench/rank/run.mjs [--quick]
// The Python needs numpy, faiss-cpu and usearch. About six minutes; leave the machine alone meanwhile. A GPU that WebGPU
// finds is measured too, unless the processor plays it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import * as hb from "../../lib/index.js";
import { buildMultiIndex, multiIndexNearest } from "../../lib/ranking/multi-index.js";
import { parallelRankings } from "../../lib/ranking/parallel-rankings.js";
import { releaseCrew } from "../../lib/ranking/scan-crew.js";
import { webGpuRanking } from "../../lib/ranking/webgpu-ranking.js";
import { clustered } from "./clustered.mjs";
import { startPeers } from "./peer.mjs";
import { popcountRate } from "./popcount.mjs";
import { mainTable, report } from "./report.mjs";

const quick = process.argv.includes("--quick");
const THREADS = 2;
const K = 100;
const python = process.env.HASHBOOK_PYTHON;
if (python === undefined) throw new Error("HASHBOOK_PYTHON has to name a Python with numpy, faiss-cpu and usearch");
const folder = mkdtempSync(join(tmpdir(), "hashbook-rank-"));
const peers = startPeers(python, THREADS);
const loadBefore = loadavg()[0];
const gpu = await openGpu();
const say = text => process.stderr.write(`${text}\n`);

/** The GPU's backend, or undefined with a word why there is none. */
async function openGpu() {
  try {
    const backend = await webGpuRanking();
    if (!backend.software) return backend;
    backend.close();
    process.stderr.write("the only GPU is the processor: left out\n");
  } catch (error) {
    process.stderr.write(`no GPU: ${error.message}\n`);
  }
}

async function hand(queries, database) {
  const files = {};
  for (const [name, data, shape] of [
    ["queries", queries.codes.data, [queries.codes.count, queries.codes.bytesPerCode]],
    ["database", database.codes.data, [database.codes.count, database.codes.bytesPerCode]],
    ["query_labels", queries.labels, [queries.labels.length]],
    ["database_labels", database.labels, [database.labels.length]],
  ]) {
    files[name] = join(folder, `${name}.npy`);
    await hb.writeNpy(files[name], { data, shape });
  }
  await peers.ask({ do: "load", files });
}

async function seconds(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Pause before a candidate's turn, so that threads of the one before it have stopped spinning. Milliseconds. */
const PAUSE = 200;

/** Times candidates in turns: { name: [seconds, …] }. */
async function inTurns(candidates, turns) {
  const times = Object.fromEntries(Object.keys(candidates).map(name => [name, []]));
  for (let turn = -1; turn < turns; turn++) {
    for (const [name, run] of Object.entries(candidates)) {
      await sleep(PAUSE);
      const taken = await run();
      if (turn >= 0) times[name].push(taken);
    }
  }
  return times;
}

/**
 * Peak resident bytes of a process that evaluates, beyond those of one that loads the same codes and evaluates a few of
 * them: what an evaluation takes beside the codes. (Not maxRSS, which a process inherits from the one that starts it.)
 */
function evaluationMemory(bits) {
  const peak = work => {
    const code = `import { readFileSync } from "node:fs";
      import { readCodes, readLabels, evaluateCodes } from ${JSON.stringify(new URL("../../lib/index.js", import.meta.url).href)};
      const [q, d] = [await readCodes(${JSON.stringify(join(folder, "queries.npy"))}, { bits: ${bits} }), await readCodes(${JSON.stringify(join(folder, "database.npy"))}, { bits: ${bits} })];
      const [ql, dl] = [await readLabels(${JSON.stringify(join(folder, "query_labels.npy"))}), await readLabels(${JSON.stringify(join(folder, "database_labels.npy"))})];
      ${work}
      console.log(Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024);`;
    return Number(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }));
  };
  if (process.platform !== "linux") return undefined;
  return (
    peak(
      `await evaluateCodes({ queries: { codes: q, labels: ql }, database: { codes: d, labels: dl } }, { threads: ${THREADS} });`,
    ) - peak("")
  );
}

async function evaluationCase([count, size, bits], turns, sample) {
  say(`evaluate ${count} × ${size} × ${bits}`);
  const queries = clustered(count, bits, 10, 0.3, 1);
  const database = clustered(size, bits, 10, 0.3, 2);
  await hand(queries, database);
  const evaluate = (rows, ranking) =>
    hb.evaluateCodes({ queries: hb.takeSide(queries, rows), database }, { threads: THREADS, ranking });
  const first = Int32Array.from({ length: sample }, (_, row) => row);
  const ours = (await evaluate(first)).mAP.all.stable;
  const theirs = (await peers.ask({ do: "numpy_map", bits, queries: sample, sort: "stable" })).mAP;
  const difference = Math.abs(ours - theirs);
  if (difference > 1e-9) throw new Error(`mAP ${ours} differs from NumPy's ${theirs}`);
  const processor = { hashbook: [], numpy: [] };
  const all = Int32Array.from({ length: count }, (_, row) => row);
  if (gpu !== undefined) {
    const few = first.slice(0, 10);
    const [onGpu, here] = [(await evaluate(few, gpu)).mAP.all.stable, (await evaluate(few)).mAP.all.stable];
    if (onGpu !== here) throw new Error(`mAP ${here} differs from the GPU's ${onGpu}`);
  }
  const times = await inTurns(
    {
      ...(gpu === undefined ? {} : { gpu: () => seconds(() => evaluate(all, gpu)) }),
      hashbook: async () => {
        const before = process.cpuUsage();
        const taken = await seconds(() => evaluate(all));
        const { user, system } = process.cpuUsage(before);
        processor.hashbook.push((user + system) / 1e6);
        return taken;
      },
      numpy: async () => {
        const answer = await peers.ask({ do: "numpy_map", bits, queries: sample });
        processor.numpy.push(answer.processorSeconds * (count / sample));
        return answer.seconds * (count / sample);
      },
    },
    turns,
  );
  const memory = { beyond: evaluationMemory(bits), codes: queries.codes.data.length + database.codes.data.length };
  return { processor, count, size, bits, sample, difference, times, memory };
}

/** Distances of the nearest, as they are found; indices may differ where distances tie. */
async function agree(name, request, expected) {
  const out = join(folder, "found.npy");
  await peers.ask({ ...request, out });
  const { data } = await hb.readNpy(out);
  const wrong = expected.findIndex((distance, i) => distance !== data[i]);
  if (wrong >= 0) throw new Error(`${name} finds distance ${data[wrong]} where ours is ${expected[wrong]}`);
}

async function searchCase(size, bits, count, turns, peersToo = true, threads = THREADS) {
  say(`search ${count} in ${size} × ${bits}, ${threads} threads`);
  const queries = clustered(count, bits, 10_000, 0.12, 3);
  const database = clustered(size, bits, 10_000, 0.12, 4);
  const searched = await hb.searchNearest({ queries, database }, { k: K, threads });
  const expected = Array.from(searched.distances.data);
  const candidates = {
    hashbook: () => seconds(() => hb.searchNearest({ queries, database }, { k: K, threads })),
  };
  if (gpu !== undefined && peersToo) {
    const onGpu = await gpu.nearest({ queries, database }, { k: K });
    if (Buffer.compare(Buffer.from(onGpu.indices.data.buffer), Buffer.from(searched.indices.data.buffer)) !== 0) {
      throw new Error("the GPU and the scan differ");
    }
    candidates.gpu = () => seconds(() => gpu.nearest({ queries, database }, { k: K }));
  }
  const built = {};
  if (peersToo) {
    await hand(queries, database);
    for (const index of ["flat", "multihash", "hash"]) {
      built[index] = (await peers.ask({ do: "faiss_build", index, threads })).seconds;
      const request = { do: "faiss_search", index, threads, queries: count, k: K };
      if (index === "flat") await agree("FAISS flat", request, expected);
      candidates[`faiss ${index}`] = async () => (await peers.ask(request)).seconds;
    }
    const request = { do: "usearch_search", threads, queries: count, k: K };
    await agree("usearch", request, expected);
    candidates.usearch = async () => (await peers.ask(request)).seconds;
  }
  let index;
  built.hashbookMultiIndex = await seconds(async () => {
    index = buildMultiIndex(database.codes);
  });
  const found = await multiIndexNearest(index, queries.codes, { k: K, threads });
  if (Buffer.compare(Buffer.from(found.indices.data.buffer), Buffer.from(searched.indices.data.buffer)) !== 0) {
    throw new Error("multi-index hashing and the scan differ");
  }
  candidates["hashbook multi-index"] = () => seconds(() => multiIndexNearest(index, queries.codes, { k: K, threads }));
  const times = await inTurns(candidates, turns);
  if (peersToo) await peers.ask({ do: "drop", names: ["flat", "multihash", "hash", "database"] });
  return { size, bits, count, threads, times, built };
}

/** The ten nearest by substrings and by a scan, where they are as far as `noise` makes them. */
async function lookUpCase(size, noise) {
  say(`look-ups in ${size}, noise ${noise}`);
  const count = size >= 1e7 ? 50 : 200;
  const queries = clustered(count, 64, size / 100, noise, 5);
  const database = clustered(size, 64, size / 100, noise, 6);
  const index = buildMultiIndex(database.codes);
  const options = { k: 10, threads: 1 };
  const scanned = await hb.searchNearest({ queries, database }, options);
  const found = await multiIndexNearest(index, queries.codes, options);
  if (Buffer.compare(Buffer.from(found.indices.data.buffer), Buffer.from(scanned.indices.data.buffer)) !== 0) {
    throw new Error("multi-index hashing and the scan differ");
  }
  const tenth = Array.from({ length: count }, (_, q) => scanned.distances.data[10 * q + 9]).sort((a, b) => a - b);
  const times = await inTurns(
    {
      scan: () => seconds(() => hb.searchNearest({ queries, database }, options)),
      lookUps: () => seconds(() => multiIndexNearest(index, queries.codes, options)),
    },
    size >= 1e7 ? 2 : 3,
  );
  return { size, noise, count, tenth: tenth[count >> 1], times };
}

/** Full rankings with one thread and with two, the second one started for it or there already. */
async function startCase(pairs) {
  say(`threads for ${pairs} codes`);
  const count = 200;
  const queries = clustered(count, 64, 10, 0.3, 7);
  const database = clustered(pairs / count, 64, 10, 0.3, 8);
  const rank = async (threads, cold) => {
    if (cold) await releaseCrew();
    return seconds(async () => {
      const all = parallelRankings({ queries, database }, { threads });
      for await (const _ of all);
    });
  };
  const candidates = {
    one: () => rank(1),
    two: () => rank(2),
    oneCold: () => rank(1, true),
    twoCold: () => rank(2, true),
  };
  return { pairs, times: await inTurns(candidates, quick ? 2 : 9) };
}

try {
  const starts = [];
  for (const pairs of [1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8]) starts.push(await startCase(pairs));
  const lookUps = [];
  for (const size of quick ? [1e4, 1e5] : [1e5, 1e6, 1e7]) {
    for (const noise of [0.01, 0.03, 0.06]) lookUps.push(await lookUpCase(size, noise));
  }
  const evaluations = [
    await evaluationCase([1000, 59_000, 48], quick ? 1 : 5, quick ? 50 : 200),
    await evaluationCase(quick ? [500, 49_800, 64] : [9600, 49_800, 64], quick ? 1 : 3, quick ? 50 : 200),
  ];
  const sizes = quick ? [1e4, 1e5] : [1e4, 1e5, 1e6, 1e7];
  const searches = [];
  for (const size of sizes) searches.push(await searchCase(size, 64, size >= 1e7 ? 40 : 200, size >= 1e7 ? 2 : 5));
  const bySize = quick ? 1e4 : 1e6;
  const widths = [];
  for (const bits of quick ? [64] : [16, 32, 48, 64, 128, 256, 1024]) {
    widths.push(await searchCase(bySize, bits, 50, 3, false));
  }
  const counts = [];
  for (const count of [1, 10, 100, 1000]) counts.push(await searchCase(bySize, 64, count, 3, false));
  const threads = [];
  for (const used of [1, 2]) threads.push(await searchCase(bySize, 64, 200, 3, false, used));
  const limits = { bandwidth: (await peers.ask({ do: "bandwidth" })).bytes, popcount: await popcountRate() };
  const versions = await peers.ask({ do: "versions" });
  const environment = hb.environment();
  const measured = {
    evaluations,
    lookUps,
    searches,
    widths,
    counts,
    threads,
    limits,
    versions,
    environment,
    loadBefore,
    starts,
    gpu: gpu?.description,
  };
  const here = quick
    ? pathToFileURL(`${mkdtempSync(join(tmpdir(), "hashbook-bench-"))}/`)
    : new URL("../", import.meta.url);
  writeFileSync(new URL("rank.md", here), report(measured));
  if (!quick) {
    const readme = new URL("README.md", here);
    const table = `<!-- rank -->\n\n${mainTable(measured)}\n\n<!-- rank end -->`;
    writeFileSync(
      readme,
      readFileSync(readme, "utf8").replace(/<!-- rank -->[\s\S]*<!-- rank end -->/, () => table),
    );
  }
  say(`wrote rank.md in ${here.pathname}`);
} finally {
  gpu?.close();
  peers.stop();
  rmSync(folder, { recursive: true, force: true });
}
