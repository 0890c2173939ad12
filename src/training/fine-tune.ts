import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { ResidualStage } from "../backbone/resnet.js";
import { averagePooled } from "../backbone/resnet.js";
import type { Engine, ProgramDefinition, Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { sizeOf, takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import { headForward } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import { relaxCodes } from "../hashing/relaxed-codes.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** What fine-tuning starts from. */
export interface FineTuneData {
  /** (n, height·width·channels): the stored outputs of the stage before, `extract --layer layer3`. */
  readonly features: NdArray<Float32Array>;
  /** (height, width, channels) of one of them. */
  readonly shape: readonly [number, number, number];
  /** (n) */
  readonly labels: Int32Array;
  /** Rows trained on. */
  readonly train: Int32Array;
}

/** What is trained, as it is before. */
export interface FineTuneModel {
  /** The last stage, `residualStage(50, 4)`. */
  readonly stage: ResidualStage;
  /** Folded weights of the backbone; those of the stage are trained. */
  readonly weights: Backbone["weights"];
  /** A trained head: a new one would pull the stage's weights about before it knows anything. */
  readonly head: Head;
  /** Of relaxed codes (batch, bits) and similarities (batch, batch); for example `dchLoss`. */
  loss(relaxed: tf.Tensor2D, similarity: tf.Tensor2D): tf.Scalar;
}

/** Settings of {@link fineTune}. */
export interface FineTuneOptions {
  /** Passes over the train rows, ≥ 1. Default 5. */
  readonly epochs?: number;
  /** Items a step, ≥ 2; the rest of an epoch that fills no batch is left out. Default 32. */
  readonly batch?: number;
  /** Learning rate of the head, > 0. Default 1e-3. */
  readonly learningRate?: number;
  /** Learning rate of the stage as a share of the head's, 0..1. Default 0.1, as HashNet and DCH do. */
  readonly stageShare?: number;
  /** Momentum of the gradient descent, 0 ≤ momentum < 1. Default 0.9. */
  readonly momentum?: number;
  /** Seed of the shuffles. Default 0. */
  readonly seed?: number;
  readonly onProgress?: ProgressListener;
}

/** The trained weights, in the forms they came in. */
export interface FineTuned {
  /** All weights of the backbone, those of the stage trained: `{ ...backbone, weights }` extracts with them. */
  readonly weights: Backbone["weights"];
  readonly head: Head;
  /** Loss of each step. */
  readonly losses: readonly number[];
}

/**
 * Trains the last residual stage together with the head, on stored outputs of the stage before. Batch norms stay
 * folded, so their statistics are frozen; the gradient descent has momentum. The same data, options and engine give
 * bit-equal weights.
 * @throws {InputError} when sizes do not fit or the loss stops being finite
 */
export async function fineTune(
  engine: Engine,
  data: FineTuneData,
  model: FineTuneModel,
  options: FineTuneOptions = {},
): Promise<FineTuned> {
  const { epochs = 5, batch: wanted = 32, learningRate = 1e-3, seed = 0, onProgress } = options;
  const { features, shape, labels, train } = data;
  if (features.shape.length !== 2 || features.shape[1] !== sizeOf(shape) || labels.length !== features.shape[0]) {
    throw new InputError("these outputs of the stage before do not fit", {
      expected: `(n, ${shape.join("·")}) and n labels`,
      actual: `(${features.shape.join(", ")}) and ${labels.length}`,
    });
  }
  const batch = Math.min(wanted, train.length);
  const stepsPerEpoch = Math.floor(train.length / batch);
  const parameters = trained(model);
  const program = await engine.prepare(fineTuningStep(parameters, data, model, batch, options));
  const meter = new ProgressMeter("fine-tuning", epochs * stepsPerEpoch, "steps", onProgress);
  const random = new Random(seed);
  const losses: number[] = [];
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = random.permutation(train.length);
      for (let i = 0; i < stepsPerEpoch; i++) {
        const rows = order.subarray(i * batch, (i + 1) * batch).map(at => train[at]);
        const { loss } = await program.run({
          x: takeRows(features, rows).data,
          labels: rows.map(row => labels[row]),
          rate: Float32Array.of(learningRate),
        });
        losses.push(loss.data[0]);
        if (!Number.isFinite(loss.data[0])) {
          throw new InputError(`the loss of step ${losses.length} is ${loss.data[0]}`, {
            expected: "a smaller learningRate",
          });
        }
        meter.report(losses.length, `loss ${loss.data[0].toFixed(4)}`);
      }
    }
    return { ...separated(await program.readState(), model), losses };
  } finally {
    await program.dispose();
  }
}

const HEAD = "head.";

/** The parameters by unique names: the stage's under their own, the head's with a prefix. */
function trained({ stage, weights, head }: FineTuneModel): Arrays {
  const ofStage = stage.layers.flatMap(({ conv }) => ["weight", "bias"].map(part => `${conv}.${part}`));
  return Object.fromEntries([
    ...ofStage.map(name => [name, weights[name]] as const),
    ...Object.entries(head.parameters).map(([name, array]) => [`${HEAD}${name}`, array] as const),
  ]);
}

function separated(state: Arrays, { weights, head }: FineTuneModel): Omit<FineTuned, "losses"> {
  const entries = Object.entries(state).filter(([name]) => !name.endsWith("/velocity"));
  const ofHead = entries
    .filter(([name]) => name.startsWith(HEAD))
    .map(([name, array]) => [name.slice(HEAD.length), array]);
  const ofStage = entries.filter(([name]) => !name.startsWith(HEAD));
  return {
    weights: { ...weights, ...Object.fromEntries(ofStage) },
    head: { ...head, parameters: Object.fromEntries(ofHead) },
  };
}

/** Inputs `x`, `labels` (batch), `rate`; output `loss`; state: parameters and their velocities. */
function fineTuningStep(
  parameters: Arrays,
  { shape }: FineTuneData,
  { stage, head, loss }: FineTuneModel,
  batch: number,
  { stageShare = 0.1, momentum = 0.9 }: FineTuneOptions,
): ProgramDefinition {
  const names = Object.keys(parameters);
  const velocities = Object.entries(parameters).map(
    ([name, { data, shape: sides }]) =>
      [`${name}/velocity`, { data: new Float32Array(data.length), shape: sides }] as const,
  );
  return {
    inputs: {
      x: { shape: [batch, ...shape], dtype: "float32" },
      labels: { shape: [batch], dtype: "int32" },
      rate: { shape: [], dtype: "float32" },
    },
    state: { ...parameters, ...Object.fromEntries(velocities) },
    body: tensors => {
      const { labels } = tensors;
      const same = tf.cast(tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0)), "float32") as tf.Tensor2D;
      const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
        const now: Tensors = Object.fromEntries(names.map((name, i) => [name, values[i]]));
        const ofHead = names.filter(name => name.startsWith(HEAD)).map(name => [name.slice(HEAD.length), now[name]]);
        const pooled = averagePooled(stage.forward(tensors.x as tf.Tensor4D, now)); // (batch, dim)
        return loss(relaxCodes(headForward(Object.fromEntries(ofHead), pooled), head.beta), same);
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map(name => tensors[name]));
      const next = names.map((name, i): Tensors => {
        const velocity = tf.add(tf.mul(tensors[`${name}/velocity`], momentum), grads[i]);
        const rate = tf.mul(tensors.rate, name.startsWith(HEAD) ? 1 : stageShare);
        return { [name]: tf.sub(tensors[name], tf.mul(velocity, rate)), [`${name}/velocity`]: velocity };
      });
      return Object.assign({ loss: value }, ...next);
    },
  };
}
