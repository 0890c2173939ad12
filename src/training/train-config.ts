import { MAX_BITS } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { OptionsOrigin, OptionsSchema } from "../core/options.js";
import { checkedOptions } from "../core/options.js";
import { isPlainObject, shownValue } from "../core/shown-value.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { UNLABELLED } from "../core/unlabelled.js";
import { METHOD_NAMES, methodOf, trainedMethodOf } from "../methods/known-methods.js";
import type { AnyOptions, Method, TrainedMethod } from "../methods/method.js";
import { methodOptions } from "../methods/method-options.js";
import type { BatchOptions } from "./batches.js";
import { BATCH_OPTIONS } from "./batches.js";
import type { LearningRateSchedule } from "./learning-rate.js";
import { SCHEDULE_OPTIONS } from "./learning-rate.js";
import type { OptimizerOptions } from "./optimizer.js";
import { OPTIMIZER_OPTIONS } from "./optimizer.js";

/** What shapes a training beside the method and its options; `hashbook train --help` prints defaults and bounds. */
export interface TrainingOptions {
  /** Length of a code, 1..1024. */
  readonly bits: number;
  /** Widths of the fully connected layers before the hash layer; none: the hash layer alone. */
  readonly hidden: readonly number[];
  /** Share of hidden units zeroed in a step, 0 or more, below 1. */
  readonly dropout: number;
  /** Passes over the train rows, 1 or more. */
  readonly epochs: number;
  /** Items a step, 2 or more; all train rows when there are fewer. */
  readonly batch: number;
  /** Which items meet in a batch. */
  readonly batches: BatchOptions;
  /** Of the fully connected layers, above 0. */
  readonly learningRate: number;
  /** How the learning rate changes. */
  readonly schedule: LearningRateSchedule;
  readonly optimizer: OptimizerOptions;
  /** Epochs without a better validation mAP after which the training stops; 0: it never does. */
  readonly patience: number;
  /** The head after the last epoch, or after the one with the best validation mAP. */
  readonly keep: "last" | "best";
  /**
   * Train rows of unknown class: left out, or trained on as similar to none, which multi-hot labels alone can say.
   */
  readonly unlabelled: Unlabelled;
  /** Of first weights, batches, dropout and what the method draws: a whole number, 0 or more. */
  readonly seed: number;
}

/** Everything that shapes a training, complete and checked. */
export interface TrainConfig extends TrainingOptions {
  readonly method: TrainedMethod<AnyOptions>;
  /** The method's own, complete. */
  readonly options: AnyOptions;
}

