// Hostile requests by the hundred thousand against `hashbook serve` on this machine, seeded.
//
//   npm run build && node bench/service/fuzz.mjs [--requests 100000] [--seed 1] [--clients 16] [--write]
//
// Requests are those of hostile-uploads.mjs. Beside them twenty clients send a body a byte a second, and a sound picture is
// sent now and then, which must find what it finds. Counted are answers by status; a fault is a 5xx other than 503, an answer
// that holds a line of /etc/passwd or a stack, a lost thread, an end of the process, bytes or files that stay open. Only
// 127.0.0.1.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { Random } from "../../lib/core/random.js";
import { hostileRequest, sendRequest, soundPictures } from "./hostile-uploads.mjs";
import { hashbook, makePictures, metric, residentMiB, startService, writeSection } from "./served-folder.mjs";

const SLOW = 20;
const CANARY_EVERY = 500;
/** Milliseconds that a sound picture between them may take. */
const SLOWEST = 2000;

/** Clients that never come to their end; each dials again when it is cut off. */
function slowClients(url) {
  let on = true;
  let cut = 0;
  const sockets = new Set();
  const dial = () => {
    if (!on) return;
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    sockets.add(socket);
    socket.write(
      "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 100000\r\n\r\n",
    );
    const drip = setInterval(() => socket.writable && socket.write("x"), 1000);
    socket.on("error", () => {});
    socket.resume();
    socket.once("close", () => {
      clearInterval(drip);
      sockets.delete(socket);
      cut++;
      setTimeout(dial, 50);
    });
  };
  for (let i = 0; i < SLOW; i++) dial();
  return () => {
    on = false;
    for (const socket of sockets) socket.destroy();
    return cut;
  };
}

const openFiles = pid => readdirSync(`/proc/${pid}/fd`).length;

async function main() {
  const { values } = parseArgs({
    options: {
      requests: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      clients: { type: "string", default: "16" },
      write: { type: "boolean", default: false },
    },
  });
  const [requests, clients] = [Number(values.requests), Number(values.clients)];
  const folder = mkdtempSync(join(tmpdir(), "hashbook-fuzz-"));
  const at = name => join(folder, name);
  try {
    await makePictures(at("images"), 64);
    hashbook("extract", "--dataset", at("images"), "--out", at("data"), "--engine", "cpu");
    hashbook("train", "--data", at("data"), "--method", "lsh", "--bits", "48", "--out", at("model"));
    const service = await startService(
      "--model",
      at("model"),
      "--data",
      at("data"),
      "--dataset",
      at("images"),
      "--timeout",
      "5",
    );
    const { url, pid } = service;
    const samples = await soundPictures(sharp);
    const random = new Random(Number(values.seed));
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    const sound = readFileSync(join(at("images"), "class-1", "00001.jpg"));
    const canary = { method: "POST", path: "/api/search?k=1", headers: { "content-type": "image/jpeg" }, body: sound };
    const endSlow = slowClients(url);
    const statuses = new Map();
    const faults = [];
    const memory = [];
    let [sent, slowest, canaries] = [0, 0, 0];
    const began = performance.now();
    const client = async () => {
      while (sent < requests && service.isAlive()) {
        const i = sent++;
        if (i % Math.ceil(requests / 10) === 0) memory.push(residentMiB(pid));
        if (i % CANARY_EVERY === 0) {
          const started = performance.now();
          const { status, text } = await sendRequest(url, canary, agent);
          slowest = Math.max(slowest, performance.now() - started);
          canaries++;
          if (status !== 200 || JSON.parse(text).results[0].id !== "class-1/00001.jpg")
            faults.push(`sound picture: ${status} ${text}`);
        }
        const hostile = hostileRequest(random, samples);
        const { status, text } = await sendRequest(url, hostile, agent);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 500 && status !== 503) faults.push(`${i} ${hostile.kind}: ${status} ${text.slice(0, 200)}`);
        if (/root:x:|node_modules|\.js:\d+:\d+/.test(text))
          faults.push(`${i} ${hostile.kind}: tells ${text.slice(0, 200)}`);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    const seconds = (performance.now() - began) / 1000;
    const cut = endSlow();
    agent.destroy();
    await new Promise(resolve => setTimeout(resolve, 6000)); // longer than the service's time-out
    memory.push(residentMiB(pid));
    const left = {};
    for (const name of ["body_bytes", "searches_running", "searches_waiting", "threads_lost_total"]) {
      left[name] = await metric(url, `hashbook_${name}`);
      if (left[name] !== 0) faults.push(`${name} is ${left[name]} in the end`);
    }
    const middle = [...memory].sort((a, b) => a - b)[memory.length >> 1];
    if (memory.at(-1) > 1.5 * middle) faults.push(`memory grew: ${memory.map(Math.round).join(", ")} MiB`);
    if (slowest > SLOWEST) faults.push(`a sound picture waited ${Math.round(slowest)} ms`);
    const files = openFiles(pid);
    const code = await service.stop();
    if (code !== 0) faults.push(`exit code ${code}`);
    const byStatus = [...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status}: ${count}`)
      .join(", ");
    const text = `${sent} requests (seed ${values.seed}) by ${clients} clients in ${seconds.toFixed(0)} s, beside ${SLOW} that send a byte a second (cut off ${cut} times). Answers by
status (0: the connection was cut): ${byStatus}. Faults: ${faults.length}. ${canaries} sound pictures
between them all found themselves, the slowest after ${slowest.toFixed(0)} ms. Memory of the service, from the beginning to the end, MiB:
${memory.map(mib => mib.toFixed(0)).join(", ")}. Open files at the end ${files}; held bytes, running and waiting searches, lost threads 0; exit code ${code}.`;
    process.stdout.write(`${text}\n${faults.slice(0, 20).join("\n")}\n`);
    if (values.write) writeSection("fuzz", text);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
