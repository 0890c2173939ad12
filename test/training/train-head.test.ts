import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { initHead } from "../../src/hashing/head.js";
import { trainConfig } from "../../src/training/train-config.js";
import { trainHead } from "../../src/training/train-head.js";
import { rows, toyData } from "./toy.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { features, labels } = toyData(1);
const data = { features, labels, train: rows(0, 120), validation: { query: rows(120, 160), database: rows(0, 120) } };
const small = { hidden: [16], batch: 32, epochs: 6, learningRate: 5e-3 };

describe.each(["hashnet", "dch"])("%s", method => {
  const config = { ...trainConfig(method, 12), ...small };

  it("learns: the loss falls and validation mAP rises", async () => {
    const { epochs, steps, head } = await trainHead(data, { ...config, epochs: 20 }, { engine, validateEvery: 1 });
    expect(epochs.at(-1)!.loss).toBeLessThan(0.8 * epochs[0].loss);
    expect(epochs.at(-1)!.validationMAP).toBeGreaterThan(Math.max(0.8, epochs[0].validationMAP!));
    expect(steps).toHaveLength(20 * 4);
    expect(steps.map(({ step }) => step)).toEqual(Array.from(steps.keys()));
    expect(head.parameters["hash.weight"].shape).toEqual([12, 16]);
  });

  it("gives bit-equal weights for the same seed, others for another", async () => {
    const once = await trainHead(data, { ...config, dropout: 0.2 }, { engine });
    const again = await trainHead({ ...data, validation: undefined }, { ...config, dropout: 0.2 }, { engine });
    const other = await trainHead(data, { ...config, dropout: 0.2, seed: 1 }, { engine });
    expect(again.head.parameters).toEqual(once.head.parameters);
    expect(other.head.parameters["fc.0.weight"].data).not.toEqual(once.head.parameters["fc.0.weight"].data);
  });

  it("goes the same way on the eager engine", async () => {
    const compiled = await trainHead(data, { ...config, dropout: 0.1 }, { engine });
    const eager = await trainHead(data, { ...config, dropout: 0.1 }, { engine: await eagerEngine("wasm") });
    compiled.steps.forEach(({ loss, quantisation }, i) => {
      expect(Math.abs(eager.steps[i].loss - loss)).toBeLessThan(1e-3 * loss);
      expect(Math.abs(eager.steps[i].quantisation - quantisation)).toBeLessThan(1e-3);
    });
  });

  it("learns from multi-hot labels as from the same single labels", async () => {
    const hot = new Uint8Array(labels.length * 4);
    labels.forEach((label, i) => {
      hot[i * 4 + label] = 1;
    });
    const multi = multiHotLabels({ data: hot, shape: [labels.length, 4] });
    const a = await trainHead(data, config, { engine });
    const b = await trainHead({ ...data, labels: multi }, config, { engine });
    a.steps.forEach(({ loss }, i) => {
      expect(b.steps[i].loss).toBeCloseTo(loss, 5);
    });
    expect(b.epochs.at(-1)!.validationMAP).toBeCloseTo(a.epochs.at(-1)!.validationMAP!, 6);
  });

  it("leaves no tensor behind and what it was given alone", async () => {
    const before = { tensors: tf.memory().numTensors, features: features.data.slice(), train: data.train.slice() };
    await trainHead(data, config, { engine });
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(features.data).toEqual(before.features);
    expect(data.train).toEqual(before.train);
  });
});

describe("trainHead", () => {
  const config = { ...trainConfig("hashnet", 12), ...small };

  it("lets β grow for HashNet only, and not without continuation", async () => {
    const grown = await trainHead(data, { ...config, epochs: 20 }, { engine });
    const flat = await trainHead(data, { ...config, epochs: 20, options: { continuation: "none" } }, { engine });
    const dch = await trainHead(data, { ...trainConfig("dch", 12), ...small }, { engine });
    expect(grown.steps[0].beta).toBe(1);
    expect(grown.steps.at(-1)!.beta).toBeGreaterThan(6.9);
    expect(grown.head.beta).toBeCloseTo(Math.sqrt(51), 10);
    expect(grown.steps.at(-1)!.quantisation).toBeLessThan(flat.steps.at(-1)!.quantisation);
    expect([flat, dch].every(({ steps, head }) => head.beta === 1 && steps.every(({ beta }) => beta === 1))).toBe(true);
  });

  it("starts from the seeded initial weights and moves each by Adam's first step", async () => {
    const { head } = await trainHead(data, { ...config, epochs: 1, batch: 120 }, { engine });
    const form = { inputDim: 12, hidden: [16], bits: 12, dropout: 0 };
    const initial = initHead(form, new Random(0).stream("head"));
    // Adam's first step moves every weight with a gradient by the learning rate
    for (const [name, { data: values }] of Object.entries(head.parameters)) {
      const moves = values.map((value, i) => Math.abs(value - initial[name].data[i]));
      const most = moves.reduce((a, b) => Math.max(a, b), 0);
      expect(most, name).toBeGreaterThan(0.99 * 5e-3);
      expect(most, name).toBeLessThan(1.01 * 5e-3);
    }
  });

  it("never looks at rows that are neither train nor validation", async () => {
    const poisoned = { ...features, data: features.data.slice().fill(1e3, 150 * 12) };
    const a = await trainHead({ features, labels, train: rows(0, 120) }, config, { engine });
    const b = await trainHead({ features: poisoned, labels, train: rows(0, 120) }, config, { engine });
    expect(b.head.parameters).toEqual(a.head.parameters);
  });

  it("says where a feature is not finite, and at which step the loss stops being so", async () => {
    const broken = { ...features, data: features.data.slice() };
    broken.data[5 * 12 + 3] = Number.NaN;
    await expect(trainHead({ ...data, features: broken }, config, { engine })).rejects.toThrow(
      /NaN in row 5, column 3/,
    );
    const wild = trainHead(data, { ...config, learningRate: 1e38 }, { engine });
    await expect(wild).rejects.toThrow(/loss is \w+ at step \d+/);
  });

  it("refuses what does not fit together", async () => {
    await expect(trainHead({ ...data, labels: labels.subarray(1) }, config, { engine })).rejects.toThrow(/159 labels/);
    await expect(trainHead({ ...data, train: rows(0, 1) }, config, { engine })).rejects.toThrow(/needs pairs/);
    await expect(trainHead({ ...data, train: rows(100, 200) }, config, { engine })).rejects.toThrow(
      /0\.\.159; found 160/,
    );
  });
});