/** A config as files hold it: the method by its name. */
export interface PlainConfig extends TrainingOptions {
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A config as people give it: a method, a number of bits, and what differs from the defaults. */
export interface TrainSettings extends Partial<Omit<TrainingOptions, "bits" | "batches" | "schedule" | "optimizer">> {
  /** A known name, or a method of one's own. */
  readonly method: string | Method;
  /** Bits of the codes, 1..1024. */
  readonly bits: number;
  readonly batches?: Partial<BatchOptions>;
  readonly schedule?: Partial<LearningRateSchedule>;
  readonly optimizer?: Partial<OptimizerOptions>;
  /** The method's own. Default: its defaults. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Optimiser and length suit a head on features, where the papers train a network. */
export const TRAINING_OPTIONS: OptionsSchema<TrainingOptions> = {
  bits: { type: "integer", minimum: 1, maximum: MAX_BITS, description: "of the codes" },
  hidden: {
    type: "array",
    items: { type: "integer", minimum: 1, maximum: 65536 },
    maxItems: 16,
    default: [256],
    description: "widths of the fully connected layers before the hash layer; may be empty",
  },
  dropout: {
    type: "number",
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    description: "share of hidden units zeroed in a step",
  },
  epochs: { type: "integer", minimum: 1, maximum: 1e6, default: 30, description: "passes over the train rows" },
  batch: {
    type: "integer",
    minimum: 2,
    maximum: 1e6,
    default: 128,
    description: "items a step; all train rows when there are fewer. An epoch's last batch is filled up",
  },
  batches: { type: "object", properties: BATCH_OPTIONS, default: {}, description: "which items meet in a batch" },
  learningRate: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1e-3,
    description: "of the fully connected layers",
  },
  schedule: {
    type: "object",
    properties: SCHEDULE_OPTIONS,
    default: {},
    description: "how the learning rate changes",
  },
  optimizer: { type: "object", properties: OPTIMIZER_OPTIONS, default: {}, description: "as PyTorch defines them" },
  patience: {
    type: "integer",
    minimum: 0,
    maximum: 1e6,
    default: 0,
    description: "epochs without a better validation mAP after which the training stops; 0: it never does",
  },
  keep: {
    enum: ["last", "best"],
    default: "last",
    description: "the head after the last epoch, or after the one with the best validation mAP",
  },
  unlabelled: {
    enum: UNLABELLED,
    default: "drop",
    description: "train rows of unknown class (multi-hot: of zeros): left out, or trained on as similar to none",
  },
  seed: {
    type: "integer",
    minimum: 0,
    maximum: 2 ** 32 - 1,
    default: 0,
    description: "of first weights, batches, dropout and what the method draws",
  },
};

/**
 * A complete config: defaults filled in, everything checked. A complete one goes through unchanged.
 * @param settings may also hold options of methods under their names, `{ dch: { gamma: 10 } }`, as files do; those of
 *   other methods are checked and not used
 * @throws {InputError} naming the option, its value and its bounds
 */
export function resolveConfig(settings: TrainSettings, origin: OptionsOrigin = {}): TrainConfig {
  const { file } = origin;
  if (!isPlainObject(settings)) {
    throw new InputError("these are no settings", { file, expected: "an object", actual: shownValue(settings) });
  }
  const { method: asked, options, ...rest } = settings as TrainSettings;
  if (asked === undefined) throw new InputError('the setting "method" is missing', { file });
  const method = trainedMethodOf(asked);
  const isTraining = ([name]: [string, unknown]): boolean => Object.hasOwn(TRAINING_OPTIONS, name);
  const training = Object.fromEntries(Object.entries(rest).filter(isTraining));
  if (training.bits === undefined) throw new InputError('the option "bits" is missing', { file });
  const groups = Object.entries(rest).filter(entry => !isTraining(entry) && entry[1] !== undefined);
  for (const [name, group] of groups) {
    if (name !== method.name) methodOptions(knownMethod(name, origin), group, origin);
  }
  const own = new Map<string, unknown>(groups).get(method.name);
  const given = { ...optionsGroup(method.name, own, origin), ...optionsGroup("options", options, origin) };
  return {
    ...checkedOptions<TrainingOptions>(TRAINING_OPTIONS, training, origin),
    method,
    options: methodOptions(method, given, origin),
  };
}

/** A known method. @throws {InputError} for a name that is neither a method's nor an option's */
function knownMethod(name: string, { file }: OptionsOrigin): Method {
  if (METHOD_NAMES.includes(name)) return methodOf(name);
  throw new InputError(`there is no option "${name}"`, {
    file,
    expected: knownNames(name, [...Object.keys(TRAINING_OPTIONS), "options", ...METHOD_NAMES]),
  });
}

/** What stands where options of a method are asked for. @throws {InputError} when it is no object */
export function optionsGroup(name: string, value: unknown, { file }: OptionsOrigin): object {
  if (value === undefined) return {};
  if (isPlainObject(value)) return value;
  throw new InputError(`the option "${name}" cannot be this`, {
    file,
    expected: "an object of options",
    actual: shownValue(value),
  });
}

/**
 * The defaults for a method and a number of bits, complete; a variant spreads them: `{ ...trainConfig("dch", 48),
 * epochs: 60, options: { gamma: 10 } }`.
 * @param bits of the codes, 1..1024
 * @throws {InputError} for an unknown method, with the nearest known name, or bits out of bounds
 */
export function trainConfig(method: string | Method, bits: number): TrainConfig {
  return resolveConfig({ method, bits });
}

/** A config as files hold it. */
export function plainConfig({ method, ...rest }: TrainConfig): PlainConfig {
  return { method: method.name, ...rest };
}
