import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { batchOf } from "../../src/methods/batch.js";
import { BATCH_NORMALISATION } from "../../src/methods/batch-normalisation.js";
import { orthohash } from "../../src/methods/orthohash.js";
import { useTestBackend } from "../backbone/wasm.js";
import { relativeError } from "./loss-cases.js";
import { float32, labelArray } from "./method-cases.js";

interface Normalised {
  readonly batch: number;
  readonly bits: number;
  readonly classes: number;
  readonly options: { scale: number; margin: number };
  readonly z: number[];
  readonly labels: number[][];
  readonly centres: number[];
  readonly tensors: Record<"scale" | "shift" | "mean" | "variance", number[]>;
  readonly inUse: number[];
  readonly training: number[];
  readonly value: number;
  readonly gradients: Record<"z" | "scale" | "shift", number[]>;
  readonly state: Record<"mean" | "variance", number[]>;
}

const golden: Normalised = JSON.parse(
  readFileSync(new URL("../goldens/methods.json", import.meta.url), "utf8"),
).normalised;
const { batch, bits, classes } = golden;

/** OrthoHash's hash layer and loss on one batch: all that PyTorch gave, by the names of the expected values. */
function body(inputs: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
  const { z, labels, centres, scale, shift, mean, variance } = inputs;
  const options = { ...golden.options, centres: "bernoulli" as const };
  const normalised = (training: boolean, zs = z, s = scale, t = shift): { z: tf.Tensor2D; state: object } =>
    BATCH_NORMALISATION.apply(zs as tf.Tensor2D, { scale: s, shift: t, mean, variance }, training, options);
  const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
    const codes = normalised(true, ...(values as [tf.Tensor, tf.Tensor, tf.Tensor])).z;
    const rows = tf.tensor1d(
      Int32Array.from({ length: batch }, (_, row) => row),
      "int32",
    );
    const sizes = { bits, classes, inputDim: 1 };
    const told = batchOf({
      ...sizes,
      labels: labels as tf.Tensor1D,
      z: values[0] as tf.Tensor2D,
      rows,
      constants: { centres },
      parameters: {},
    });
    return orthohash.loss(codes, told, options);
  };
  const { value, grads } = tf.valueAndGrads(lossOf)([z, scale, shift]);
  const next = normalised(true).state as Record<string, tf.Tensor>;
  return {
    inUse: normalised(false).z,
    training: normalised(true).z,
    value,
    byZ: grads[0],
    byScale: grads[1],
    byShift: grads[2],
    nextMean: next.mean,
    nextVariance: next.variance,
  };
}

const expected: Readonly<Record<string, number[]>> = {
  inUse: golden.inUse,
  training: golden.training,
  value: [golden.value],
  byZ: golden.gradients.z,
  byScale: golden.gradients.scale,
  byShift: golden.gradients.shift,
  nextMean: golden.state.mean,
  nextVariance: golden.state.variance,
};

function inputArrays(): Record<string, ReturnType<typeof labelArray>> {
  const vectors = Object.entries(golden.tensors).map(([name, data]) => [name, float32(data, [bits])] as const);
  return {
    z: float32(golden.z, [batch, bits]),
    labels: labelArray(golden.labels),
    centres: float32(golden.centres, [classes, bits]),
    ...Object.fromEntries(vectors),
  };
}

function expectGolden(actual: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, values] of Object.entries(expected)) {
    expect(relativeError(actual[name], values), name).toBeLessThan(1e-5);
  }
}

describe("batch normalisation with OrthoHash's loss", () => {
  beforeAll(() => useTestBackend("cpu"));

  it("is the peer's layer: outputs, gradients, running statistics; nothing is left behind", () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tensors = Object.entries(inputArrays()).map(([name, { data, shape }]) => {
        return [name, tf.tensor(data, [...shape], data instanceof Int32Array ? "int32" : "float32")] as const;
      });
      const results = body(Object.fromEntries(tensors));
      expectGolden(Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.dataSync()])));
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is so compiled too", async () => {
    const arrays = Object.entries(inputArrays());
    const specs = arrays.map(([name, { data, shape }]) => {
      return [name, { shape, dtype: data instanceof Int32Array ? ("int32" as const) : ("float32" as const) }] as const;
    });
    const program = await onnxEngine("cpu", { threads: 1 }).prepare({ inputs: Object.fromEntries(specs), body });
    const outputs = await program.run(Object.fromEntries(arrays.map(([name, { data }]) => [name, data])));
    await program.dispose();
    expectGolden(Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data])));
  });

  it("starts as the identity in use", () => {
    const shape = { bits, classes, inputDim: 1 };
    const arrays = { ...BATCH_NORMALISATION.parameters!(shape, {}), ...BATCH_NORMALISATION.state(shape, {}) };
    tf.tidy(() => {
      const tensors = Object.entries(arrays).map(([name, { data }]) => [name, tf.tensor1d(data)] as const);
      const z = tf.tensor2d(golden.z, [batch, bits]);
      const inUse = BATCH_NORMALISATION.apply(z, Object.fromEntries(tensors), false, {}).z;
      expect(relativeError(inUse.dataSync(), golden.z)).toBeLessThan(1e-5);
    });
  });
});
