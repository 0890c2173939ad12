import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { givesCodes } from "../../src/hashing/hash-model.js";
import { defineMethod } from "../../src/methods/define-method.js";
import { loadMethod } from "../../src/methods/load-method.js";
import type { Method } from "../../src/methods/method.js";
import { loadModel, saveModel } from "../../src/methods/model-file.js";
import { fitMethod } from "../../src/training/fit-method.js";
import { TRAINING_OPTIONS } from "../../src/training/train-config.js";
import type { TrainedHead } from "../../src/training/train-head.js";
import { trainHead } from "../../src/training/train-head.js";
import { rows, toyData } from "./toy.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { features, labels } = toyData(5);
const data = { features, labels, train: rows(0, 120), validation: { query: rows(120, 160), database: rows(0, 120) } };
const small = { bits: 12, hidden: [16], batch: 32, epochs: 8, learningRate: 5e-3 };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-own-method-"));
});
afterAll(async () => rm(folder, { recursive: true }));

/** Similar pairs at no distance, others at a margin, as a share of the bits: what someone would write in a cell. */
const margin = defineMethod({
  name: "margin",
  title: "margin loss",
  options: { margin: { type: "number", minimum: 0, default: 0.7 } },
  loss: (codes, { similar, bits }, options) => {
    const share = tf.mul(tf.sub(1, tf.div(tf.matMul(codes, tf.transpose(codes)), bits)), 0.5); // of bits that differ
    const apart = tf.square(tf.relu(tf.sub(options.margin, share)));
    const near = tf.div(tf.sum(tf.mul(similar, tf.square(share))), tf.sum(similar));
    const far = tf.div(tf.sum(tf.mul(tf.sub(1, similar), apart)), tf.sum(tf.sub(1, similar)));
    return tf.add(near, far);
  },
});

/** All that a method may have: constants, a classifier beside the head, a schedule, batch normalisation. */
const everything = defineMethod({
  name: "everything",
  options: {
    rate: { type: "number", exclusiveMinimum: 0, maximum: 1, default: 0.3 },
    kind: { enum: ["a", "b"], default: "a" },
  },
  sharpness: ({ step, steps }) => 1 + step / steps,
  constants: ({ bits, classes }, _, random) => ({
    centres: { data: random.normals(classes * bits).map(Math.sign), shape: [classes, bits] },
  }),
  parameters: ({ bits, classes }, _, random) => ({
    "classifier.weight": { data: random.normals(bits * classes, 0.1), shape: [bits, classes] },
  }),
  normalise: {
    parameters: ({ bits }) => ({ scale: { data: new Float32Array(bits).fill(1), shape: [bits] } }),
    state: ({ bits }) => ({ mean: { data: new Float32Array(bits), shape: [bits] } }),
    apply: (z, { scale, mean }, training, { rate }) => {
      const now = training ? tf.mean(z, 0) : mean;
      const next = tf.add(tf.mul(mean, 1 - rate), tf.mul(now, rate));
      return { z: tf.mul(tf.sub(z, now), scale), state: { mean: next } };
    },
  },
  loss: (codes, { oneHot, constants, parameters }) => {
    const towards = tf.mean(tf.square(tf.sub(codes, tf.matMul(oneHot, constants.centres as tf.Tensor2D))));
    const logits = tf.matMul(codes, parameters["classifier.weight"] as tf.Tensor2D);
    const likelihood = tf.mean(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits)), 1));
    return tf.sub(towards, tf.mul(likelihood, 0.1));
  },
});

/** A fit of one's own: signs of the largest variances. */
const variances = defineMethod({
  name: "variances",
  fit: (given, { bits, random }) => {
    const dim = given.shape[1];
    const planes = random.normals(dim * bits);
    return { planes: { data: planes, shape: [dim, bits] } };
  },
  encode: (given, { planes }) => tf.matMul(given, planes as tf.Tensor2D),
});

