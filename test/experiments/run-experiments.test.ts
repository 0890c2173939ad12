import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { Engine } from "../../src/compute/program.js";
import type { Experiment } from "../../src/experiments/run-experiment.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { runExperiments } from "../../src/experiments/run-experiments.js";
import { defineMethod } from "../../src/methods/define-method.js";
import type { TrainSettings } from "../../src/training/train-config.js";
import { trainConfig } from "../../src/training/train-config.js";
import { toyExperiment } from "./toy-experiment.js";

const engine = onnxEngine("cpu", { threads: 1 });
const data = toyExperiment();
const short = { hidden: [16], batch: 40, epochs: 3, learningRate: 5e-3 };
const trained = (method: string, seed: number): TrainSettings => ({ ...trainConfig(method, 16), ...short, seed });
const settings: TrainSettings[] = [
  trained("dch", 0),
  { method: "lsh", bits: 16 },
  trained("hashnet", 0),
  trained("dch", 1),
  { method: "pcah", bits: 8 },
];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-experiments-"));
});
afterAll(async () => rm(folder, { recursive: true }));

/** What must be the same however it is run. */
const lasting = ({ model, codes, record: { evaluation, epochs, steps, config } }: Experiment) => ({
  model,
  codes,
  evaluation,
  epochs,
  steps,
  config,
});

describe("runExperiments", () => {
  it("gives what runExperiment gives in a process of one thread, in order, however many at a time", async () => {
    const alone: Experiment[] = [];
    for (const one of settings) {
      alone.push(await runExperiment(data, one, { process: { threads: 1 }, folder: join(folder, "alone") }));
    }
    for (const workers of [1, 2, 5]) {
      const epochs: number[] = [];
      const done: number[] = [];
      const together = await runExperiments(data, settings, {
        engine,
        folder: join(folder, `${workers}`),
        workers,
        onEpoch: [undefined, undefined, course => void epochs.push(course.length)],
        onProgress: progress => done.push(progress.done),
      });
      expect(together.map(({ cached }) => cached)).toEqual(settings.map(() => false));
      expect(together.map(lasting)).toEqual(alone.map(lasting));
      expect(epochs).toEqual([1, 2, 3]);
      expect(done).toEqual([...done].sort());
      expect(done[done.length - 1]).toBe(5);
    }
    const again = await runExperiments(data, settings, { engine, folder: join(folder, "2") });
    expect(again.map(({ cached }) => cached)).toEqual(settings.map(() => true));
  });

  it("trains in this process, one after the other, on another engine", async () => {
    let running = 0;
    let most = 0;
    const other: Engine = {
      ...engine,
      name: "another",
      async prepare(definition) {
        const program = await engine.prepare(definition);
        return {
          ...program,
          async run(inputs) {
            most = Math.max(most, ++running);
            const outputs = await program.run(inputs);
            running--;
            return outputs;
          },
          readState: () => program.readState(),
          dispose: () => program.dispose(),
        };
      },
    };
    const [one, two] = await runExperiments(data, [settings[0], settings[2]], {
      engine: other,
      folder: join(folder, "other"),
      workers: 2,
    });
    expect([one, two].map(({ record }) => record.threads)).toEqual([undefined, undefined]);
    expect(most).toBe(1);
  });

  it("refuses the last settings before the first are trained, and workers that are none", async () => {
    const wrong = [settings[0], { ...settings[0], options: { gamma: -1 } }];
    const seen: number[] = [];
    const options = { engine, folder: join(folder, "wrong"), onProgress: () => void seen.push(1) };
    await expect(runExperiments(data, wrong, options)).rejects.toThrow(/gamma/);
    await expect(runExperiments(data, settings, { ...options, workers: 0 })).rejects.toThrow(/need workers/);
    expect(seen).toEqual([]);
  });

  it("begins no other when one fails", async () => {
    const lost = defineMethod({ name: "lost", loss: codes => tf.log(tf.sub(tf.mean(tf.abs(codes)), 5)) as tf.Scalar });
    const run = runExperiments(data, [{ ...short, method: lost, bits: 16 }, trained("dch", 6), trained("dch", 7)], {
      engine,
      folder: join(folder, "failing"),
      workers: 1,
    });
    await expect(run).rejects.toThrow(/the loss is/);
    const [, six] = await runExperiments(data, [settings[0], trained("dch", 6)], {
      engine,
      folder: join(folder, "failing"),
    });
    expect(six.cached).toBe(false);
  });
});
