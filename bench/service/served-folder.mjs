// What load.mjs and fuzz.mjs have in common: pictures, a model of them, and the service as a process of its own.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { Random } from "../../lib/core/random.js";

const MAIN = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
const RESULTS = fileURLToPath(new URL("../service.md", import.meta.url));

/** Photograph-like JPEGs of 640×480 in four classes: smooth noise of several sizes with a little grain; seeded. */
export async function makePictures(folder, count) {
  const random = new Random(1);
  for (let i = 0; i < count; i++) {
    const place = join(folder, `class-${i % 4}`);
    mkdirSync(place, { recursive: true });
    const [width, height] = [8 + (i % 30), 6 + (i % 20)];
    const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(640, 480, { fit: "fill", kernel: "cubic" })
      .jpeg({ quality: 88 })
      .toBuffer();
    writeFileSync(join(place, `${String(i).padStart(5, "0")}.jpg`), bytes);
  }
}

export function hashbook(...words) {
  return execFileSync(process.execPath, [MAIN, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** Starts the service and waits until it listens. */
export async function startService(...words) {
  const child = spawn(process.execPath, [MAIN, "serve", "--port", "0", "--json", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", chunk => {
      text += chunk;
      if (text.includes("\n")) resolve(text);
    });
    child.once("exit", code => reject(new Error(`the service ended with ${code}`)));
  });
  const { url } = JSON.parse(line);
  const exit = new Promise(resolve => child.once("exit", (code, signal) => resolve(signal ?? code)));
  return {
    url,
    pid: child.pid,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      child.kill("SIGTERM");
      return exit;
    },
  };
}

/** MiB of memory that a process has now. Linux. */
export function residentMiB(pid) {
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kib) / 1024;
}

/** The value of a metric without labels. */
export async function metric(url, name) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

/** Puts a section into bench/service.md, between its marks. */
export function writeSection(name, text) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- ${name} end -->`];
  const old = readFileSync(RESULTS, "utf8");
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${RESULTS} has no place for ${name}`);
  writeFileSync(RESULTS, `${old.slice(0, from + begin.length)}\n${text.trim()}\n${old.slice(to)}`);
}
