// A training and the fine-tuning that goes on from it have one loss: that of the method, whatever it has beside the head.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { pooledMap } from "../../src/backbone/pooled-map.js";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import type { Engine } from "../../src/compute/program.js";
import type { NdArray } from "../../src/core/arrays.js";
import type { Labels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import type { Head } from "../../src/hashing/head-file.js";
import { METHODS } from "../../src/methods/known-methods.js";
import type { TrainedMethod } from "../../src/methods/method.js";
import { epochBatches } from "../../src/training/batches.js";
import { denseLabels } from "../../src/training/dense-labels.js";
import { fineTune } from "../../src/training/fine-tune.js";
import { UNFOLDED } from "../../src/training/folded-head.js";
import { initialArrays } from "../../src/training/method-arrays.js";
import { presetConfig, presetsOf } from "../../src/training/presets.js";
import type { TrainConfig } from "../../src/training/train-config.js";
import { trainHead } from "../../src/training/train-head.js";
import { stepInputs, trainingStep } from "../../src/training/training-step.js";
import { tinyStage, tinyWeights } from "./tiny-stage.js";

const [N, BATCH, BITS, SEED] = [24, 12, 8, 5];
const SHAPE = [5, 5, 4] as const;
const train = Int32Array.from({ length: N }, (_, row) => row);
const inputs: NdArray<Float32Array> = {
  data: new Random(1).uniforms(N * 5 * 5 * 4, 0, 1),
  shape: [N, 5 * 5 * 4],
};
const weights = tinyWeights(new Random(2));

/** Labels of both kinds; class numbers have gaps, as those of a train part do. */
const LABELS: Readonly<Record<string, Labels>> = {
  "single-label": Int32Array.from(train, row => [2, 5, 9][row % 3]),
  "multi-label": multiHotLabels({
    data: Uint8Array.from({ length: N * 3 }, (_, at) => Number(at % 3 === Math.floor(at / 3) % 3 || at % 5 === 0)),
    shape: [N, 3],
  }),
};

/** What the stage makes of its inputs: the features that a head is trained on. */
function pooled(): NdArray<Float32Array> {
  return tf.tidy(() => {
    const tensors = Object.entries(weights).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]);
    const x = tf.tensor4d(inputs.data, [N, ...SHAPE]);
    const features = pooledMap(tinyStage.forward(x, Object.fromEntries(tensors)));
    return { data: features.dataSync() as Float32Array, shape: features.shape };
  });
}

/** The loss of a training step on a batch, from a trained head, at the head's β. */
async function trainingLoss(
  engine: Engine,
  {
    config,
    features,
    labels,
    head,
    rows,
  }: {
    config: TrainConfig;
    features: NdArray<Float32Array>;
    labels: Labels;
    head: Head;
    rows: Int32Array;
  },
): Promise<number> {
  const dense = denseLabels(labels, train);
  const first = initialArrays(config, { ...head.config, classes: dense.classes });
  const beside = head.beside ?? {};
  const asTrained = <T>(arrays: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.keys(arrays).map(name => [name, beside[name]]));
  const step = trainingStep({
    ...dense,
    config,
    features,
    head: head.config,
    batch: rows.length,
    parameters: Object.fromEntries(
      Object.entries(head.parameters).map(([name, array]) => [name, beside[`${UNFOLDED}${name}`] ?? array]),
    ),
    beside: { constants: first.constants, trained: asTrained(first.trained), running: asTrained(first.running) },
  });
  const program = await engine.prepare(step);
  const { loss } = await program.run(
    stepInputs({ ...config, labels: dense.labels }, { step: 0, rows, beta: head.beta, learningRate: 1e-3 }),
  );
  await program.dispose();
  return loss.data[0];
}

/** The first loss of a fine-tuning and that of a training step on the same rows from the same head. */
async function bothLosses(engine: Engine, config: TrainConfig, labels: Labels): Promise<[number, number, Head]> {
  const features = pooled();
  const { head } = await trainHead({ features, labels, train }, config, { engine });
  const { losses } = await fineTune(
    { features: inputs, shape: SHAPE, labels, train },
    { stage: tinyStage, weights, head, config },
    { engine, epochs: 1, batch: BATCH, seed: SEED, learningRate: 1e-6 },
  );
  const source = { labels: denseLabels(labels, train).labels, train, batch: BATCH };
  const rows = epochBatches(source, config.batches, new Random(SEED).stream("batches of epoch 0")).slice(0, BATCH);
  return [losses[0], await trainingLoss(engine, { config, features, labels, head, rows }), head];
}

/** A preset, short and on small batches; without dropout, which fine-tuning does not have. */
function shortened(method: TrainedMethod<unknown>, preset: string): TrainConfig {
  const config = presetConfig(preset, method, BITS);
  return { ...config, hidden: config.hidden.length === 0 ? [] : [10], dropout: 0, batch: BATCH, epochs: 3 };
}

/** These refuse items of several classes. */
const ONE_CLASS = ["greedyhash", "arcface", "arcface-triplet"];

const trained = METHODS.filter(method => method.kind === "trained");
const cases = trained.flatMap(method =>
  Object.keys(presetsOf(method)).flatMap(preset =>
    Object.keys(LABELS)
      .filter(labels => labels === "single-label" || !ONE_CLASS.includes(method.name))
      .map(labels => ({ method, preset, labels, name: method.name })),
  ),
);

describe("a training and its fine-tuning", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await eagerEngine("cpu");
  });

  it.each(cases)("have one loss: $name, $preset, $labels", async ({ method, preset, labels }) => {
    const [tuned, again] = await bothLosses(engine, shortened(method, preset), LABELS[labels]);
    expect(Number.isFinite(again)).toBe(true);
    expect(Math.abs(tuned - again)).toBeLessThan(1e-5 * Math.abs(again));
  });

  it.each(trained.filter(({ name }) => ONE_CLASS.includes(name)))("refuse alike: $name", async method => {
    const config = shortened(method, "paper");
    const features = pooled();
    const { "single-label": single, "multi-label": several } = LABELS;
    const { head } = await trainHead({ features, labels: single, train }, config, { engine });
    const refusal = /one class an item/;
    await expect(trainHead({ features, labels: several, train }, config, { engine })).rejects.toThrow(refusal);
    const data = { features: inputs, shape: SHAPE, labels: several, train };
    const model = { stage: tinyStage, weights, head, config };
    await expect(fineTune(data, model, { engine, batch: BATCH })).rejects.toThrow(refusal);
  });

  it("would not have one with the options of another preset, or at another sharpness", async () => {
    const method = trained.find(({ name }) => name === "hashnet")!;
    const labels = LABELS["single-label"];
    const [tuned, again, head] = await bothLosses(engine, shortened(method, "official-caffe"), labels);
    expect(head.beta).toBeCloseTo(Math.sqrt(51), 6);
    expect(Math.abs(tuned - again)).toBeLessThan(1e-5 * Math.abs(again));
    const features = pooled();
    const rows = train.slice(0, BATCH);
    const config = shortened(method, "official-caffe");
    const of = (other: Partial<TrainConfig>, beta: number): Promise<number> =>
      trainingLoss(engine, { config: { ...config, ...other }, features, labels, head: { ...head, beta }, rows });
    const loss = await of({}, head.beta);
    expect(Math.abs((await of({ options: shortened(method, "paper").options }, head.beta)) - loss)).toBeGreaterThan(
      0.1 * loss,
    );
    expect(Math.abs((await of({}, 1)) - loss)).toBeGreaterThan(1e-3 * loss);
  });
});