const learned = ({ epochs }: TrainedHead): [number, number] => [
  epochs[0].validationMAP!,
  epochs.at(-1)!.validationMAP!,
];

describe("a method of one's own", () => {
  it("trains by its name's value like ours, compiled and eagerly", async () => {
    const compiled = await trainHead(data, { ...small, method: margin, epochs: 20 }, { engine, validateEvery: 1 });
    const [first, last] = learned(compiled);
    expect(last).toBeGreaterThan(Math.max(0.8, first));
    const eager = await trainHead(data, { ...small, method: margin }, { engine: await eagerEngine("wasm") });
    eager.steps.forEach(({ loss }, i) => {
      if (i < 8) expect(Math.abs(loss - compiled.steps[i].loss)).toBeLessThan(1e-3 * Math.abs(loss));
    });
  });

  it("takes its options: another margin, another course; what is wrong is refused", async () => {
    const usual = await trainHead(data, { ...small, method: margin, epochs: 1 }, { engine });
    const explicit = await trainHead(
      data,
      { ...small, method: margin, epochs: 1, options: { margin: 0.7 } },
      { engine },
    );
    const wider = await trainHead(data, { ...small, method: margin, epochs: 1, options: { margin: 0.9 } }, { engine });
    expect(explicit.head).toEqual(usual.head);
    expect(wider.steps[0].loss).not.toBe(usual.steps[0].loss);
    await expect(trainHead(data, { ...small, method: margin, options: { margin: -1 } }, { engine })).rejects.toThrow(
      '"margin.margin" cannot be this; expected a number of at least 0; found -1',
    );
  });

  it("has constants, parameters beside the head, a schedule and a normalisation; all of it is resumed", async () => {
    const settings = { ...small, method: everything, keep: "last" as const };
    const whole = await trainHead(data, settings, { engine });
    expect(learned(whole)[1]).toBeGreaterThan(0.8);
    expect(whole.head.beta).toBe(2);
    expect(Object.keys(whole.head.beside ?? {}).sort()).toEqual([
      ...["method.classifier.weight", "normalise.scale", "running.mean"],
      ...["unfolded.hash.bias", "unfolded.hash.weight"],
    ]);
    const checkpoints = join(folder, "everything");
    const stop = async (epochs: readonly unknown[]): Promise<void> => {
      if (epochs.length === 3) throw new Error("killed");
    };
    await expect(trainHead(data, settings, { engine, checkpoints, onEpoch: stop })).rejects.toThrow("killed");
    const resumed = await trainHead(data, settings, { engine, checkpoints, resume: true });
    expect(resumed.head).toEqual(whole.head);
    expect(resumed.steps).toEqual(whole.steps);
  });

  it("folds its normalisation into the hash layer: codes need no code of the method", async () => {
    const { head } = await trainHead(data, { ...small, method: everything }, { engine });
    await saveModel(join(folder, "folded"), head, {});
    const read = await loadModel(join(folder, "folded")); // without the method
    const codes = await encodeFeatures(features, read, { engine });
    const [weight, bias] = ["weight", "bias"].map(name => head.beside![`unfolded.hash.${name}`].data);
    const [scale, mean] = [head.beside!["normalise.scale"].data, head.beside!["running.mean"].data];
    const fc = head.parameters;
    for (const row of [0, 77, 159]) {
      const hidden = Array.from({ length: 16 }, (_, h) => {
        let sum = fc["fc.0.bias"].data[h];
        for (let d = 0; d < 12; d++) sum += fc["fc.0.weight"].data[h * 12 + d] * features.data[row * 12 + d];
        return Math.max(0, sum);
      });
      for (let bit = 0; bit < 12; bit++) {
        const z = hidden.reduce((sum, value, h) => sum + value * weight[bit * 16 + h], bias[bit]);
        const expected = Math.tanh(2 * (z - mean[bit]) * scale[bit]);
        expect(codes.data[row * 12 + bit]).toBeCloseTo(expected, 5);
      }
    }
  });

  it("refuses a normalisation that is no affine map in use", async () => {
    const bent = defineMethod({
      name: "bent",
      normalise: { state: () => ({}), apply: z => ({ z: tf.square(z), state: {} }) },
      loss: codes => tf.mean(codes),
    });
    await expect(trainHead(data, { ...small, method: bent, epochs: 1 }, { engine })).rejects.toThrow(/affine/);
  });

  it.each([
    ["mixes bits", (z: tf.Tensor2D) => tf.sub<tf.Tensor2D>(z, tf.mean(z, 1, true))],
    ["swaps bits", (z: tf.Tensor2D) => tf.reverse(z, 1)],
    ["bends below 0", (z: tf.Tensor2D) => tf.relu(z)],
    ["mixes items", (z: tf.Tensor2D) => tf.sub<tf.Tensor2D>(z, tf.mean(z, 0, true))],
  ])("refuses a normalisation that %s in use", async (_, bend) => {
    const method = defineMethod({
      name: "bent",
      normalise: { state: () => ({}), apply: z => ({ z: bend(z), state: {} }) },
      loss: codes => tf.mean(tf.square(codes)),
    });
    await expect(trainHead(data, { ...small, method, epochs: 1 }, { engine })).rejects.toThrow(/affine/);
  });

  it("is refused when its loss draws random numbers: they would be drawn once for all steps", async () => {
    const method = defineMethod({
      name: "noisy",
      loss: codes => tf.mean(tf.square(tf.add(codes, tf.randomNormal([32, 12])))),
    });
    await expect(trainHead(data, { ...small, method }, { engine })).rejects.toThrow(/not the same twice.*constants\(/);
  });

  it("trains eagerly by what the compiler does not know, with checkpoints; compiled it is refused with the way out", async () => {
    const method = defineMethod({
      name: "summed",
      loss: codes => tf.mean(tf.square(tf.cumsum(codes, 1))),
    });
    const settings = { ...small, method, epochs: 1 };
    await expect(trainHead(data, settings, { engine })).rejects.toThrow(
      /"Cumsum" cannot be compiled.*HASHBOOK_ENGINE=wasm/,
    );
    const eager = { engine: await eagerEngine("wasm"), checkpoints: join(folder, "eager") };
    const { steps } = await trainHead(data, settings, eager);
    expect(steps).toHaveLength(4);
    expect((await trainHead(data, settings, { ...eager, resume: true })).steps).toEqual(steps);
  });

  it("is refused when something trained does nothing in its loss", async () => {
    const method = defineMethod({
      name: "idle",
      parameters: () => ({ unused: { data: new Float32Array(3), shape: [3] } }),
      loss: codes => tf.mean(tf.square(codes)),
    });
    await expect(trainHead(data, { ...small, method }, { engine })).rejects.toThrow(/no gradient by something/);
  });

  it("may have one class only, where it says that it reads no labels", async () => {
    const one = { ...data, labels: labels.map(() => 7), validation: undefined };
    const method = defineMethod({
      name: "lonely",
      learnsFrom: "features",
      loss: (codes, { oneHot }) => tf.mean(tf.square(tf.sub(codes, oneHot))),
    });
    const reading = defineMethod({ name: "reading", loss: method.loss });
    await expect(trainHead(one, { ...small, method: reading }, { engine })).rejects.toThrow(
      /reading has nothing to tell apart: .* of the same class; expected train rows of two classes or more/,
    );
    expect((await trainHead(one, { ...small, method, epochs: 1 }, { engine })).steps).toHaveLength(4);
  });

  it("trains in a process of its own, to the same bits", async () => {
    const settings = { ...small, method: everything };
    const here = await trainHead(data, settings, { engine });
    const heard: string[] = [];
    const there = await trainHead(data, settings, {
      process: { threads: 1 },
      onProgress: ({ task }) => heard.push(task),
      onEpoch: epochs => void heard.push(`epoch ${epochs.length}`),
    });
    expect(there.head).toEqual(here.head);
    expect(there.steps).toEqual(here.steps);
    expect(heard).toContain("everything 12 bits");
    expect(heard).toContain("epoch 8");
  });

  it("says what failed in the process, as here", async () => {
    const wild = { ...small, method: margin, learningRate: 1e38 };
    const there = trainHead(data, wild, { process: {} });
    await expect(there).rejects.toMatchObject({ kind: "input", message: expect.stringMatching(/loss is \w+ at step/) });
  });

  it("gives real values when it says so, judged by cosine", async () => {
    const embedding = defineMethod({
      name: "embedding",
      output: "embedding",
      activation: "none",
      loss: (z, { similar }) => {
        const length = tf.sqrt(tf.add(tf.sum(tf.square(z), 1, true), 1e-6));
        const unit = tf.div<tf.Tensor2D>(z, length);
        return tf.mean(tf.square(tf.sub(tf.matMul(unit, tf.transpose(unit)), similar)));
      },
    });
    const trained = await trainHead(data, { ...small, method: embedding, epochs: 20 }, { engine });
    expect(trained.head).toMatchObject({ output: "embedding", activation: "none" });
    expect(learned(trained)[1]).toBeGreaterThan(0.8);
    const values = await encodeFeatures(features, trained.head, { engine });
    // z itself, no tanh: some value is what the layers give, computed here in loops
    const { parameters: p } = trained.head;
    const hidden = Array.from({ length: 16 }, (_, h) => {
      let sum = p["fc.0.bias"].data[h];
      for (let d = 0; d < 12; d++) sum += p["fc.0.weight"].data[h * 12 + d] * features.data[d];
      return Math.max(0, sum);
    });
    const z = hidden.reduce((sum, value, h) => sum + value * p["hash.weight"].data[h], p["hash.bias"].data[0]);
    expect(values.data[0]).toBeCloseTo(z, 5);
  });

  it("leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    await trainHead(data, { ...small, method: everything, epochs: 1 }, { engine });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ["no scalar", (codes: tf.Tensor2D) => codes as unknown as tf.Scalar, /"odd" is no scalar|loss of odd is no scalar/],
    ["no tensor", () => 3 as unknown as tf.Scalar, /loss of odd is no scalar.*found number/],
  ])("is refused when its loss is %s", async (_, loss, message) => {
    const odd = defineMethod({ name: "odd", loss });
    await expect(trainHead(data, { ...small, method: odd }, { engine })).rejects.toThrow(message);
  });

  it("numbers classes from 0, however the labels lie", async () => {
    const seen: number[] = [];
    const counting = defineMethod({
      name: "counting",
      constants: ({ classes }) => {
        seen.push(classes);
        return { table: { data: new Float32Array(classes), shape: [classes] } };
      },
      loss: (codes, { oneHot, constants }) =>
        tf.add(tf.mean(tf.square(codes)), tf.sum(tf.matMul(oneHot, tf.expandDims(constants.table, 1) as tf.Tensor2D))),
    });
    const far = labels.map(label => 1_000_000 + 7 * label);
    await trainHead({ ...data, labels: far }, { ...small, method: counting, epochs: 1 }, { engine });
    expect(seen).toEqual([4]);
  });
});

