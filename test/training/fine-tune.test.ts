import { describe, expect, it } from "vitest";
import { residualStage } from "../../src/backbone/resnet.js";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import { initHead } from "../../src/hashing/head.js";
import type { FineTuneData, FineTuneModel } from "../../src/training/fine-tune.js";
import { fineTune } from "../../src/training/fine-tune.js";
import { relativeError } from "../methods/loss-cases.js";
import { tinyStage, tinyWeights } from "./tiny-stage.js";

/** Two classes that differ in where in the image their bright channel is. */
function toy(): { data: FineTuneData; model: FineTuneModel } {
  const random = new Random(3);
  const [n, size] = [48, 5 * 5 * 4];
  const features = random.uniforms(n * size, 0, 1);
  const labels = Int32Array.from({ length: n }, (_, row) => row % 2);
  for (let row = 0; row < n; row++) features[row * size + (row % 2 ? 0 : 4 * 12)] += 2;
  const config = { inputDim: 6, hidden: [], bits: 8, dropout: 0 };
  const weights = tinyWeights(random);
  const parameters = initHead(config, random);
  parameters["hash.weight"] = { data: random.normals(48, 0.5), shape: [8, 6] };
  return {
    data: {
      features: { data: features, shape: [n, size] },
      shape: [5, 5, 4],
      labels,
      train: Int32Array.from(labels.keys()),
    },
    model: { stage: tinyStage, weights, head: { config, parameters, beta: 1 }, config: { method: "dch", bits: 8 } },
  };
}

describe("fineTune", () => {
  const engine = onnxEngine("cpu", { threads: 1 });
  const options = { epochs: 3, batch: 16, learningRate: 0.05, stageShare: 0.5 };

  it("lowers the loss, changes stage and head, leaves the rest alone, and repeats to the bit", async () => {
    const { data, model } = toy();
    const run = { ...options, epochs: 12 };
    const one = await fineTune(data, model, { engine, ...run });
    expect(one.losses).toHaveLength(36);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(one.losses.slice(-6))).toBeLessThan(0.8 * mean(one.losses.slice(0, 3)));
    expect(one.weights["a.weight"].data).not.toEqual(model.weights["a.weight"].data);
    expect(one.head.parameters["hash.weight"].data).not.toEqual(model.head.parameters["hash.weight"].data);
    expect(one.weights["stem.weight"]).toBe(model.weights["stem.weight"]);
    expect(await fineTune(data, model, { engine, ...run })).toEqual(one);
  });

  it("does the steps that eager tfjs does", async () => {
    const { data, model } = toy();
    const compiled = await fineTune(data, model, { engine, ...options });
    const eager = await fineTune(data, model, { engine: await eagerEngine("cpu"), ...options });
    expect(relativeError(compiled.losses, eager.losses)).toBeLessThan(1e-4);
    for (const name of ["a.weight", "a.bias", "b.weight", "b.bias"]) {
      expect(relativeError(compiled.weights[name].data, eager.weights[name].data), name).toBeLessThan(1e-3);
    }
  });

  it("compiles the last stage of ResNet-50", async () => {
    const last = residualStage(50, 4);
    expect(last.layers).toHaveLength(10);
    const random = new Random(1);
    const weights = Object.fromEntries(
      last.layers.flatMap(({ conv, shape: [out, ins, k] }) => [
        [
          `${conv}.weight`,
          { data: new Float32Array(k * k * ins * out).fill(1 / (k * k * ins)), shape: [k, k, ins, out] },
        ],
        [`${conv}.bias`, { data: new Float32Array(out), shape: [out] }],
      ]),
    );
    const config = { inputDim: 2048, hidden: [], bits: 4, dropout: 0 };
    const features = { data: random.uniforms(4 * 2 * 2 * 1024), shape: [4, 4096] };
    const data = {
      features,
      shape: [2, 2, 1024] as const,
      labels: Int32Array.of(0, 1, 0, 1),
      train: Int32Array.of(0, 1, 2, 3),
    };
    const head = { config, parameters: initHead(config, random), beta: 1 };
    const { losses } = await fineTune(
      data,
      { stage: last, weights, head, config: { method: "dch", bits: 4 } },
      { engine, epochs: 1, batch: 4 },
    );
    expect(losses.every(Number.isFinite)).toBe(true);
  });

  it("refuses options that it does not have or that are out of bounds", async () => {
    const { data, model } = toy();
    for (const [wrong, message] of [
      [{ stageShare: -1 }, /"stageShare" cannot be this; expected a number of at least 0 and at most 1; found -1/],
      [{ epochs: 0.5 }, /"epochs" cannot be this; expected a whole number of at least 1.*; found 0.5/],
      [{ epoch: 5 }, /no option "epoch"; expected "epochs"\?/],
    ] as const) {
      await expect(fineTune(data, model, { engine, ...wrong })).rejects.toThrow(message);
    }
  });

  it("refuses other classes than the head was trained on, where its method has an array a class", async () => {
    const { data, model } = toy(); // labels 0 and 1
    const tuned = (classes: readonly number[] | undefined, method: string) =>
      fineTune(
        data,
        { ...model, head: { ...model.head, classes }, config: { method, bits: 8 } },
        { ...options, engine },
      );
    expect((await tuned([0, 1], "csq")).losses).toHaveLength(9);
    await expect(tuned([0, 7], "csq")).rejects.toThrow(/other classes.*train rows of the labels 0, 7; found 0, 1/);
    await expect(tuned(undefined, "csq")).rejects.toThrow(/train it again/);
    expect((await tuned([0, 7], "dch")).losses).toHaveLength(9); // pairs know no class numbers
  });

  it("refuses outputs of another size", async () => {
    const { data, model } = toy();
    await expect(fineTune({ ...data, shape: [5, 4, 4] }, model, { engine })).rejects.toThrow(/expected \(n, 5·4·4\)/);
  });
});
