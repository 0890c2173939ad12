import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { FloatOrInt, ProgramDefinition, Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { Labels } from "../core/labels.js";
import type { HeadConfig } from "../hashing/head.js";
import { headForward } from "../hashing/head.js";
import { relaxCodes } from "../hashing/relaxed-codes.js";
import { batchLoss } from "./batch-loss.js";
import { initialMoments, optimizerStep, stepScalars } from "./optimizer.js";
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
  /** Parameters and moments to go on from, by name. Default: `parameters`, and moments of zero. */
  readonly state?: Readonly<Record<string, NdArray<Float32Array>>>;
}

/** Names of the scalar inputs besides β. */
function scalarNames(config: TrainConfig): string[] {
  return Object.keys(stepScalars(1, config.learningRate, config.optimizer));
}

/**
 * One whole training step as a program: gathers the batch, runs the head, the loss, its gradients and the optimiser.
 * Inputs: see {@link stepInputs}. Outputs: `loss`, and `quantisation`, the mean of | |h| − 1 |. State: parameters and
 * moments.
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
      ...Object.fromEntries(scalarNames(config).map(name => [name, scalar])),
      ...(single ? { labels: { shape: [batch], dtype: "int32" } } : {}),
      ...Object.fromEntries(masks.map(([name, width]) => [name, { shape: [batch, width], dtype: "float32" } as const])),
    },
    resident: { features, ...(single ? {} : { multiHot: multiHotMatrix(labels) }) },
    state: parts.state ?? { ...parameters, ...initialMoments(parameters, config.optimizer) },
    body: tensors => {
      const x = tf.gather(tensors.features as Tensor2D, tensors.rows as Tensor1D); // (batch, dim)
      const batchLabels = single
        ? (tensors.labels as Tensor1D)
        : tf.gather(tensors.multiHot as Tensor2D, tensors.rows as Tensor1D);
      const dropoutMasks = masks.map(([name]) => tensors[name] as Tensor2D);
      const relaxed = (weights: Tensors): Tensor2D =>
        relaxCodes(headForward(weights, x, { dropoutMasks }), tensors.beta as Scalar); // (batch, bits)
      let h: Tensor2D | undefined; // kept beyond the tidy of valueAndGrads, for the second output
      const lossOf = (...weights: Tensor[]): Scalar => {
        h = tf.keep(relaxed(named(names, weights)));
        return batchLoss(config, h, batchLabels);
      };
      try {
        const { value, grads } = tf.valueAndGrads(lossOf)(names.map(name => tensors[name]));
        const quantisation = tf.mean(tf.abs(tf.sub(tf.abs(h!), 1)));
        const next = names.map((name, i) => optimizerStep(name, tensors, grads[i], tensors, config.optimizer));
        return Object.assign({ loss: value, quantisation }, ...next);
      } finally {
        h?.dispose();
      }
    },
  };
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

/** What changes from step to step. */
export interface StepValues {
  /** From 0. */
  readonly step: number;
  /** Rows of the batch. */
  readonly rows: Int32Array;
  readonly beta: number;
  readonly learningRate: number;
  /** One (batch, hidden[i]) mask a hidden layer, where there is dropout. */
  readonly dropoutMasks?: readonly NdArray<Float32Array>[];
}

/** The inputs of one step for a program made of {@link trainingStep}. */
export function stepInputs(
  { config, labels }: Pick<TrainingStepParts, "config" | "labels">,
  { step, rows, beta, learningRate, dropoutMasks = [] }: StepValues,
): Record<string, FloatOrInt> {
  const inputs: Record<string, FloatOrInt> = { rows, beta: Float32Array.of(beta) };
  for (const [name, value] of Object.entries(stepScalars(step + 1, learningRate, config.optimizer))) {
    inputs[name] = Float32Array.of(value);
  }
  if (labels instanceof Int32Array) inputs.labels = rows.map(row => labels[row]);
  dropoutMasks.forEach(({ data }, layer) => {
    inputs[`dropout.${layer}`] = data;
  });
  return inputs;
}