describe("a fit of one's own", () => {
  it("is stored with its arrays, and read with the method only", async () => {
    const { model } = await fitMethod(features, { method: variances, bits: 8, seed: 3 }, { engine });
    await saveModel(join(folder, "fitted"), model, {});
    await expect(loadModel(join(folder, "fitted"))).rejects.toThrow(/fitted by "variances", which is not known here/);
    const read = await loadModel(join(folder, "fitted"), { method: variances as Method });
    expect(await encodeFeatures(features, read, { engine })).toEqual(await encodeFeatures(features, model, { engine }));
  });
});

describe("a fit that gives real values", () => {
  it("is stored as such, and judged by cosine", async () => {
    const method = defineMethod({ ...variances, name: "real", output: "embedding" });
    const { model } = await fitMethod(features, { method, bits: 8 }, { engine });
    await saveModel(join(folder, "real"), model, {});
    expect(givesCodes(await loadModel(join(folder, "real"), { method: method as Method }))).toBe(false);
  });

  it("and one of another width is refused", async () => {
    const method = defineMethod({ name: "wide", fit: () => ({}), encode: given => given });
    const { model } = await fitMethod(features, { method, bits: 8 }, { engine });
    await expect(encodeFeatures(features, model, { engine })).rejects.toThrow(/wrong shape; expected \(160, 8\)/);
  });

  it("names a feature that is not finite", async () => {
    const broken = { ...features, data: features.data.slice() };
    broken.data[5 * 12 + 3] = Number.NaN;
    const fitted = fitMethod(broken, { method: variances, bits: 8 }, { engine });
    await expect(fitted).rejects.toThrow(/NaN in row 5, column 3/);
  });
});

