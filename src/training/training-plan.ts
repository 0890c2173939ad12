import { createHash } from "node:crypto";
import { compileDefinition, graphHash } from "../compute/compile-definition.js";
import type { ProgramDefinition } from "../compute/program.js";
import type { TypedArray } from "../core/arrays.js";
import { EngineError, InputError } from "../core/errors.js";
import { hashValues } from "../core/hash-values.js";
import type { Labels } from "../core/labels.js";
import { Random } from "../core/random.js";
import { shownValue } from "../core/shown-value.js";
import type { HeadConfig } from "../hashing/head.js";
import { initHead } from "../hashing/head.js";
import type { HeadForm } from "../hashing/head-file.js";
import { METHODS } from "../methods/known-methods.js";
import { batchesPerEpoch, batchSize, epochBatches } from "./batches.js";
import { denseLabels } from "./dense-labels.js";
import { normalisationProgram } from "./folded-head.js";
import type { PlannedCourse } from "./history.js";
import { learningRateFactor } from "./learning-rate.js";
import { initialArrays } from "./method-arrays.js";
import { stepScalars } from "./optimizer.js";
import type { PlainConfig, TrainConfig } from "./train-config.js";
import { plainConfig } from "./train-config.js";
import type { TrainingData } from "./training-data.js";
import { trainingStep } from "./training-step.js";

/** All that a training computes, before it begins. It holds no function but the bodies of its programs. */
export interface TrainingPlan {
  readonly config: PlainConfig;
  readonly head: HeadConfig;
  readonly form: HeadForm;
  /** Labels as the loss sees them. */
  readonly labels: Labels;
  /** See `DenseLabels`. */
  readonly numbered?: readonly number[];
  readonly batch: number;
  readonly stepsPerEpoch: number;
  /** Of the whole training. */
  readonly steps: number;
  /** (steps + 1) sharpness at each step, and of the head after the last. */
  readonly beta: Float64Array;
  readonly step: ProgramDefinition;
  /** See `normalisationProgram`. */
  readonly normalisation?: ProgramDefinition;
  /** The text of the method's functions: stands for a graph that cannot be traced, which eager engines can run. */
  readonly source: string;
}

/**
 * Lays out a training.
 * @throws {InputError} when the method refuses these sizes or options, or its loss is another one each time it is traced
 */
export function planTraining(data: TrainingData, config: TrainConfig): TrainingPlan {
  const { features, train } = data;
  const { bits, hidden, dropout, batches, method } = config;
  const inputDim = features.shape[1];
  const head: HeadConfig = { inputDim, hidden, bits, dropout };
  const batch = batchSize(config.batch, train.length, batches);
  const { labels, classes, numbered } = denseLabels(data.labels, train);
  const parameters = initHead(head, new Random(config.seed).stream("head"));
  const beside = initialArrays(config, { bits, classes, inputDim });
  const stepsPerEpoch = batchesPerEpoch({ train, batch }, batches);
  const steps = stepsPerEpoch * config.epochs;
  const normalisation = normalisationProgram(config, bits, beside);
  const step = trainingStep({ config, head, features, labels, classes, batch, parameters, beside });
  // Ours draw nothing while they are traced; what one's own would draw then would be a constant of all steps.
  const source = sourceOf(method);
  const [once, again] = METHODS.includes(method) ? [] : [hashOrSource(step, source), hashOrSource(step, source)];
  if (once !== again) {
    throw new InputError(`the loss of ${method.name} is not the same twice`, {
      expected:
        "random numbers drawn by constants(shape, options, random): those of a loss are drawn once, not each step",
    });
  }
  return {
    config: plainConfig(config),
    head,
    form: { activation: method.activation ?? "tanh", output: method.output ?? "codes" },
    labels,
    ...(numbered === undefined ? {} : { numbered }),
    batch,
    stepsPerEpoch,
    steps,
    beta: sharpnesses(config, steps, stepsPerEpoch),
    step,
    source,
    ...(normalisation === undefined ? {} : { normalisation }),
  };
}

function sourceOf({ loss, normalise, sharpness }: TrainConfig["method"]): string {
  return [loss, normalise?.apply, sharpness].map(part => String(part)).join("\n");
}

/** A hash of the graph of a plan's step: a change of a loss changes it, other data of the same shape does not. */
export function planGraph({ step, source, config }: TrainingPlan): string {
  return hashOrSource(step, `${source} ${JSON.stringify(config.options)}`);
}

