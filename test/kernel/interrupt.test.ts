// Work of the library in cells of the kernel as a front end starts it, interrupted at random moments: it ends soon, leaves
// nothing running, and goes on to the same bytes. HASHBOOK_SLOW_TESTS=1 runs it as the promise is, 20 moments each.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { type Connection, prepareConnection } from "../../src/notebook/connection.js";
import type { JupyterMessage } from "../../src/notebook/jupyter-message.js";
import { kernelCommand } from "../../src/notebook/kernel-process.js";
import { startKernel } from "../../src/notebook/start-kernel.js";
import { WireClient } from "./wire-client.js";

const MOMENTS = process.env.HASHBOOK_SLOW_TESTS ? 20 : 2;
const LIBRARY = pathToFileURL(fileURLToPath(new URL("../../lib/", import.meta.url))).pathname;

let folder: string;
let connection: Connection;
let kernel: ChildProcess;
let client: WireClient;

/** A made study, and what the works are of; `digest` is of all bytes of a value. */
const SETUP = `
import * as hb from "${LIBRARY}index.js";
import { createHash } from "node:crypto";
const random = (count: number): Float32Array => {
  let state = 1;
  return Float32Array.from({ length: count }, () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5);
};
function digest(value: unknown): string {
  const plain = (_: string, part: unknown): unknown => ArrayBuffer.isView(part) ? Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("base64") : part;
  return createHash("sha256").update(JSON.stringify(value, plain)).digest("hex");
}
const rows = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i);
const count = 600, dim = 64;
const labels = rows(0, count).map(row => row % 5);
const features = { data: random(count * dim).map((value, i) => value + Math.sin(labels[Math.floor(i / dim)] * ((i % dim) + 1))), shape: [count, dim] };
const trainingData = { features, labels, train: rows(100, 500), validation: { query: rows(500, 550), database: rows(100, 500) } };
const settings = { ...hb.trainConfig("dch", 32), hidden: [64], batch: 20, epochs: 50 };
const manifest: any = { dataset: "made", contentHash: "made", backbone: "none", weightsHash: "none", preprocessing: { resize: 1, crop: 1, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" }, engine: "cpu", shape: [count, dim], version: "0" };
const split = { protocol: "made", seed: 0, query: rows(0, 100), train: rows(100, 500), database: rows(100, 600) };
const study: any = { featureSet: { features, labels, manifest }, split };
const image = async (row: number): Promise<any> => { await new Promise(r => setTimeout(r, 3)); return { data: new Uint8Array(64).fill(row % 256), width: 8, height: 8, channels: 1 }; };
const dataset: any = { name: "grey", description: "", classNames: ["a"], ids: [...rows(0, 400)].map(row => "grey/" + row), labels: rows(0, 400).map(() => 0), contentHash: "grey", image };
const weight = { data: random(15), shape: [3, 5] };
const backbone: any = { name: "linear", dim: 5, preprocessing: { resize: 8, crop: 8, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" }, weights: { weight }, weightsHash: "none", forward: (images: any, weights: any) => hb.tf.matMul(hb.tf.mean(images, [1, 2]) as any, weights.weight) };
const codes = hb.packCodes({ data: random(60000 * 64).map(Math.sign), shape: [60000, 64] } as any);
const side = { codes, labels: rows(0, 60000).map(row => row % 10) };
const queries = hb.takeSide(side, rows(0, 3000));
`;

/** By name: a cell that does work, keeping it in a folder, and prints a digest of what came of it. */
const WORKS: Record<string, (folder: string) => string> = {
  training: place =>
    `const trained = await hb.trainHead(trainingData, settings, { checkpoints: "${place}", resume: true });
     console.log(digest([trained.head, trained.epochs, trained.steps]))`,
  "a training in a process": place =>
    `const trainedApart = await hb.trainHead(trainingData, settings, { checkpoints: "${place}", resume: true, process: {} });
     console.log(digest([trainedApart.head, trainedApart.epochs, trainedApart.steps]))`,
  extraction: place =>
    `const extracted = await hb.extractFeatures(dataset, backbone, { folder: "${place}", batchSize: 4 });
     console.log(digest([extracted.features, extracted.labels]))`,
  evaluation: () =>
    `const evaluated = await hb.evaluateCodes({ queries, database: side }, { cutoffs: [100] });
     console.log(digest(evaluated))`,
  "a study": place =>
    `process.env.HASHBOOK_HOME = "${place}";
     const swept = await hb.sweep(study, { methods: ["dch", "hashnet"], bits: [16, 32], settings: { epochs: 25, batch: 20 }, name: "study" });
     console.log(digest(swept.runs.map(({ record, result }) => [record.files["codes.npy"], record.files["head.safetensors"], result?.evaluation])))`,
  "a comparison of methods": place =>
    `const compared = await hb.compareMethods(study, { methods: ["dch", "hashnet"], bits: [16, 32], config: { epochs: 25, batch: 20 }, folder: "${place}" });
     console.log(digest(compared.experiments.map(({ codes, record }) => [codes.data, record.evaluation])))`,
};

