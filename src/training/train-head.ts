import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import type { Engine, Program } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import { continuationBeta } from "../hashing/continuation.js";
import { Encoder } from "../hashing/encode.js";
import type { HeadConfig } from "../hashing/head.js";
import { drawDropoutMasks, initHead } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import { evaluateCodes } from "../metrics/evaluate.js";
import type { Labels } from "../ranking/labels.js";
import { labelCount } from "../ranking/labels.js";
import { takeLabels } from "../ranking/take-labels.js";
import { adamSchedule } from "./adam.js";
import type { TrainConfig } from "./train-config.js";
import type { StepInputs } from "./training-step.js";
import { trainingStep } from "./training-step.js";

/** What is learned from. All row numbers are rows of `features` and `labels`. */
export interface TrainingData {
  /** (n, dim) */
  readonly features: NdArray<Float32Array>;
  /** (n) or multi-hot (n, classes). */
  readonly labels: Labels;
  /** Rows trained on. */
  readonly train: Int32Array;
  /** Rows to validate with after each epoch, by mAP over the given database. Default: no validation. */
  readonly validation?: { readonly query: Int32Array; readonly database: Int32Array };
}

/** One training step, as it was. */
export interface StepRecord {
  /** From 0. */
  readonly step: number;
  readonly loss: number;
  /** β of the relaxed codes in this step. */
  readonly beta: number;
  /** Mean of | |h| − 1 | over the batch, 0..1: how far relaxed codes are from hash codes. */
  readonly quantisation: number;
}

/** One epoch, as it was. */
export interface EpochRecord {
  /** From 1: epochs finished. */
  readonly epoch: number;
  /** Mean loss of its steps. */
  readonly loss: number;
  /** Tie-aware mAP@all of the validation queries, when there are any. */
  readonly validationMAP?: number;
}

/** A head with the course of its training. */
export interface TrainedHead {
  readonly head: Head;
  readonly config: TrainConfig;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** Seconds of training, validation included. */
  readonly seconds: number;
  /** Name of the engine it ran on. */
  readonly engine: string;
}

/** Who watches a training. */
export interface TrainListeners {
  readonly onProgress?: ProgressListener;
  /** Called after each epoch with all epochs so far, for live curves. */
  readonly onEpoch?: (epochs: readonly EpochRecord[], steps: readonly StepRecord[]) => void;
}

/**
 * Trains a head on features by HashNet or DCH. Each epoch shuffles the train rows and cuts them into batches; a loss is
 * taken over all pairs of a batch. The same data, config and engine give bit-equal weights.
 * @throws {InputError} when rows, labels or config do not fit, a feature is not finite, or the loss stops being so
 */
export async function trainHead(
  engine: Engine,
  data: TrainingData,
  config: TrainConfig,
  { onProgress, onEpoch }: TrainListeners = {},
): Promise<TrainedHead> {
  const started = performance.now();
  checkTraining(data, config);
  const { features, labels, train } = data;
  const batch = Math.min(config.batch, train.length);
  const stepsPerEpoch = Math.floor(train.length / batch);
  const total = stepsPerEpoch * config.epochs;
  const headConfig: HeadConfig = {
    inputDim: features.shape[1],
    hidden: config.hidden,
    bits: config.bits,
    dropout: config.dropout,
  };
  const random = new Random(config.seed);
  const parameters = initHead(headConfig, random.stream("head"));
  const program = await engine.prepare(trainingStep({ config, head: headConfig, features, labels, batch, parameters }));
  const validation = validator(engine, headConfig, data);
  const meter = new ProgressMeter(`${config.method} ${config.bits} bits`, total, "steps", onProgress);
  const shuffles = random.stream("shuffles");
  const dropout = random.stream("dropout");
  const steps: StepRecord[] = [];
  const epochs: EpochRecord[] = [];
  const parametersNow = async (): Promise<Record<string, NdArray<Float32Array>>> => {
    const state = await program.readState();
    return Object.fromEntries(Object.keys(parameters).map(name => [name, state[name]]));
  };
  try {
    for (let epoch = 1; epoch <= config.epochs; epoch++) {
      const order = shuffles.permutation(train.length);
      for (let i = 0; i < stepsPerEpoch; i++) {
        const step = steps.length;
        const rows = order.subarray(i * batch, (i + 1) * batch).map(at => train[at]);
        const beta = betaAt(config, step, total);
        const inputs = stepInputs(config, step, beta, rows, labels);
        drawDropoutMasks(headConfig, batch, dropout).forEach((mask, layer) => {
          inputs[`dropout.${layer}`] = mask.data;
        });
        steps.push(await runStep(program, inputs, step, beta));
        meter.report(step + 1, `loss ${steps[step].loss.toFixed(4)}`);
      }
      const loss = mean(steps.slice(-stepsPerEpoch).map(record => record.loss));
      const beta = betaAt(config, steps.length, total);
      const validationMAP = await validation?.({ parameters: await parametersNow(), beta });
      epochs.push(validationMAP === undefined ? { epoch, loss } : { epoch, loss, validationMAP });
      onEpoch?.(epochs, steps);
    }
    const head = { config: headConfig, parameters: await parametersNow(), beta: betaAt(config, total, total) };
    const seconds = (performance.now() - started) / 1000;
    return { head, config, steps, epochs, seconds, engine: engine.name };
  } finally {
    await validation?.dispose();
    await program.dispose();
  }
}

