import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { pooledMap } from "../backbone/pooled-map.js";
import type { ResidualStage } from "../backbone/resnet.js";
import type { ProgramDefinition, Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { headForward } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import { batchLoss, lossAndGradients } from "./batch-loss.js";
import type { DenseLabels } from "./dense-labels.js";
import { multiHotMatrix } from "./dense-labels.js";
import { UNFOLDED } from "./folded-head.js";
import type { InitialArrays } from "./method-arrays.js";
import type { TrainConfig } from "./train-config.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** What a fine-tuning step is built from. */
export interface FineTuningStepParts extends DenseLabels {
  readonly stage: ResidualStage;
  /** Folded weights of the backbone. */
  readonly weights: Backbone["weights"];
  readonly head: Head;
  /** (height, width, channels) of an output of the stage before. */
  readonly shape: readonly [number, number, number];
  readonly config: Pick<TrainConfig, "method" | "options" | "batches">;
  /** What the method has beside the head, as the training left it. */
  readonly beside: InitialArrays;
  /** Items a step. */
  readonly batch: number;
  /** Learning rate of the stage as a share of the head's. */
  readonly stageShare: number;
  readonly momentum: number;
}

/** The head's parameters stand under a prefix: a stage may have layers of the same names. */
const HEAD = "head.";

/** The name of an array of the step's state, a parameter of the head under its own. */
export function withoutHeadPrefix(name: string): string {
  return name.startsWith(HEAD) ? name.slice(HEAD.length) : name;
}

/** The parameters by unique names: the stage's under their own, the head's with a prefix, then what is beside it. */
function trainedArrays({ stage, weights, head, beside }: FineTuningStepParts): Arrays {
  const ofStage = namesOf(stage).map(name => [name, weights[name]] as const);
  const ofHead = Object.entries(head.parameters).map(
    ([name, array]) => [`${HEAD}${name}`, head.beside?.[`${UNFOLDED}${name}`] ?? array] as const,
  );
  return { ...Object.fromEntries([...ofStage, ...ofHead]), ...beside.trained };
}

function namesOf({ layers }: ResidualStage): string[] {
  return layers.flatMap(({ conv }) => [`${conv}.weight`, `${conv}.bias`]);
}

/**
 * One step as a program: the stage, its mean over places, the head, the loss of the training that made the head, and
 * gradient descent with momentum. Inputs `x` (batch, height, width, channels), `rows` (batch), `labels` (batch) where
 * they are single, `rate`; output `loss`; state: parameters, their velocities, what a normalisation keeps.
 */
export function fineTuningStep(parts: FineTuningStepParts): ProgramDefinition {
  const { stage, head, config, beside, batch, labels, classes, stageShare, momentum } = parts;
  const parameters = trainedArrays(parts);
  const names = Object.keys(parameters);
  const ofStage = new Set(namesOf(stage));
  const velocities = Object.entries(parameters).map(
    ([name, { data, shape }]) => [`${name}/velocity`, { data: new Float32Array(data.length), shape }] as const,
  );
  const single = labels instanceof Int32Array;
  const shape = { bits: head.config.bits, inputDim: head.config.inputDim, classes };
  const ints = { shape: [batch], dtype: "int32" } as const;
  return {
    inputs: {
      x: { shape: [batch, ...parts.shape], dtype: "float32" },
      rows: ints,
      ...(single ? { labels: ints } : {}),
      rate: { shape: [], dtype: "float32" },
    },
    ...(single ? {} : { resident: { multiHot: multiHotMatrix(labels) } }),
    constants: beside.constants,
    state: { ...parameters, ...Object.fromEntries(velocities), ...beside.running },
    body: tensors => {
      const rows = tensors.rows as Tensor1D;
      const batchLabels = single ? (tensors.labels as Tensor1D) : tf.gather(tensors.multiHot as Tensor2D, rows);
      const { loss, running, gradients } = lossAndGradients(names, tensors, now => {
        const all: Record<string, Tensor> = { ...tensors, ...now };
        const headNow = Object.keys(head.parameters).map(name => [name, all[`${HEAD}${name}`]]);
        const pooled = pooledMap(stage.forward(tensors.x as Tensor4D, now)); // (batch, dim)
        const z = headForward(Object.fromEntries(headNow), pooled);
        const beta = tf.scalar(head.beta);
        return batchLoss(config, shape, z, { labels: batchLabels, rows, beta, beside: all });
      });
      const next = names.map((name): Tensors => {
        const velocity = tf.add(tf.mul(tensors[`${name}/velocity`], momentum), gradients[name]);
        const rate = tf.mul(tensors.rate, ofStage.has(name) ? stageShare : 1);
        return { [name]: tf.sub(tensors[name], tf.mul(velocity, rate)), [`${name}/velocity`]: velocity };
      });
      return Object.assign({ loss }, running, ...next);
    },
  };
}