/** The hash of a graph; of the source where tfjs does something that has no row in the compiler's table. */
function hashOrSource(definition: ProgramDefinition, source: string): string {
  try {
    return graphHash(definition);
  } catch (cause) {
    if (cause instanceof EngineError) return `untraced ${source}`;
    throw cause;
  }
}

/** β at each step, and of the head after the last. @throws {InputError} when the method gives no β */
function sharpnesses({ method, options }: TrainConfig, steps: number, stepsPerEpoch: number): Float64Array {
  return Float64Array.from({ length: steps + 1 }, (_, step) => {
    const beta: unknown = method.sharpness?.({ step, steps, stepsPerEpoch }, options) ?? 1;
    if (typeof beta === "number" && beta > 0 && beta < Number.POSITIVE_INFINITY) return beta;
    throw new InputError(`the sharpness of ${method.name} at step ${step} cannot be this`, {
      expected: "a number above 0",
      actual: shownValue(beta),
    });
  });
}

/**
 * What a plan comes to, for those who watch.
 * @param validated whether there are rows to validate with
 */
export function plannedCourse({ config, steps, beta }: TrainingPlan, validated: boolean): PlannedCourse {
  const largestBeta = beta.reduce((most, value) => Math.max(most, value), 0);
  return { epochs: config.epochs, steps, largestBeta, validated };
}

/** The rows of an epoch's batches, (stepsPerEpoch · batch). */
export function plannedRows({ config, labels, batch }: TrainingPlan, train: Int32Array, epoch: number): Int32Array {
  const random = new Random(config.seed).stream(`batches of epoch ${epoch}`);
  return epochBatches({ labels, train, batch }, config.batches, random);
}

/** The plan with its programs compiled and without functions: what can be sent to another process. */
export function portablePlan(plan: TrainingPlan): TrainingPlan {
  const portable = (definition: ProgramDefinition): ProgramDefinition =>
    ({ ...definition, compiled: compileDefinition(definition), body: undefined }) as unknown as ProgramDefinition;
  const { step, normalisation } = plan;
  return {
    ...plan,
    step: portable(step),
    ...(normalisation === undefined ? {} : { normalisation: portable(normalisation) }),
  };
}

/** Of the key: raised when what is done with a plan changes. */
const FORMAT = 1;

/**
 * What a training is, as a hash of what is computed: the traced graph of its step, its first values, the rows of all
 * batches, β and learning rate of every step, the data, the seed of dropout and what ends it. Not its sources, not the
 * order of its settings, not options that change none of these.
 * @param engine its name: engines agree to 1e-4, not to the bit
 * @returns 16 hexadecimal digits
 */
export function planKey(plan: TrainingPlan, data: TrainingData, engine: string): string {
  const { config, head, form, labels, batch, steps, stepsPerEpoch, beta, step, normalisation, source } = plan;
  const { epochs, schedule, patience, keep, optimizer, learningRate, seed, dropout } = config;
  const plateau = schedule.kind === "plateau" ? schedule : null;
  const hash = createHash("sha256").update(
    JSON.stringify({
      format: FORMAT,
      ...{ engine, form, batch, stepsPerEpoch, epochs, patience, keep, plateau },
      graph: hashOrSource(step, `${source} ${JSON.stringify(config.options)}`),
      normalisation: normalisation === undefined ? null : hashOrSource(normalisation, source),
      dropout: dropout === 0 ? null : { dropout, seed },
      widths: [head.inputDim, ...head.hidden, head.bits],
    }),
  );
  const add = (what: string, array: TypedArray | undefined): void => {
    hash.update(`${what} ${array?.length ?? "none"}`);
    if (array !== undefined) hashValues(hash, array);
  };
  for (const [name, { data: values }] of Object.entries(step.state ?? {})) add(name, values);
  for (let epoch = 0; epoch < epochs; epoch++) add("rows", plannedRows(plan, data.train, epoch));
  add("beta", beta);
  for (let at = 0; at < steps; at++) {
    const rate = learningRate * learningRateFactor(at, { steps, stepsPerEpoch }, schedule);
    add("scalars", Float64Array.from(Object.values(stepScalars(at + 1, rate, optimizer))));
  }
  add("features", data.features.data);
  add("labels", labels instanceof Int32Array ? data.train.map(row => labels[row]) : labels.words);
  add("validation queries", data.validation?.query);
  add("validation database", data.validation?.database);
  if (data.validation !== undefined)
    add("all labels", data.labels instanceof Int32Array ? data.labels : data.labels.words);
  return hash.digest("hex").slice(0, 16);
}
