import type { Backbone } from "../backbone/backbone.js";
import type { ResidualStage } from "../backbone/resnet.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { sizeOf, takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import type { OptionsSchema } from "../core/options.js";
import { checkedOptions } from "../core/options.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import { shownNumber } from "../core/shown-number.js";
import { labelledRows } from "../core/unlabelled.js";
import { headShapes } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import { batchesPerEpoch, batchSize, epochBatches } from "./batches.js";
import { checkClasses } from "./check-classes.js";
import type { DenseLabels } from "./dense-labels.js";
import { denseLabels } from "./dense-labels.js";
import { fineTuningStep, withoutHeadPrefix } from "./fine-tuning-step.js";
import { HeadFolder, normalisationProgram, UNFOLDED } from "./folded-head.js";
import type { InitialArrays } from "./method-arrays.js";
import { BESIDE, initialArrays } from "./method-arrays.js";
import type { TrainConfig, TrainSettings } from "./train-config.js";
import { resolveConfig, TRAINING_OPTIONS } from "./train-config.js";

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

/** What shapes a fine-tuning beside the training before it. */
export interface FineTuningOptions {
  /** Passes over the rows, 1 or more. Default 5. */
  readonly epochs: number;
  /** Items a step, 2 or more. Default 32. */
  readonly batch: number;
  /** Of the head, above 0. Default 0.001. */
  readonly learningRate: number;
  /** Learning rate of the stage as a share of the head's, 0..1. Default 0.1. */
  readonly stageShare: number;
  /** Of the gradient descent, 0 or more, below 1. Default 0.9. */
  readonly momentum: number;
  /** Of the batches, a whole number. Default 0. */
  readonly seed: number;
}

/** Settings of {@link fineTune}. */
export interface FineTuneOptions extends Partial<FineTuningOptions>, Abortable {
  /** Default: the best that is there. */
  readonly engine?: Engine;
  readonly onProgress?: ProgressListener;
}

export const FINE_TUNING_OPTIONS: OptionsSchema<FineTuningOptions> = {
  epochs: { ...TRAINING_OPTIONS.epochs, default: 5 },
  batch: { ...TRAINING_OPTIONS.batch, default: 32 },
  learningRate: { type: "number", exclusiveMinimum: 0, default: 1e-3, description: "of the head" },
  stageShare: {
    type: "number",
    minimum: 0,
    maximum: 1,
    default: 0.1,
    description: "learning rate of the stage as a share of the head's; 0.1 as HashNet and DCH do",
  },
  momentum: {
    type: "number",
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0.9,
    description: "of the gradient descent",
  },
  seed: { ...TRAINING_OPTIONS.seed, description: "of the batches" },
};

/** The trained weights, in the forms they came in. */
export interface FineTuned {
  /** All weights of the backbone, those of the stage trained: `{ ...backbone, weights }` extracts with them. */
  readonly weights: Backbone["weights"];
  readonly head: Head;
  /** Train rows of unknown class: left out, or trained on as in the training before. */
  readonly unlabelled: number;
  /** Loss of each step. */
  readonly losses: readonly number[];
}

/**
 * Trains the last residual stage together with the head, on stored outputs of the stage before, by the loss, pairs and
 * kind of batches of the training that made the head, at the sharpness β it ended with. Batch norms of the backbone
 * stay folded, so their statistics are frozen; the gradient descent has momentum. The same data, options and engine
 * give bit-equal weights.
 * @param all outputs of the stage before, their shape, labels, and the rows to train on
 * @param model the stage, the backbone's weights, the head, and the config it was trained by
 * @param options epochs, rates, engine
 * @throws {InputError} when sizes do not fit, an option is unknown or out of bounds, or the loss stops being finite
 */
export async function fineTune(
  all: FineTuneData,
  model: FineTuneModel,
  { engine: asked, onProgress, signal, ...given }: FineTuneOptions = {},
): Promise<FineTuned> {
  const options = checkedOptions<FineTuningOptions>(FINE_TUNING_OPTIONS, given);
  const { epochs, learningRate, seed } = options;
  checkSizes(all);
  const config = resolveConfig(model.config);
  const data = config.unlabelled === "drop" ? { ...all, train: labelledRows(all.labels, all.train) } : all;
  checkClasses(data, config.method);
  const { features, train } = data;
  const batch = batchSize(options.batch, train.length, config.batches);
  const dense = denseLabels(data.labels, train);
  const beside = besideHead(config, dense, model.head);
  const engine = asked ?? (await openEngine());
  const { shape } = data;
  const program = await engine.prepare(
    fineTuningStep({ ...model, ...dense, ...options, shape, config, beside, batch }),
  );
  const source = { labels: dense.labels, train, batch };
  const stepsPerEpoch = batchesPerEpoch(source, config.batches);
  const meter = new ProgressMeter("fine-tuning", epochs * stepsPerEpoch, "steps", onProgress);
  const random = new Random(seed);
  const losses: number[] = [];
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = epochBatches(source, config.batches, random.stream(`batches of epoch ${epoch}`));
      for (let i = 0; i < stepsPerEpoch; i++) {
        checkAborted(signal);
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
        meter.report(losses.length, `loss ${shownNumber(loss.data[0], 4)}`);
      }
    }
    const state = await program.readState();
    const unlabelled = all.train.length - labelledRows(all.labels, all.train).length;
    return { ...(await tunedModel(state, { model, config, beside, engine })), losses, unlabelled };
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
function besideHead(config: TrainConfig, { classes, numbered }: DenseLabels, head: Head): InitialArrays {
  const perClass = config.method.constants !== undefined || config.method.parameters !== undefined;
  if (perClass && numbered !== undefined && head.classes?.join() !== numbered.join()) {
    throw new InputError(`${config.method.name} was trained on other classes, by which its arrays are numbered`, {
      expected: `train rows of the labels ${head.classes?.join(", ") ?? "that the model does not name: train it again"}`,
      actual: numbered.join(", "),
    });
  }
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

/** The model after the last step, a normalisation folded into its head again. */
async function tunedModel(
  state: Arrays,
  {
    model,
    config,
    beside,
    engine,
  }: { model: FineTuneModel; config: TrainConfig; beside: InitialArrays; engine: Engine },
): Promise<Pick<FineTuned, "weights" | "head">> {
  const { weights, head } = model;
  const arrays = Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => !name.endsWith("/velocity"))
      .map(([name, array]) => [withoutHeadPrefix(name), array]),
  );
  const folding = await HeadFolder.open(normalisationProgram(config, config.bits, beside), { engine });
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
