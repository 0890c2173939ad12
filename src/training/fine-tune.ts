import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { ResidualStage } from "../backbone/resnet.js";
import { averagePooled } from "../backbone/resnet.js";
import { openEngine } from "../compute/engine.js";
import type { Engine, ProgramDefinition, Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { sizeOf, takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import { headForward, headShapes } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import { batchLoss, lossAndGradients } from "./batch-loss.js";
import { batchesPerEpoch, epochBatches } from "./batches.js";
import type { DenseLabels } from "./dense-labels.js";
import { denseLabels, multiHotMatrix } from "./dense-labels.js";
import { HeadFolder, normalisationProgram, UNFOLDED } from "./folded-head.js";
import type { InitialArrays } from "./method-arrays.js";
import { BESIDE, initialArrays } from "./method-arrays.js";
import type { TrainConfig, TrainSettings } from "./train-config.js";
import { resolveConfig } from "./train-config.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** What fine-tuning starts from. */
export interface FineTuneData {
  /** (n, height·width·channels): the stored outputs of the stage before, `extract --layer layer3`. */
  readonly features: NdArray<Float32Array>;
  /** (height, width, channels) of one of them. */
  readonly shape: readonly [number, number, number];
  /** (n) or multi-hot (n, classes). */
  readonly labels: Labels;
  /** Rows trained on: those of the training that made the head, so that the classes are the same. */
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
  /** Settings of the training that made the head: its method, loss, pairs and batches are used. */
  readonly config: TrainSettings;
}

/** Settings of {@link fineTune}. */
export interface FineTuneOptions {
  /** Default: the best that is there. */
  readonly engine?: Engine;
  /** Passes over the train rows, ≥ 1. Default 5. */
  readonly epochs?: number;
  /** Items a step, ≥ 2; an epoch's last batch is filled up. Default 32. */
  readonly batch?: number;
  /** Learning rate of the head, > 0. Default 1e-3. */
  readonly learningRate?: number;
  /** Learning rate of the stage as a share of the head's, 0..1. Default 0.1, as HashNet and DCH do. */
  readonly stageShare?: number;
  /** Momentum of the gradient descent, 0 ≤ momentum < 1. Default 0.9. */
  readonly momentum?: number;
  /** Seed of the batches. Default 0. */
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
 * Trains the last residual stage together with the head, on stored outputs of the stage before, by the loss, pairs and
 * kind of batches of the training that made the head, at the sharpness β it ended with. Batch norms of the backbone stay
 * folded, so their statistics are frozen; the gradient descent has momentum. The same data, options and engine give
 * bit-equal weights.
 * @throws {InputError} when sizes do not fit or the loss stops being finite
 */
export async function fineTune(
  data: FineTuneData,
  model: FineTuneModel,
  options: FineTuneOptions = {},
): Promise<FineTuned> {
  const { epochs = 5, batch: wanted = 32, learningRate = 1e-3, seed = 0, onProgress } = options;
  checkSizes(data);
  const config = resolveConfig(model.config);
  const { features, train } = data;
  const batch = Math.min(wanted, config.batches.kind === "pairs" ? 2 * train.length : train.length);
  const dense = denseLabels(data.labels, train);
  const beside = besideHead(config, dense, model.head);
  const engine = options.engine ?? (await openEngine());
  const program = await engine.prepare(fineTuningStep({ data, model, config, dense, beside, batch, options }));
  const source = { labels: dense.labels, train, batch };
  const stepsPerEpoch = batchesPerEpoch(source, config.batches);
  const meter = new ProgressMeter("fine-tuning", epochs * stepsPerEpoch, "steps", onProgress);
  const random = new Random(seed);
  const losses: number[] = [];
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = epochBatches(source, config.batches, random.stream(`batches of epoch ${epoch}`));
      for (let i = 0; i < stepsPerEpoch; i++) {
        const rows = order.slice(i * batch, (i + 1) * batch);
        const { labels } = dense;
        const { loss } = await program.run({
          x: takeRows(features, rows).data,
          rows,
          ...(labels instanceof Int32Array ? { labels: rows.map(row => labels[row]) } : {}),
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
    const state = await program.readState();
    return { ...(await tunedModel(engine, state, { model, config, beside })), losses };
  } finally {
    await program.dispose();
  }
}

function checkSizes({ features, shape, labels }: FineTuneData): void {
  const count = labelCount(labels);
  if (features.shape.length === 2 && features.shape[1] === sizeOf(shape) && count === features.shape[0]) return;
  throw new InputError("these outputs of the stage before do not fit", {
    expected: `(n, ${shape.join("·")}) and n labels`,
    actual: `(${features.shape.join(", ")}) and ${count}`,
  });
}

/** What the method has beside the head, as the training left it. */
function besideHead(config: TrainConfig, { classes }: DenseLabels, head: Head): InitialArrays {
  const first = initialArrays(config, { bits: config.bits, classes, inputDim: head.config.inputDim });
  const trainedAs = (arrays: Arrays): Arrays =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => {
        const now = head.beside?.[name];
        if (now?.shape.join() === array.shape.join()) return [name, now];
        throw new InputError(`the model does not hold what ${config.method.name} trains beside the head: ${name}`, {
          expected: `shape (${array.shape.join(", ")}), of the same classes`,
          actual: now === undefined ? "nothing" : `shape (${now.shape.join(", ")})`,
        });
      }),
    );
  return { constants: first.constants, trained: trainedAs(first.trained), running: trainedAs(first.running) };
}

const HEAD = "head.";

interface StepParts {
  readonly data: FineTuneData;
  readonly model: FineTuneModel;
  readonly config: TrainConfig;
  readonly dense: DenseLabels;
  readonly beside: InitialArrays;
  readonly batch: number;
  readonly options: FineTuneOptions;
}

/** The parameters by unique names: the stage's under their own, the head's with a prefix, then what is beside it. */
function trainedArrays({ stage, weights, head }: FineTuneModel, { trained }: InitialArrays): Arrays {
  const ofStage = stage.layers.flatMap(({ conv }) => ["weight", "bias"].map(part => `${conv}.${part}`));
  const ofHead = Object.entries(head.parameters).map(
    ([name, array]) => [`${HEAD}${name}`, head.beside?.[`${UNFOLDED}${name}`] ?? array] as const,
  );
  return { ...Object.fromEntries([...ofStage.map(name => [name, weights[name]] as const), ...ofHead]), ...trained };
}

/**
 * One step as a program. Inputs `x` (batch, height, width, channels), `rows` (batch), `labels` (batch) where they are
 * single, `rate`; output `loss`; state: parameters, their velocities, what a normalisation keeps.
 */
export function fineTuningStep({ data, model, config, dense, beside, batch, options }: StepParts): ProgramDefinition {
  const { stageShare = 0.1, momentum = 0.9 } = options;
  const { stage, head } = model;
  const parameters = trainedArrays(model, beside);
  const names = Object.keys(parameters);
  const ofStage = new Set(stage.layers.flatMap(({ conv }) => [`${conv}.weight`, `${conv}.bias`]));
  const velocities = Object.entries(parameters).map(
    ([name, { data: values, shape }]) =>
      [`${name}/velocity`, { data: new Float32Array(values.length), shape }] as const,
  );
  const { labels, classes } = dense;
  const single = labels instanceof Int32Array;
  const shape = { bits: head.config.bits, inputDim: head.config.inputDim, classes };
  const ints = { shape: [batch], dtype: "int32" } as const;
  return {
    inputs: {
      x: { shape: [batch, ...data.shape], dtype: "float32" },
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
        const pooled = averagePooled(stage.forward(tensors.x as Tensor4D, now)); // (batch, dim)
        const z = headForward(Object.fromEntries(headNow), pooled);
        return batchLoss(config, shape, z, {
          labels: batchLabels,
          rows,
          beta: tf.scalar(head.beta) as Scalar,
          beside: all,
        });
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

/** The model after the last step, a normalisation folded into its head again. */
async function tunedModel(
  engine: Engine,
  state: Arrays,
  { model, config, beside }: Pick<StepParts, "model" | "config" | "beside">,
): Promise<Omit<FineTuned, "losses">> {
  const { weights, head } = model;
  const arrays = Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => !name.endsWith("/velocity"))
      .map(([name, array]) => [name.startsWith(HEAD) ? name.slice(HEAD.length) : name, array]),
  );
  const folding = await HeadFolder.open(engine, normalisationProgram(config, config.bits, beside));
  try {
    const { parameters, beside: left } = await folding.headArrays(arrays, Object.keys(headShapes(head.config)));
    const isBeside = (name: string): boolean =>
      [...Object.values(BESIDE), UNFOLDED].some(prefix => name.startsWith(prefix));
    const kept = Object.entries(left).filter(([name]) => isBeside(name));
    const ofStage = Object.entries(left).filter(([name]) => !isBeside(name));
    return {
      weights: { ...weights, ...Object.fromEntries(ofStage) },
      head: { ...head, parameters, ...(kept.length === 0 ? {} : { beside: Object.fromEntries(kept) }) },
    };
  } finally {
    await folding.dispose();
  }
}
