import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { ndarray } from "../../src/core/arrays.js";
import { checkedOptions } from "../../src/core/options.js";
import type { OptimizerOptions } from "../../src/training/optimizer.js";
import { initialMoments, OPTIMIZER_OPTIONS, optimizerStep, stepScalars } from "../../src/training/optimizer.js";

/** Options with the defaults of the rest. */
const optimizer = (options: Partial<OptimizerOptions>): OptimizerOptions =>
  checkedOptions<OptimizerOptions>(OPTIMIZER_OPTIONS, options);

type Values = Record<string, number[]>;
interface Goldens {
  readonly start: Values;
  readonly shapes: Values;
  readonly gradients: Values[];
  readonly cases: {
    readonly options: Partial<OptimizerOptions>;
    readonly learningRate: number;
    readonly after: { step: number; parameters: Values }[];
  }[];
}

const goldens: Goldens = JSON.parse(readFileSync(new URL("../goldens/optimizers.json", import.meta.url), "utf8"));

function arraysOf(values: Values): Record<string, NdArray<Float32Array>> {
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([name, data]) => [name, ndarray(Float32Array.from(data), goldens.shapes[name])]),
  );
}

describe("optimizerStep", () => {
  it.each(goldens.cases)("follows PyTorch: $options", async ({ options: given, learningRate, after }) => {
    const options = optimizer(given);
    const parameters = arraysOf(goldens.start);
    const names = Object.keys(parameters);
    const scalars = Object.keys(stepScalars(1, learningRate, options));
    const program = await onnxEngine("cpu", { threads: 1 }).prepare({
      inputs: {
        ...Object.fromEntries(
          names.map(name => [`d.${name}`, { shape: goldens.shapes[name], dtype: "float32" as const }]),
        ),
        ...Object.fromEntries(scalars.map(name => [name, { shape: [], dtype: "float32" as const }])),
      },
      state: { ...parameters, ...initialMoments(parameters, options) },
      body: t => Object.assign({}, ...names.map(name => optimizerStep(name, t, t[`d.${name}`], t, options))),
    });
    for (const [i, gradients] of goldens.gradients.entries()) {
      const inputs = Object.entries(arraysOf(gradients)).map(([name, { data }]) => [`d.${name}`, data]);
      const values = Object.entries(stepScalars(i + 1, learningRate, options));
      const fed = values.map(([name, value]) => [name, Float32Array.of(value)]);
      await program.run({ ...Object.fromEntries(inputs), ...Object.fromEntries(fed) });
      const expected = after.find(({ step }) => step === i + 1);
      if (expected === undefined) continue;
      const state = await program.readState();
      for (const name of names) {
        state[name].data.forEach((value, k) => {
          expect(Math.abs(value - expected.parameters[name][k]), `${name}, step ${i + 1}`).toBeLessThan(1e-5);
        });
      }
    }
    await program.dispose();
  });

  it("keeps no moments that it does not need", () => {
    const parameters = arraysOf({ "hash.bias": goldens.start["hash.bias"] });
    expect(initialMoments(parameters, optimizer({ kind: "sgd" }))).toEqual({});
    expect(Object.keys(initialMoments(parameters, optimizer({ kind: "sgd", momentum: 0.9 })))).toEqual([
      "hash.bias/velocity",
    ]);
    expect(Object.keys(initialMoments(parameters, optimizer({ kind: "adam" })))).toEqual([
      "hash.bias/mean",
      "hash.bias/square",
    ]);
  });

  it("refuses what is out of bounds", () => {
    for (const wrong of [{ momentum: 1 }, { beta1: -0.1 }, { weightDecay: Number.NaN }, { hashFactor: 0 }]) {
      expect(() => optimizer({ kind: "sgd", ...wrong })).toThrow(/cannot be this/);
    }
    expect(() => optimizer({ kind: "lion" as "sgd" })).toThrow(
      /one of "adam", "adamw", "sgd", "rmsprop"; found "lion"/,
    );
  });
});
