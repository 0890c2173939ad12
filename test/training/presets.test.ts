import { readFileSync } from "node:fs";
import type { Rank, Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { ProgramDefinition } from "../../src/compute/program.js";
import { batchOf } from "../../src/methods/batch.js";
import { METHODS } from "../../src/methods/known-methods.js";
import { PRESET_NAMES, presetConfig, presetsOf } from "../../src/training/presets.js";
import type { TrainConfig } from "../../src/training/train-config.js";
import { trainConfig } from "../../src/training/train-config.js";
import { trainHead } from "../../src/training/train-head.js";
import { useTestBackend } from "../backbone/wasm.js";
import { relativeError } from "../methods/loss-cases.js";
import { toyData } from "./toy.js";

interface Golden {
  readonly name: string;
  readonly batch: number;
  readonly bits: number;
  readonly classes: number;
  readonly codes: number[];
  readonly labels: number[];
  readonly runs: { preset: string; method: string; value: number; gradient: number[] }[];
}

const goldens: Golden[] = JSON.parse(readFileSync(new URL("../goldens/presets.json", import.meta.url), "utf8")).cases;

/** The loss that a config has of a batch. */
function lossOf(
  { method, options, batches }: TrainConfig,
  codes: Tensor2D,
  labels: Tensor1D | Tensor2D,
  classes: number,
): Scalar {
  const [batch, bits] = codes.shape;
  const rows = tf.zeros<Rank.R1>([batch], "int32");
  const shape = { bits, classes, inputDim: 1, constants: {}, parameters: {} };
  return method.loss(codes, batchOf({ ...shape, labels, z: codes, rows, kind: batches.kind }), options);
}

/** The loss and its gradient by the codes, as a program of `codes` and `labels`. */
function lossProgram(config: TrainConfig, { batch, bits, classes }: Golden): ProgramDefinition {
  return {
    inputs: {
      codes: { shape: [batch, bits], dtype: "float32" },
      labels: { shape: [batch, classes], dtype: "float32" },
    },
    body: t => {
      const { value, grad } = tf.valueAndGrad((h: Tensor) =>
        lossOf(config, h as Tensor2D, t.labels as Tensor2D, classes),
      )(t.codes);
      return { loss: value, gradient: grad };
    },
  };
}

const runs = goldens.flatMap(golden => golden.runs.map(run => ({ golden, ...run, name: golden.name })));

describe("presets", () => {
  it.each(runs)(
    "$preset $method, $name: the code's own formula",
    async ({ golden, preset, method, value, gradient }) => {
      const config = presetConfig(preset, method, golden.bits);
      const program = await onnxEngine("cpu", { threads: 1 }).prepare(lossProgram(config, golden));
      const [codes, labels] = [Float32Array.from(golden.codes), Float32Array.from(golden.labels)];
      const actual = await program.run({ codes, labels });
      await program.dispose();
      expect(relativeError(actual.loss.data, [value])).toBeLessThan(1e-5);
      expect(relativeError(actual.gradient.data, gradient)).toBeLessThan(1e-5);
    },
  );

  it("reproduce every code that is named, each with its source", () => {
    const made = METHODS.filter(({ name }) => ["hashnet", "dch"].includes(name));
    for (const method of made) {
      const golden = runs.filter(run => run.method === method.name).map(({ preset }) => preset);
      expect(new Set(golden)).toEqual(new Set(Object.keys(presetsOf(method))));
    }
    for (const method of METHODS) {
      for (const [name, { source }] of Object.entries(presetsOf(method))) {
        expect(source).toMatch(/\w{4}/);
        if (method.kind === "trained") expect(() => presetConfig(name, method, 32)).not.toThrow();
        expect(PRESET_NAMES).toContain(name);
      }
    }
  });

  it("refuse a method that the code does not have", () => {
    expect(() => presetConfig("official-caffe", "dch", 48)).toThrow(
      /no preset "official-caffe" of dch; expected .*official-tf/,
    );
    expect(() => presetConfig("official-tf", "hashnet", 48)).toThrow(/no preset "official-tf" of hashnet/);
  });

  it("paper is the default", () => {
    for (const method of METHODS.filter(({ kind }) => kind === "trained")) {
      expect(presetConfig("paper", method, 32)).toEqual(trainConfig(method, 32));
    }
  });
});

describe("class numbers", () => {
  beforeAll(() => useTestBackend("cpu"));

  it.each(runs.filter(({ name }) => name === "single-label"))(
    "$preset $method is the same for class numbers as for one-hot labels",
    ({ golden, preset, method, value }) => {
      const config = presetConfig(preset, method, golden.bits);
      const classes = Array.from(
        { length: golden.batch },
        (_, i) => golden.labels.indexOf(1, i * golden.classes) % golden.classes,
      );
      tf.tidy(() => {
        const codes = tf.tensor2d(golden.codes, [golden.batch, golden.bits]);
        const loss = lossOf(config, codes, tf.tensor1d(classes, "int32"), golden.classes);
        expect(relativeError(loss.dataSync(), [value])).toBeLessThan(1e-5);
      });
    },
  );
});

describe("partners", () => {
  it("are refused in batches that have none", async () => {
    const { features, labels } = toyData(1);
    const settings = { method: "dch", bits: 8, epochs: 1, options: { pairs: "partners" } };
    const train = Int32Array.from(labels.keys());
    const engine = onnxEngine("cpu", { threads: 1 });
    await expect(trainHead({ features, labels, train }, settings, { engine })).rejects.toThrow(
      /"pairs" cannot be "partners" here; expected batches of kind "pairs"/,
    );
  });
});