describe("the name of a method", () => {
  it("is none of the options of a training, which stand beside it in configs", () => {
    for (const name of Object.keys(TRAINING_OPTIONS).filter(option => /^[a-z-]+$/.test(option))) {
      expect(() => defineMethod({ name, loss: codes => tf.mean(codes) }), name).toThrow(/"name" cannot be this/);
    }
  });
});

describe("loadMethod", () => {
  it("takes a file outside of any package, without imports of ours", async () => {
    const file = join(folder, "mine.js");
    await writeFile(
      file,
      'export default ({ tf, defineMethod }) => defineMethod({ name: "mine", loss: codes => tf.mean(tf.square(codes)) });\n',
    );
    const method = await loadMethod(file);
    const { steps } = await trainHead(data, { ...small, method, epochs: 1 }, { engine });
    expect(steps).toHaveLength(4);
  });
});

describe("a folder of checkpoints", () => {
  it("that held another training gives nothing of it", async () => {
    const settings = { ...small, method: margin, keep: "best" as const, epochs: 4 };
    const whole = await trainHead(data, { ...settings, seed: 1 }, { engine });
    const checkpoints = join(folder, "twice");
    await trainHead(data, { ...settings, seed: 0 }, { engine, checkpoints });
    for (const killedAfter of [1, 2, 3]) {
      const kill = async (epochs: readonly unknown[]): Promise<void> => {
        if (epochs.length === killedAfter) throw new Error("killed");
      };
      const started = trainHead(data, { ...settings, seed: 1 }, { engine, checkpoints, onEpoch: kill });
      await expect(started).rejects.toThrow("killed");
      const resumed = await trainHead(data, { ...settings, seed: 1 }, { engine, checkpoints, resume: true });
      expect(resumed.head).toEqual(whole.head);
    }
  });
});

describe("a checkpoint of another format", () => {
  it("is refused with what to do, and nothing is trained", async () => {
    const checkpoints = join(folder, "old");
    const options = { engine, checkpoints };
    await trainHead(data, { ...small, method: margin, epochs: 1 }, options);
    const file = join(checkpoints, "checkpoint.json");
    const { format: _, ...old } = JSON.parse(await readFile(file, "utf8"));
    const resume = { ...options, resume: true };
    for (const [text, message] of [
      [JSON.stringify(old), /older hashbook.*start anew in another folder/],
      [JSON.stringify({ ...old, format: 9 }), /newer hashbook/],
      ["null", /not the checkpoint of a training.*found null/],
      ["{", /this is no JSON.*the checkpoint of a training/],
    ] as const) {
      await writeFile(file, text);
      await expect(trainHead(data, { ...small, method: margin, epochs: 1 }, resume)).rejects.toThrow(message);
    }
  });
});
