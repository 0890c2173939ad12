import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { EpochRecord, StepRecord } from "../../src/training/history.js";
import { ProcessPool } from "../../src/training/process-pool.js";
import type { TrainSettings } from "../../src/training/train-config.js";
import { resolveConfig } from "../../src/training/train-config.js";
import type { TrainOptions } from "../../src/training/train-head.js";
import { trainHead, trainPlan } from "../../src/training/train-head.js";
import type { TrainingData } from "../../src/training/training-data.js";
import { planTraining } from "../../src/training/training-plan.js";
import { rows, toyData } from "./toy.js";

const dataOf = (seed: number): TrainingData => {
  const rowsOf = { train: rows(0, 120), validation: { query: rows(120, 160), database: rows(0, 120) } };
  return { ...toyData(seed), ...rowsOf };
};
const small: TrainSettings = { method: "dch", bits: 12, hidden: [16], batch: 32, epochs: 4 };

let pool: ProcessPool;
afterEach(() => pool.close());

const train = (data: TrainingData, settings: TrainSettings, options: TrainOptions = {}) =>
  trainPlan(planTraining(data, resolveConfig(settings)), data, { ...options, process: { threads: 1 }, pool });

/** Numbers of the processes of a pool that wait for work on some features. */
const processOf = (data: TrainingData): number | undefined => {
  const one = pool.take(data.features);
  pool.giveBack(one);
  return one.child.pid;
};

describe("a pool of processes", () => {
  it("trains one thing after another in one process, each to the bits it has alone, also on other features", async () => {
    pool = new ProcessPool();
    const [data, other] = [dataOf(1), dataOf(2)];
    const engine = onnxEngine("cpu", { threads: 1 });
    const asked = [
      [data, small],
      [data, { ...small, seed: 1, bits: 8 }],
      [{ ...data, train: rows(80, 158), validation: undefined }, small], // rows that the process has not got before
      [other, small],
      [data, { ...small, method: "hashnet", dropout: 0.2 }],
    ] as const;
    const used = new Set<number | undefined>();
    for (const [features, settings] of asked) {
      const told: [epochs: readonly EpochRecord[], steps: readonly StepRecord[]][] = [];
      const { head, steps, epochs } = await train(features, settings, {
        onEpoch: (some, ofSteps) => void told.push([[...some], [...ofSteps]]),
      });
      const alone = await trainHead(features, settings, { engine });
      expect([head, steps, epochs]).toEqual([alone.head, alone.steps, alone.epochs]);
      // Only what is new is sent; who listens is told all, after each epoch.
      const perEpoch = steps.length / epochs.length;
      expect(told).toEqual(epochs.map((_, i) => [epochs.slice(0, i + 1), steps.slice(0, (i + 1) * perEpoch)]));
      used.add(processOf(features));
    }
    expect(used.size).toBe(1);
  });

  it("has a process for each of what is trained at once, and ends with all of them", async () => {
    pool = new ProcessPool();
    const data = dataOf(1);
    await Promise.all([0, 1].map(seed => train(data, { ...small, seed })));
    const taken = [0, 1].map(() => pool.take(data.features));
    expect(new Set(taken.map(({ child }) => child.pid)).size).toBe(2);
    const ended = taken.map(({ child }) => new Promise(resolve => child.once("exit", resolve)));
    pool.close();
    await Promise.all(ended);
  });

  it("takes a new process after one that was ended, whose training had kept its last epoch", async () => {
    pool = new ProcessPool();
    const folder = await mkdtemp(join(tmpdir(), "hashbook-pool-"));
    const data = dataOf(1);
    const long = { ...small, epochs: 200 };
    const first = processOf(data);
    const before = pool.take(data.features);
    pool.giveBack(before);
    const told: number[] = [];
    const onEpoch = (epochs: readonly unknown[]): void => {
      told.push(epochs.length);
      before.child.kill("SIGTERM"); // as a cluster ends all processes of a job
    };
    const ended = train(data, long, { checkpoints: folder, onEpoch });
    await expect(ended).rejects.toThrow(/told to end by SIGTERM/);
    const kept = JSON.parse(await readFile(join(folder, "checkpoint.json"), "utf8"));
    expect(kept.epochs.length).toBeGreaterThanOrEqual(told.at(-1)!);
    expect(kept.epochs.length).toBeLessThan(200);
    expect(processOf(data)).not.toBe(first);
    const whole = await train(data, long, { checkpoints: folder, resume: true });
    expect(whole.head).toEqual((await train(data, long)).head);
    await rm(folder, { recursive: true });
  });
});
