import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { FloatOrInt, ProgramDefinition } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { HeadConfig } from "../hashing/head.js";
import { headForward } from "../hashing/head.js";
import { batchLoss, lossAndGradients } from "./batch-loss.js";
import type { DenseLabels } from "./dense-labels.js";
import { multiHotMatrix } from "./dense-labels.js";
import type { InitialArrays } from "./method-arrays.js";
import { initialMoments, optimizerStep, stepScalars } from "./optimizer.js";
import type { TrainConfig } from "./train-config.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** What a training step is built from. */
export interface TrainingStepParts extends DenseLabels {
  readonly config: TrainConfig;
  readonly head: HeadConfig;
  /** (n, dim), read in place. */
  readonly features: NdArray<Float32Array>;
  /** Items a step. */
  readonly batch: number;
  /** First values of the head's parameters. */
  readonly parameters: Arrays;
  /** What the method has beside the head. */
  readonly beside: InitialArrays;
}

/** Names of the scalar inputs besides β. */
function scalarNames(config: TrainConfig): string[] {
  return Object.keys(stepScalars(1, config.learningRate, config.optimizer));
}

/**
 * One whole training step as a program: gathers the batch, runs the head, the loss, its gradients and the optimiser.
 * Inputs: see {@link stepInputs}. Outputs: `loss`, and `quantisation`, the mean of | |h| − 1 |. State: all that is
 * trained, its moments, and what a normalisation keeps.
 */
export function trainingStep(parts: TrainingStepParts): ProgramDefinition {
  const { config, head, features, labels, classes, batch, parameters, beside } = parts;
  const trained = { ...parameters, ...beside.trained };
  const names = Object.keys(trained);
  const scalar = { shape: [], dtype: "float32" } as const;
  const single = labels instanceof Int32Array;
  const masks = config.dropout > 0 ? head.hidden.map((width, i) => [`dropout.${i}`, width] as const) : [];
  const shape = { bits: head.bits, inputDim: head.inputDim, classes };
  return {
    inputs: {
      rows: { shape: [batch], dtype: "int32" },
      beta: scalar,
      ...Object.fromEntries(scalarNames(config).map(name => [name, scalar])),
      ...(single ? { labels: { shape: [batch], dtype: "int32" } } : {}),
      ...Object.fromEntries(masks.map(([name, width]) => [name, { shape: [batch, width], dtype: "float32" } as const])),
    },
    resident: { features, ...(single ? {} : { multiHot: multiHotMatrix(labels) }) },
    constants: beside.constants,
    state: { ...trained, ...initialMoments(trained, config.optimizer), ...beside.running },
    body: tensors => {
      const rows = tensors.rows as Tensor1D;
      const x = tf.gather(tensors.features as Tensor2D, rows); // (batch, dim)
      const batchLabels = single ? (tensors.labels as Tensor1D) : tf.gather(tensors.multiHot as Tensor2D, rows);
      const dropoutMasks = masks.map(([name]) => tensors[name] as Tensor2D);
      const { loss, codes, running, gradients } = lossAndGradients(names, tensors, now => {
        const z = headForward(now, x, { dropoutMasks }); // (batch, bits)
        const all: Record<string, Tensor> = { ...tensors, ...now };
        return batchLoss(config, shape, z, { labels: batchLabels, rows, beta: tensors.beta as Scalar, beside: all });
      });
      const quantisation = tf.mean(tf.abs(tf.sub(tf.abs(codes), 1)));
      const next = names.map(name => optimizerStep(name, tensors, gradients[name], tensors, config.optimizer));
      return Object.assign({ loss, quantisation }, running, ...next);
    },
  };
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
  { optimizer, labels }: Pick<TrainConfig, "optimizer"> & Pick<DenseLabels, "labels">,
  { step, rows, beta, learningRate, dropoutMasks = [] }: StepValues,
): Record<string, FloatOrInt> {
  const inputs: Record<string, FloatOrInt> = { rows, beta: Float32Array.of(beta) };
  for (const [name, value] of Object.entries(stepScalars(step + 1, learningRate, optimizer))) {
    inputs[name] = Float32Array.of(value);
  }
  if (labels instanceof Int32Array) inputs.labels = rows.map(row => labels[row]);
  dropoutMasks.forEach(({ data }, layer) => {
    inputs[`dropout.${layer}`] = data;
  });
  return inputs;
}
