// Throughput, waiting and memory of `hashbook serve` on this machine, beside `extract` on the same files in the same run.
//
//   npm run build && node bench/service/load.mjs [--seconds 30] [--clients 1,8,32,128] [--images 600] [--write]
//
// The files are seeded JPEGs. Each client sends one after another, over a connection that stays, as files lie; whoever is told
// 503 waits as long as it is told. The peer is `extract` (batches of 16, its clock without loading), before the clients and
// after them. Codes that the service finds are compared with those of `encode` first: the picture itself at distance 0. The
// clients run in this process, on the same cores. Only 127.0.0.1.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hashbook, makePictures, metric, residentMiB, startService, writeSection } from "./served-folder.mjs";

const BATCH = 16;
const SELF = fileURLToPath(import.meta.url);

/** `extract` of a folder in this process; prints images a second, from the first file to the last feature. */
async function extractOnce(images, out) {
  const { openBackbone, openDataset } = await import("../../lib/index.js");
  const { openEngine } = await import("../../lib/compute/engine.js");
  const { extractToFolder } = await import("../../lib/features/extract.js");
  const dataset = await openDataset(images);
  const backbone = await openBackbone("efficientnet-lite0");
  const engine = await openEngine({ engine: "cpu" });
  let started = 0;
  const prepare = async used => {
    const { crop } = backbone.preprocessing;
    const program = await used.prepare({
      inputs: { images: { shape: [BATCH, crop, crop, 3], dtype: "float32" } },
      constants: backbone.weights,
      sharesCores: true,
      body: tensors => ({ features: backbone.forward(tensors.images, tensors) }),
    });
    await program.run({ images: new Float32Array(BATCH * crop * crop * 3) }); // warm
    started = performance.now();
    return program;
  };
  await extractToFolder(dataset, { ...backbone, prepare }, { engine, folder: out, batchSize: BATCH });
  process.stdout.write(`${dataset.ids.length / ((performance.now() - started) / 1000)}\n`);
}

const extractRate = (images, out) =>
  Number(
    execFileSync(process.execPath, [SELF, "extract", images, out], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );

function send(agent, url, body) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "image/jpeg", "content-length": body.length };
    const sent = request({ hostname, port, agent, method: "POST", path: "/api/search?k=20", headers }, answer => {
      const chunks = [];
      answer.on("data", chunk => chunks.push(chunk));
      answer.on("end", () =>
        resolve({
          status: answer.statusCode,
          retry: Number(answer.headers["retry-after"] ?? 0),
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/** So many clients for so many seconds. */
async function load(url, files, clients, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times = [];
  const counts = { busy: 0, failed: 0 };
  const began = performance.now();
  const end = began + 1000 * seconds;
  let next = 0;
  const client = async () => {
    while (performance.now() < end) {
      const started = performance.now();
      const { status, retry } = await send(agent, url, files[next++ % files.length]).catch(() => ({
        status: 0,
        retry: 0,
      }));
      if (status === 200) times.push(performance.now() - started);
      else if (status === 503) {
        counts.busy++;
        await sleep(1000 * retry);
      } else counts.failed++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const elapsed = (performance.now() - began) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  return { clients, rate: times.length / elapsed, p50: quantile(times, 0.5), p99: quantile(times, 0.99), ...counts };
}

/** Clients that keep both a small machine's cores busy. */
const BUSY = 8;
/** Clients of whom some must be told to come again: more than the queue and the cores of a small machine hold. */
const CROWD = 100;

/** What is promised of throughput, refusals and memory and did not hold. */
function brokenPromises(rows, peer, [before, ...after]) {
  const broken = [];
  for (const { clients, rate, busy, failed } of rows) {
    if (clients >= BUSY && rate < 0.9 * peer) broken.push(`${clients} clients: at least 0.9 of extract's images/s`);
    if (clients >= CROWD && busy === 0) broken.push(`${clients} clients: 503 beyond the queue`);
    if (failed > 0) broken.push(`${clients} clients: no request fails`);
  }
  if (Math.max(...after) > 1.5 * before) broken.push("memory stays");
  return broken;
}

/** Each picture must find itself at distance 0. */
async function checkCodes(url, files) {
  for (const file of files.slice(0, 20)) {
    const { body } = await send(undefined, url, file);
    const { results } = JSON.parse(body);
    if (results[0].distance !== 0) throw new Error("a picture of the gallery does not find its own code");
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "30" },
      clients: { type: "string", default: "1,8,32,128" },
      images: { type: "string", default: "600" },
      write: { type: "boolean", default: false },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "hashbook-load-"));
  const at = name => join(folder, name);
  try {
    await makePictures(at("images"), Number(values.images));
    const rates = [extractRate(at("images"), at("peer-0"))];
    hashbook("extract", "--dataset", at("images"), "--out", at("data"), "--engine", "cpu");
    hashbook("train", "--data", at("data"), "--method", "lsh", "--bits", "48", "--out", at("model"));
    const service = await startService("--model", at("model"), "--data", at("data"), "--dataset", at("images"));
    const files = readdirSync(at("images"), { recursive: true })
      .filter(name => name.endsWith(".jpg"))
      .sort()
      .map(name => readFileSync(join(at("images"), name)));
    await checkCodes(service.url, files);
    await load(service.url, files, 4, 3); // warm
    const memory = [residentMiB(service.pid)];
    const rows = [];
    for (const clients of values.clients.split(",").map(Number)) {
      rows.push(await load(service.url, files, clients, Number(values.seconds)));
      memory.push(residentMiB(service.pid));
      process.stderr.write(`${JSON.stringify(rows.at(-1))} ${memory.at(-1).toFixed(0)} MiB\n`);
    }
    const remembered = await metric(service.url, "hashbook_pictures_remembered");
    const code = await service.stop();
    rates.push(extractRate(at("images"), at("peer-1")));
    const peer = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const table = [
      "| clients | answers/s | ÷ extract | p50, ms | p99, ms | told 503 | failed | memory after, MiB |",
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
      ...rows.map(
        ({ clients, rate, p50, p99, busy, failed }, i) =>
          `| ${[clients, rate.toFixed(1), `**${(rate / peer).toFixed(2)}**`, p50.toFixed(0), p99.toFixed(0), busy, failed, memory[i + 1].toFixed(0)].join(" | ")} |`,
      ),
    ].join("\n");
    const text = `${table}

\`extract\` on the same ${files.length} files: ${peer.toFixed(1)} images/s (before ${rates[0].toFixed(1)}, after ${rates[1].toFixed(1)}). Each
number of clients for ${values.seconds} s; memory before them ${memory[0].toFixed(0)} MiB; pictures that were found in the memory of the last 64: ${remembered};
exit code after SIGTERM ${code}. ${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}, load ${loadavg()[0].toFixed(1)} at the end.`;
    process.stdout.write(`${text}\n`);
    if (values.write) writeSection("load", text);
    const broken = brokenPromises(rows, peer, memory);
    if (code !== 0) broken.push(`exit code ${code}`);
    process.stderr.write(broken.map(words => `does not hold: ${words}\n`).join(""));
    if (broken.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === "extract") await extractOnce(process.argv[3], process.argv[4]);
else await main();
