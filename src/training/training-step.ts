import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { FloatOrInt, ProgramDefinition, Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { HeadConfig } from "../hashing/head.js";
import { headForward } from "../hashing/head.js";
import { dchLoss } from "../hashing/losses/dch.js";
import { hashNetLoss } from "../hashing/losses/hashnet.js";
import { relaxCodes } from "../hashing/relaxed-codes.js";
import { labelSimilarity } from "../hashing/similarity.js";
import type { Labels } from "../ranking/labels.js";
import { adamMoments, adamStep } from "./adam.js";
import type { TrainConfig } from "./train-config.js";

/** What a training step is built from. */
export interface TrainingStepParts {
  readonly config: TrainConfig;
  readonly head: HeadConfig;
  /** (n, dim), read in place. */
  readonly features: NdArray<Float32Array>;
  /** (n) or multi-hot (n, classes). */
  readonly labels: Labels;
  /** Items a step. */
  readonly batch: number;
  readonly parameters: Readonly<Record<string, NdArray<Float32Array>>>;
}

/**
 * One whole training step as a program: gathers the batch, runs the head, the loss, its gradients and Adam.
 * Inputs: `rows` (batch), `beta`, `stepSize`, `correction` (scalars), `labels` (batch) for single labels, `dropout.<i>`
 * masks. Outputs: `loss`, and `quantisation`, the mean of | |h| − 1 |. State: parameters and moments.
 */
export function trainingStep(parts: TrainingStepParts): ProgramDefinition {
  const { config, head, features, labels, batch, parameters } = parts;
  const names = Object.keys(parameters);
  const scalar = { shape: [], dtype: "float32" } as const;
  const single = labels instanceof Int32Array;
  const masks = config.dropout > 0 ? head.hidden.map((width, i) => [`dropout.${i}`, width] as const) : [];
  return {
    inputs: {
      rows: { shape: [batch], dtype: "int32" },
      beta: scalar,
      stepSize: scalar,
      correction: scalar,
      ...(single ? { labels: { shape: [batch], dtype: "int32" } } : {}),
      ...Object.fromEntries(masks.map(([name, width]) => [name, { shape: [batch, width], dtype: "float32" } as const])),
    },
    resident: { features, ...(single ? {} : { multiHot: multiHotMatrix(labels) }) },
    state: { ...parameters, ...adamMoments(parameters) },
    body: tensors => {
      const x = tf.gather(tensors.features as Tensor2D, tensors.rows as Tensor1D); // (batch, dim)
      const similarity = single
        ? sameLabel(tensors.labels as Tensor1D)
        : labelSimilarity(tf.gather(tensors.multiHot as Tensor2D, tensors.rows as Tensor1D));
      const dropoutMasks = masks.map(([name]) => tensors[name] as Tensor2D);
      const relaxed = (weights: Tensors): Tensor2D =>
        relaxCodes(headForward(weights, x, { dropoutMasks }), tensors.beta as Scalar); // (batch, bits)
      let h: Tensor2D | undefined; // kept beyond the tidy of valueAndGrads, for the second output
      const lossOf = (...weights: Tensor[]): Scalar => {
        h = tf.keep(relaxed(named(names, weights)));
        return methodLoss(config, h, similarity);
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map(name => tensors[name]));
      const quantisation = tf.mean(tf.abs(tf.sub(tf.abs(h!), 1)));
      h!.dispose();
      const schedule = { stepSize: tensors.stepSize, correction: tensors.correction };
      const next = names.map((name, i) => adamStep(name, tensors, grads[i], schedule, config.adam));
      return Object.assign({ loss: value, quantisation }, ...next);
    },
  };
}

function methodLoss(config: TrainConfig, relaxed: Tensor2D, similarity: Tensor2D): Scalar {
  return config.method === "hashnet"
    ? hashNetLoss(relaxed, similarity, config.hashnet)
    : dchLoss(relaxed, similarity, config.dch);
}

/** (batch, batch), 1 where two items have the same class. */
function sameLabel(labels: Tensor1D): Tensor2D {
  return tf.cast(tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0)), "float32") as Tensor2D;
}

function named(names: readonly string[], tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
}

function multiHotMatrix(labels: Exclude<Labels, Int32Array>): NdArray<Float32Array> {
  const { words, count, classes, wordsPerItem } = labels;
  const data = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < classes; c++) {
      data[row * classes + c] = (words[row * wordsPerItem + (c >>> 5)] >>> (c & 31)) & 1;
    }
  }
  return { data, shape: [count, classes] };
}

/** The values of one step for a program made of {@link trainingStep}. */
export type StepInputs = Record<string, FloatOrInt>;
