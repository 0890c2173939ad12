// The cases of test/goldens/losses.json as pure tfjs functions, to be run eagerly or compiled.
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../../src/core/arrays.js";
import { ndarray } from "../../src/core/arrays.js";
import { headForward } from "../../src/hashing/head.js";
import { relaxCodes } from "../../src/hashing/relaxed-codes.js";
import { dchLoss } from "../../src/methods/dch.js";
import { hashNetLoss } from "../../src/methods/hashnet.js";
import { labelJaccard, labelSimilarity } from "../../src/methods/similarity.js";

type Tensors = Readonly<Record<string, tf.Tensor>>;
type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** Inputs by name, a pure function of them, and PyTorch's outputs (float64, rounded to float32 in arrays). */
export interface LossCase {
  readonly name: string;
  /** A loss alone: `codes` (batch, bits), `labels` (batch, classes). With a head: see `headCases`. */
  readonly inputs: Arrays;
  /** Scalar `loss` and the gradient by each differentiated input, under that input's name. */
  readonly body: (inputs: Tensors) => Record<string, tf.Tensor>;
  readonly expected: Arrays;
  /** Largest relative error (`relativeError`) that float32 explains. */
  readonly tolerance: number;
}

export type LossName = "hashnet" | "dch";

/** The options as the JSON has them. */
export interface GoldenOptions {
  readonly alpha?: number;
  readonly gamma?: number;
  readonly lambda?: number;
  readonly epsilon?: number;
  readonly weighting?: "class-balanced" | "none";
  readonly pairs?: "distinct" | "all";
  readonly confidence?: "jaccard";
}

interface Goldens {
  readonly cases: {
    readonly name: string;
    readonly batch: number;
    readonly bits: number;
    readonly classes: number;
    readonly codes: number[];
    readonly labels: number[];
    readonly runs: { loss: LossName; options: GoldenOptions; value: number; gradient: number[] }[];
  }[];
  readonly heads: {
    readonly name: string;
    readonly loss: LossName;
    readonly options: GoldenOptions;
    readonly beta: number;
    readonly batch: number;
    readonly inputDim: number;
    readonly hidden: number[];
    readonly bits: number;
    readonly classes: number;
    readonly features: number[];
    readonly labels: number[];
    readonly masks: number[][];
    readonly parameters: Record<string, { shape: number[]; data: number[] }>;
    readonly z: number[];
    readonly value: number;
    readonly gradients: Record<string, number[]>;
  }[];
}

function goldens(): Goldens {
  return JSON.parse(readFileSync(new URL("../goldens/losses.json", import.meta.url), "utf8"));
}

const array = (data: readonly number[], ...shape: number[]): NdArray<Float32Array> =>
  ndarray(Float32Array.from(data), shape);

/** The loss of a case as a pure tfjs function. */
export function goldenLoss(name: LossName, options: GoldenOptions, codes: tf.Tensor2D, labels: tf.Tensor2D): tf.Scalar {
  const { confidence, ...rest } = options;
  const all = confidence === undefined ? rest : { ...rest, confidence: labelJaccard(labels) };
  const similarity = labelSimilarity(labels);
  return name === "hashnet" ? hashNetLoss(codes, similarity, all) : dchLoss(codes, similarity, all);
}

/** Losses of given relaxed codes, with their gradients by the codes. */
export function lossCases(): (LossCase & { readonly loss: LossName; readonly options: GoldenOptions })[] {
  return goldens().cases.flatMap(({ name, batch, bits, classes, codes, labels, runs }) =>
    runs.map(({ loss, options, value, gradient }) => ({
      name: `${loss} ${JSON.stringify(options)}, ${name}`,
      loss,
      options,
      inputs: { codes: array(codes, batch, bits), labels: array(labels, batch, classes) },
      body: inputs => {
        const labelTensor = inputs.labels as tf.Tensor2D;
        const lossOf = (h: tf.Tensor): tf.Scalar => goldenLoss(loss, options, h as tf.Tensor2D, labelTensor);
        const result = tf.valueAndGrad(lossOf)(inputs.codes);
        return { loss: result.value, codes: result.grad };
      },
      expected: { loss: array([value]), codes: array(gradient, batch, bits) },
      // dissimilar pairs at d = 0.02: the gradient goes with 1/d, and d = bits/2·(1 − cos) has lost half its digits
      tolerance: loss === "dch" && name === "dissimilar neighbours" ? 5e-4 : 1e-5,
    })),
  );
}

/**
 * Features → head → tanh(βz) → loss, with the gradients by all parameters. Inputs: `features`, `labels`, `beta`
 * (scalar), `mask.0`… where there is dropout, and the parameters by their names. Also gives `z`.
 */
export function headCases(): LossCase[] {
  return goldens().heads.map(golden => {
    const { name, loss, options, beta, batch, inputDim, hidden, bits, classes, features, labels, masks } = golden;
    const names = Object.keys(golden.parameters);
    const parameters = Object.entries(golden.parameters).map(([key, { shape, data }]) => [key, array(data, ...shape)]);
    const maskArrays = masks.map((mask, i) => [`mask.${i}`, array(mask, batch, hidden[i])]);
    const inputs: Arrays = {
      features: array(features, batch, inputDim),
      labels: array(labels, batch, classes),
      beta: array([beta]),
      ...Object.fromEntries(maskArrays),
      ...Object.fromEntries(parameters),
    };
    const body = (tensors: Tensors): Record<string, tf.Tensor> => {
      const dropoutMasks = masks.map((_, i) => tensors[`mask.${i}`] as tf.Tensor2D);
      const forward = (values: tf.Tensor[]): tf.Tensor2D => {
        const byName = Object.fromEntries(names.map((key, i) => [key, values[i]]));
        return headForward(byName, tensors.features as tf.Tensor2D, { dropoutMasks });
      };
      const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
        const codes = relaxCodes(forward(values), tensors.beta as tf.Scalar);
        return goldenLoss(loss, options, codes, tensors.labels as tf.Tensor2D);
      };
      const values = names.map(key => tensors[key]);
      const { value, grads } = tf.valueAndGrads(lossOf)(values);
      return { loss: value, z: forward(values), ...Object.fromEntries(names.map((key, i) => [key, grads[i]])) };
    };
    const gradients = names.map(key => [key, array(golden.gradients[key], ...golden.parameters[key].shape)]);
    const expected = {
      loss: array([golden.value]),
      z: array(golden.z, batch, bits),
      ...Object.fromEntries(gradients),
    };
    return { name, inputs, body, expected, tolerance: 1e-5 };
  });
}

/** Largest difference of two arrays relative to the largest expected value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let scale = 0;
  let difference = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    const distance = Math.abs(actual[i] - expected[i]);
    difference = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(difference, distance);
  }
  return difference === 0 ? 0 : difference / scale;
}
