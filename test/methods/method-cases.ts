// The cases of test/goldens/methods.json and embeddings.json as pure tfjs functions, to be run eagerly or compiled.
import { readFileSync } from "node:fs";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { FloatOrInt } from "../../src/compute/program.js";
import type { NdArray } from "../../src/core/arrays.js";
import { ndarray } from "../../src/core/arrays.js";
import { batchOf } from "../../src/methods/batch.js";
import type { TrainedMethod } from "../../src/methods/method.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;
type Tensors = Readonly<Record<string, Tensor>>;

/** A loss on one batch. */
export interface MethodCase<Options> {
  readonly bits: number;
  readonly classes: number;
  readonly options: Options;
  /** One-hot or multi-hot, (batch, classes). */
  readonly labels: readonly (readonly number[])[];
  /** (batch, bits) */
  readonly codes: NdArray<Float32Array>;
  readonly constants: Arrays;
  readonly parameters: Arrays;
}

/** {@link MethodCase} with what the peer's code gave. */
export interface MethodGolden<Options> extends MethodCase<Options> {
  readonly name: string;
  readonly value: number;
  /** By `codes` and by the names of the parameters. */
  readonly gradients: Arrays;
}

interface StoredArray {
  readonly shape: number[];
  readonly data: number[];
}

interface StoredCase {
  readonly method: string;
  readonly name: string;
  readonly options: Record<string, unknown>;
  readonly batch: number;
  readonly bits: number;
  readonly classes: number;
  readonly codes: number[];
  readonly labels: number[][];
  readonly constants?: Record<string, StoredArray>;
  readonly parameters?: Record<string, StoredArray>;
  readonly value: number;
  readonly gradients: Record<string, number[]>;
}

/** What the peers' code gave for a method. */
export function methodGoldens<Options>(method: string): MethodGolden<Options>[] {
  return ["methods.json", "embeddings.json"]
    .flatMap(file => storedCases(new URL(`../goldens/${file}`, import.meta.url)))
    .filter(stored => stored.method === method)
    .map(({ batch, bits, codes, gradients, constants = {}, parameters = {}, options, ...rest }) => ({
      ...rest,
      bits,
      options: options as Options,
      codes: float32(codes, [batch, bits]),
      constants: mapped(constants, ({ data, shape }) => float32(data, shape)),
      parameters: mapped(parameters, ({ data, shape }) => float32(data, shape)),
      gradients: mapped(gradients, (data, name) =>
        float32(data, name === "codes" ? [batch, bits] : parameters[name].shape),
      ),
    }));
}

function storedCases(file: URL): readonly StoredCase[] {
  return (JSON.parse(readFileSync(file, "utf8")) as { cases: StoredCase[] }).cases;
}

export function float32(data: readonly number[], shape: readonly number[]): NdArray<Float32Array> {
  return ndarray(Float32Array.from(data), shape);
}

function mapped<A, B>(record: Readonly<Record<string, A>>, of: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value, name)]));
}

/** Class numbers where every item has one class, else the multi-hot rows. */
export function labelArray(labels: readonly (readonly number[])[]): NdArray<FloatOrInt> {
  const single = labels.every(row => row.reduce((sum, one) => sum + one, 0) === 1);
  if (single) return { data: Int32Array.from(labels, row => row.indexOf(1)), shape: [labels.length] };
  return { data: Float32Array.from(labels.flat()), shape: [labels.length, labels[0].length] };
}

/** Inputs by name, and a pure function of them that gives `loss` and the gradients by `codes` and each parameter. */
export function caseProgram<Options>(
  method: TrainedMethod<Options>,
  { bits, classes, options, labels, codes, constants, parameters }: MethodCase<Options>,
): { inputs: Record<string, NdArray<FloatOrInt>>; body: (inputs: Tensors) => Record<string, Tensor> } {
  const names = ["codes", ...Object.keys(parameters)];
  const body = (inputs: Tensors): Record<string, Tensor> => {
    const lossOf = (...values: Tensor[]): tf.Scalar => {
      const byName = Object.fromEntries(names.map((name, i) => [name, values[i]]));
      const batch = batchOf({
        labels: inputs.labels as Tensor1D | Tensor2D,
        bits,
        classes,
        inputDim: 1,
        z: byName.codes as tf.Tensor2D,
        rows: tf.tensor1d(Int32Array.from(labels.keys()), "int32"),
        constants: Object.fromEntries(Object.keys(constants).map(name => [name, inputs[name]])),
        parameters: byName,
      });
      return method.loss(byName.codes as tf.Tensor2D, batch, options);
    };
    const { value, grads } = tf.valueAndGrads(lossOf)(names.map(name => inputs[name]));
    return { loss: value, ...Object.fromEntries(names.map((name, i) => [`by.${name}`, grads[i]])) };
  };
  return { inputs: { codes, labels: labelArray(labels), ...constants, ...parameters }, body };
}

/** Runs a case eagerly on tfjs' current backend; nothing is left behind. */
export function lossAndGradients<Options>(
  method: TrainedMethod<Options>,
  example: MethodCase<Options>,
): Record<string, Float32Array> {
  const { inputs, body } = caseProgram(method, example);
  const results: Record<string, Float32Array> = {};
  tf.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        tf.tensor(data, [...shape], data instanceof Int32Array ? "int32" : "float32"),
      ]),
    );
    for (const [name, tensor] of Object.entries(body(tensors))) results[name] = tensor.dataSync() as Float32Array;
  });
  return results;
}
