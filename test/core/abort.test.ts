import { getEventListeners } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { currentSignal, isAborted, onAbort } from "../../src/core/abort.js";
import type { CellHost } from "../../src/core/cell-host.js";
import { offerCellHost } from "../../src/core/cell-host.js";
import { withLock } from "../../src/core/lock.js";
import { Random } from "../../src/core/random.js";
import { downloadFile } from "../../src/datasets/download.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { extractFeatures } from "../../src/features/extract.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import { trainConfig } from "../../src/training/train-config.js";
import { trainHead } from "../../src/training/train-head.js";
import { toyExperiment } from "../experiments/toy-experiment.js";
import { greyDataset, linearBackbone } from "../features/fake.js";
import { rows, toyData } from "../training/toy.js";

// HASHBOOK_SLOW_TESTS=1 runs it as the promise is: 20 moments.
const MOMENTS = process.env.HASHBOOK_SLOW_TESTS ? 20 : 3;
const engine = onnxEngine("cpu", { threads: 1 });
const reason = new Error("enough");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-abort-"));
});
afterAll(async () => rm(folder, { recursive: true }));
afterEach(() => offerCellHost(undefined as unknown as CellHost));

/** A kernel whose cell has this signal. */
function inCell(signal: AbortSignal): void {
  offerCellHost({ display: () => {}, clearOutput: () => {}, signal });
}

/**
 * Aborts work at random moments, each time going on from what was kept, and then lets it end.
 * @param seconds that it takes undisturbed
 * @returns the last result, and how often it was stopped
 */
async function disturbed<T>(seconds: number, work: (signal: AbortSignal | undefined) => Promise<T>) {
  const random = new Random(9);
  let stops = 0;
  for (let moment = 0; moment < MOMENTS; moment++) {
    const controller = new AbortController();
    // Soon the first time: what is whole before it is stopped cannot be stopped again, and a machine is not as slow each time.
    const [share] = moment === 0 ? [0.1] : random.uniforms(1);
    const timer = setTimeout(() => controller.abort(reason), share * seconds * 500);
    const asked = performance.now();
    try {
      // By a signal of one's own, and by that of the cell, turn by turn.
      if (moment % 2 === 0) await work(controller.signal);
      else {
        inCell(controller.signal);
        await work(undefined);
      }
    } catch (error) {
      expect(error).toBe(reason);
      expect(performance.now() - asked).toBeLessThan(seconds * 1000 + 5000);
      stops++;
    } finally {
      clearTimeout(timer);
      offerCellHost(undefined as unknown as CellHost);
    }
  }
  return { result: await work(undefined), stops };
}