async function run(code: string): Promise<{ status: unknown; ename: unknown; text: string; trace: unknown }> {
  const { reply, outputs } = await client.answer(client.execute(code), "shell");
  const { status, ename, traceback } = reply.content;
  return { status, ename, text: outputs.map(one => one.content.text ?? "").join(""), trace: traceback };
}

/** Seconds of processor time that the kernel has used; NaN where the system does not tell. */
async function processorSeconds(): Promise<number> {
  const file = `/proc/${kernel.pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  const fields = (await readFile(file, "utf8")).split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Whether the kernel comes to rest: for 300 ms it uses a tenth of a processor at most. */
async function rests(): Promise<boolean> {
  for (let tries = 0; tries < 60; tries++) {
    const before = await processorSeconds();
    await new Promise(resolve => setTimeout(resolve, 300));
    const used = (await processorSeconds()) - before;
    if (Number.isNaN(used) || used < 0.03) return true;
  }
  return false;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-interrupt-"));
  connection = await prepareConnection();
  const [program, ...words] = kernelCommand(connection.file);
  kernel = spawn(program, words, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  client = new WireClient(connection.info);
  await client.until(() => client.published.find(one => one.header.msg_type === "iopub_welcome"), "a welcome");
  expect(await run(SETUP)).toMatchObject({ status: "ok" });
});

afterAll(async () => {
  client?.close();
  kernel?.kill("SIGKILL");
  await connection?.remove();
  await rm(folder, { recursive: true, force: true });
});

describe("work of the library in a cell, interrupted at random moments", () => {
  it.each(Object.entries(WORKS))(
    "%s ends soon, rests, and goes on to the same bytes",
    async (name, cell) => {
      const started = performance.now();
      const whole = await run(cell(join(folder, `${name} whole`)));
      const took = performance.now() - started;
      expect(whole).toMatchObject({ status: "ok", text: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
      const random = new Random(11).stream(name);
      const waits: number[] = [];
      for (let moment = 0; moment < MOMENTS; moment++) {
        const id = client.execute(cell(join(folder, `${name} parts`)));
        await new Promise(resolve => setTimeout(resolve, (took * random.uniforms(1)[0]) / 3));
        const asked = performance.now();
        client.send("interrupt_request", {}, "control");
        const { reply } = await client.answer(id);
        waits.push(performance.now() - asked);
        if (reply.content.status === "error") expect(reply.content).toMatchObject({ ename: "KeyboardInterrupt" });
        expect(await rests(), `after interrupt ${moment} the kernel uses the processor`).toBe(true);
        expect(await run("console.log(1 + 1)")).toMatchObject({ status: "ok", text: "2\n" });
      }
      if (process.env.HASHBOOK_SHOW_TIMES)
        console.log(
          name,
          Math.round(took),
          waits
            .map(Math.round)
            .sort((a, b) => a - b)
            .join(" "),
        );
      expect(Math.max(...waits), "milliseconds to the end").toBeLessThan(30_000);
      expect(await run(cell(join(folder, `${name} parts`)))).toEqual(whole);
    },
    900_000,
  );
});

describe("a training stopped by a restart", () => {
  it("goes on from its checkpoint in the next kernel, to the same bytes", async () => {
    const cell = WORKS.training;
    const parts = join(folder, "restarted");
    const hasCheckpoint = async (place: string): Promise<boolean> =>
      (await readdir(place).catch(() => [])).some(name => !name.startsWith("."));
    /** Runs a cell in a kernel of its own, ended where `restartAfter` has a checkpoint. @returns what the cell printed */
    const runOnce = async (code: string, restartAfter?: string): Promise<string> => {
      const one = await startKernel({ folder });
      let text = "";
      try {
        await one.execute(SETUP);
        const onMessage = ({ content }: JupyterMessage): void => {
          text += content.text ?? "";
        };
        const ran = one.execute(code, { onMessage });
        if (restartAfter === undefined) await ran;
        else {
          ran.catch(() => undefined);
          for (let tries = 0; !(await hasCheckpoint(restartAfter)) && tries < 800; tries++) await sleep(25);
        }
      } finally {
        await one.shutdown(6);
      }
      return text;
    };
    const whole = await runOnce(cell(join(folder, "not restarted")));
    expect(whole).toMatch(/^[0-9a-f]{64}\n$/);
    expect(await runOnce(cell(parts), parts)).toBe("");
    expect(await hasCheckpoint(parts)).toBe(true);
    expect(await runOnce(cell(parts))).toBe(whole);
  }, 300_000);
});