function betaAt(config: TrainConfig, step: number, total: number): number {
  return config.method === "hashnet" && config.continuation ? continuationBeta(step, total) : 1;
}

function stepInputs(config: TrainConfig, step: number, beta: number, rows: Int32Array, labels: Labels): StepInputs {
  const { stepSize, correction } = adamSchedule(step + 1, config.learningRate, config.adam);
  const inputs: StepInputs = {
    rows,
    beta: Float32Array.of(beta),
    stepSize: Float32Array.of(stepSize),
    correction: Float32Array.of(correction),
  };
  if (labels instanceof Int32Array) inputs.labels = rows.map(row => labels[row]);
  return inputs;
}

async function runStep(program: Program, inputs: StepInputs, step: number, beta: number): Promise<StepRecord> {
  const outputs = await program.run(inputs);
  const loss = outputs.loss.data[0];
  if (!Number.isFinite(loss)) {
    throw new InputError(`the loss is ${loss} at step ${step}`, {
      expected: "a finite loss; try a lower learning rate",
    });
  }
  return { step, loss, beta, quantisation: outputs.quantisation.data[0] };
}

type Validator = ((head: Omit<Head, "config">) => Promise<number>) & { dispose(): Promise<void> };

/** Encodes the validation rows and gives their tie-aware mAP@all. */
function validator(engine: Engine, config: HeadConfig, data: TrainingData): Validator | undefined {
  if (data.validation === undefined) return undefined;
  const [query, database] = [data.validation.query, data.validation.database].map(rows => ({
    features: takeRows(data.features, rows),
    labels: takeLabels(data.labels, rows),
  }));
  const encoder = new Encoder(engine, config);
  const validate = async (head: Omit<Head, "config">): Promise<number> => {
    const queryCodes = packCodes(binarize(await encoder.encode(head, query.features)));
    const databaseCodes = packCodes(binarize(await encoder.encode(head, database.features)));
    const { mAP } = await evaluateCodes(queryCodes, databaseCodes, query.labels, database.labels);
    return mAP.all.tieAware;
  };
  return Object.assign(validate, { dispose: () => encoder.dispose() });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function checkTraining({ features, labels, train, validation }: TrainingData, config: TrainConfig): void {
  const [n, dim] = features.shape;
  if (features.shape.length !== 2 || labelCount(labels) !== n) {
    throw new InputError("features and labels do not fit together", {
      expected: "features (n, dim) and n labels",
      actual: `features (${features.shape.join(", ")}) and ${labelCount(labels)} labels`,
    });
  }
  if (train.length < 2 || config.batch < 2) {
    throw new InputError("a batch needs pairs", {
      expected: "at least 2 train rows and a batch of at least 2",
      actual: `${train.length} train rows, batch ${config.batch}`,
    });
  }
  for (const rows of [train, validation?.query ?? [], validation?.database ?? []]) {
    for (const row of rows) {
      if (!(row >= 0 && row < n)) {
        throw new InputError("no such row", { expected: `a row in 0..${n - 1}`, actual: `${row}` });
      }
    }
  }
  const bad = features.data.findIndex(value => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError("the features hold a value that is not finite", {
      actual: `${features.data[bad]} in row ${Math.floor(bad / dim)}, column ${bad % dim}`,
    });
  }
}