describe("work that is aborted and taken up again gives the same bytes:", () => {
  const { features, labels } = toyData(5);
  const data = { features, labels, train: rows(0, 120), validation: { query: rows(120, 160), database: rows(0, 120) } };
  const settings = { ...trainConfig("dch", 16), hidden: [16], batch: 16, epochs: 150 };

  it.each([undefined, { threads: 1 }])("a training, in a process %j", async process => {
    const how = process === undefined ? { engine } : { process };
    const started = performance.now();
    const whole = await trainHead(data, settings, how);
    const seconds = (performance.now() - started) / 1000;
    const checkpoints = join(folder, `checkpoints-${process === undefined}`);
    const { result, stops } = await disturbed(seconds, signal =>
      trainHead(data, settings, { ...how, checkpoints, resume: true, signal }),
    );
    expect(stops).toBeGreaterThan(0);
    expect(result.head).toEqual(whole.head);
    expect(result.steps).toEqual(whole.steps);
    expect(result.epochs).toEqual(whole.epochs);
  });

  it("a training keeps the last whole epoch, however seldom checkpoints are due", async () => {
    const controller = new AbortController();
    const checkpoints = join(folder, "last-epoch");
    let last = 0;
    const onProgress = ({ done, total }: { done: number; total: number }): void => {
      last = Math.floor((done / total) * settings.epochs);
      if (done > total / 2) controller.abort(reason);
    };
    const stopped = trainHead(data, settings, { engine, checkpoints, onProgress, signal: controller.signal });
    await expect(stopped).rejects.toBe(reason);
    const seen: number[] = [];
    const onEpoch = (epochs: readonly unknown[]): void => void seen.push(epochs.length);
    await trainHead(data, settings, { engine, checkpoints, resume: true, onEpoch });
    expect(seen[0]).toBe(last + 1);
  });

  it("an extraction", async () => {
    const image = async (row: number) => {
      await new Promise(resolve => setTimeout(resolve, 2));
      return { data: new Uint8Array(64).fill(row), width: 8, height: 8, channels: 1 } as const;
    };
    const dataset = greyDataset(200, image);
    const whole = join(folder, "whole");
    const parts = join(folder, "parts");
    const started = performance.now();
    await extractFeatures(dataset, linearBackbone(), { engine, folder: whole, batchSize: 4 });
    const seconds = (performance.now() - started) / 1000;
    const { stops } = await disturbed(seconds, signal =>
      extractFeatures(dataset, linearBackbone(), { engine, folder: parts, batchSize: 4, signal }),
    );
    expect(stops).toBeGreaterThan(0);
    expect((await readdir(parts)).sort()).toEqual((await readdir(whole)).sort());
    for (const file of ["features.npy", "labels.npy"]) {
      expect(await readFile(join(parts, file))).toEqual(await readFile(join(whole, file)));
    }
  });

  it("an experiment", async () => {
    const { featureSet, split } = toyExperiment();
    const config = { ...trainConfig("dch", 16), hidden: [16], batch: 40, epochs: 60, learningRate: 5e-3 };
    const started = performance.now();
    const whole = await runExperiment({ featureSet, split }, config, { engine, folder: join(folder, "once") });
    const seconds = (performance.now() - started) / 1000;
    const { result, stops } = await disturbed(seconds, signal =>
      runExperiment({ featureSet, split }, config, { engine, folder: join(folder, "again"), signal }),
    );
    expect(stops).toBeGreaterThan(0);
    expect(result.codes).toEqual(whole.codes);
    expect(result.model).toEqual(whole.model);
    expect(result.record.evaluation).toEqual(whole.record.evaluation);
  });
});

describe("a cell's interrupt", () => {
  it("ends an evaluation and a download", async () => {
    const controller = new AbortController();
    inCell(controller.signal);
    expect(currentSignal()).toBe(controller.signal);
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("x");
      setTimeout(() => controller.abort(reason), 20);
    });
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const file = join(folder, "file");
    await expect(downloadFile(`http://127.0.0.1:${port}/file`, file)).rejects.toBe(reason);
    server.closeAllConnections();
    server.close();
    expect(isAborted()).toBe(true);
    const codes = { data: new Uint8Array(8), bits: 8, bytesPerCode: 1, count: 8 };
    const side = { codes, labels: new Int32Array(8) };
    await expect(evaluateCodes({ queries: side, database: side }, { excludeSelf: true })).rejects.toBe(reason);
  });

  it("is heard by the kernel while work ends in order", async () => {
    const { signal } = new AbortController();
    inCell(signal);
    const listeners: number[] = [];
    await withLock(join(folder, ".lock"), async () => void listeners.push(getEventListeners(signal, "abort").length), {
      task: "a test",
    });
    listeners.push(getEventListeners(signal, "abort").length);
    expect(listeners).toEqual([1, 0]);
  });

  it("is told to who listens, at once where it has been, until he no longer does", () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const forget = onAbort(controller.signal, () => calls.push("first"));
    onAbort(controller.signal, () => calls.push("second"));
    forget();
    controller.abort(reason);
    onAbort(controller.signal, () => calls.push("third"));
    expect(calls).toEqual(["second", "third"]);
  });
});
