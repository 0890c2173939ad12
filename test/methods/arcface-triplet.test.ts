import { readFileSync } from "node:fs";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { FloatOrInt } from "../../src/compute/program.js";
import type { NdArray } from "../../src/core/arrays.js";
import type { ArcFaceTripletOptions } from "../../src/methods/arcface-triplet.js";
import { arcfaceTriplet } from "../../src/methods/arcface-triplet.js";
import { NECK } from "../../src/methods/batch-normalisation.js";
import { batchLoss } from "../../src/training/batch-loss.js";
import { resolveConfig } from "../../src/training/train-config.js";
import { useTestBackend } from "../backbone/wasm.js";
import { relativeError } from "./loss-cases.js";
import { float32 } from "./method-cases.js";
import { describeLoss, dot, mean, negativeLogShare } from "./method-suite.js";
import { areSmoothTriplets, naiveTriplets } from "./naive-triplets.js";

const ofTriplets = ({ tripletMargin, distance }: ArcFaceTripletOptions) => ({ margin: tripletMargin, distance });

// Here the neck is left out, so that both losses look at the same vectors; with it, below.
describeLoss(arcfaceTriplet, {
  options: fc.record({
    scale: fc.constantFrom(1, 8),
    margin: fc.constantFrom(0, 0.2),
    tripletMargin: fc.constantFrom(0.3, 2),
    distance: fc.constantFrom("euclidean" as const, "unit" as const),
    weight: fc.constantFrom(0, 0.5, 1),
  }),
  severalClasses: false,
  isSmooth: ({ codes, labels, options }) => areSmoothTriplets(codes, labels, ofTriplets(options)),
  naive({ codes, at, labels, options, arrays: { classifier } }) {
    const { scale, margin, weight } = options;
    const entropy = codes.map((v, i) => {
      const own = labels[i].indexOf(1);
      const cosineOf = (row: readonly number[], c: number): number =>
        dot(row, classifier[c]) / Math.sqrt(dot(row, row) * dot(classifier[c], classifier[c]));
      const hasMargin = cosineOf(at[i], own) >= -Math.cos(margin);
      const logits = classifier.map((_, c) => {
        const cosine = cosineOf(v, c);
        if (c !== own) return scale * cosine;
        const moved = hasMargin ? Math.cos(Math.acos(cosine) + margin) : cosine - margin * Math.sin(margin);
        return scale * moved;
      });
      return negativeLogShare(logits, own);
    });
    return mean(entropy) + weight * naiveTriplets(codes, labels, ofTriplets(options));
  },
});

interface NeckGolden {
  readonly batch: number;
  readonly bits: number;
  readonly classes: number;
  readonly options: ArcFaceTripletOptions;
  readonly z: number[];
  readonly labels: number[];
  readonly classifier: number[];
  readonly tensors: Readonly<Record<"scale" | "mean" | "variance", number[]>>;
  readonly inUse: number[];
  readonly value: number;
  readonly gradients: Readonly<Record<"z" | "scale" | "classifier", number[]>>;
  readonly state: Readonly<Record<"mean" | "variance", number[]>>;
}

const golden: NeckGolden = JSON.parse(
  readFileSync(new URL("../goldens/embeddings.json", import.meta.url), "utf8"),
).neck;

/** A training's loss of one batch, its gradients, the next state, and the neck in use. */
function body(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const { z, scale, classifier, mean: centre, variance, labels } = inputs;
  const { batch, bits, classes, options } = golden;
  const config = resolveConfig({ method: arcfaceTriplet, bits, options: { ...options } });
  const run = (values: readonly Tensor[]) =>
    batchLoss(config, { bits, classes, inputDim: 1 }, values[0] as Tensor2D, {
      labels: labels as Tensor1D,
      rows: tf.range(0, batch, 1, "int32"),
      beta: tf.scalar(1),
      beside: {
        "normalise.scale": values[1],
        "method.classifier": values[2],
        "running.mean": centre,
        "running.variance": variance,
      },
    });
  const { value, grads } = tf.valueAndGrads((...values: Tensor[]): Scalar => run(values).loss)([z, scale, classifier]);
  const { running } = run([z, scale, classifier]);
  return {
    value,
    byZ: grads[0],
    byScale: grads[1],
    byClassifier: grads[2],
    nextMean: running["running.mean"],
    nextVariance: running["running.variance"],
    inUse: NECK.apply(z as Tensor2D, { scale, mean: centre, variance }, false, {}).z,
  };
}

const expected: Readonly<Record<string, readonly number[]>> = {
  value: [golden.value],
  byZ: golden.gradients.z,
  byScale: golden.gradients.scale,
  byClassifier: golden.gradients.classifier,
  nextMean: golden.state.mean,
  nextVariance: golden.state.variance,
  inUse: golden.inUse,
};

function arrays(): Record<string, NdArray<FloatOrInt>> {
  const { batch, bits, classes } = golden;
  const vectors = Object.entries(golden.tensors).map(([name, data]) => [name, float32(data, [bits])] as const);
  return {
    z: float32(golden.z, [batch, bits]),
    classifier: float32(golden.classifier, [classes, bits]),
    labels: { data: Int32Array.from(golden.labels), shape: [batch] },
    ...Object.fromEntries(vectors),
  };
}

function expectGolden(actual: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, values] of Object.entries(expected)) {
    expect(relativeError(actual[name], values), name).toBeLessThan(2e-5);
  }
}

describe("triplets before the neck, ArcFace after it", () => {
  beforeAll(() => useTestBackend("cpu"));

  it("are PyTorch's: value, gradients, running statistics, the neck in use; nothing is left behind", () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tensors = Object.entries(arrays()).map(([name, { data, shape }]) => {
        return [name, tf.tensor(data, [...shape], data instanceof Int32Array ? "int32" : "float32")] as const;
      });
      const results = body(Object.fromEntries(tensors));
      expectGolden(Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.dataSync()])));
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("are so compiled too", async () => {
    const given = Object.entries(arrays());
    const specs = given.map(([name, { data, shape }]) => {
      return [name, { shape, dtype: data instanceof Int32Array ? ("int32" as const) : ("float32" as const) }] as const;
    });
    const program = await onnxEngine("cpu", { threads: 1 }).prepare({ inputs: Object.fromEntries(specs), body });
    const outputs = await program.run(Object.fromEntries(given.map(([name, { data }]) => [name, data])));
    await program.dispose();
    expectGolden(Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data])));
  });
});
