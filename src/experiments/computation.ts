import { createHash } from "node:crypto";
import { graphHash } from "../compute/compile-definition.js";
import type { Engine } from "../compute/program.js";
import { takeRows } from "../core/arrays.js";
import { hashValues } from "../core/hash-values.js";
import { checkedOptions } from "../core/options.js";
import { takeLabels } from "../core/take-labels.js";
import { labelledRows } from "../core/unlabelled.js";
import type { HashModel } from "../hashing/hash-model.js";
import type { AnyOptions, FittedMethod, Method } from "../methods/method.js";
import { fitMethod } from "../training/fit-method.js";
import type { EpochRecord, StepRecord } from "../training/history.js";
import type { PlainConfig, TrainingOptions, TrainSettings } from "../training/train-config.js";
import { plainConfig, resolveConfig, TRAINING_OPTIONS } from "../training/train-config.js";
import type { TrainOptions } from "../training/train-head.js";
import { trainPlan } from "../training/train-head.js";
import type { TrainingData } from "../training/training-data.js";
import { checkTraining } from "../training/training-data.js";
import { planKey, planTraining } from "../training/training-plan.js";
import type { PoolOptions } from "../training/training-process.js";
import type { ExperimentData } from "./experiment-data.js";
import { rowsOfFit } from "./learned-rows.js";

/** What a model cost and how it came about. */
export interface Course {
  readonly model: HashModel;
  /** Empty for what is fitted. */
  readonly epochs: readonly EpochRecord[];
  readonly steps: readonly StepRecord[];
  /** Of training or fitting. */
  readonly seconds: number;
}

/** How a model is computed, and a key of what is computed: equal keys, equal models. */
export interface Computation {
  readonly method: Method;
  readonly bits: number;
  readonly seed: number;
  /** As records hold it. */
  readonly config: Pick<PlainConfig, "method" | "bits" | "seed" | "options"> & Partial<PlainConfig>;
  readonly key: string;
  /** Train rows of unknown class, left out or learned from as the config says. */
  readonly unlabelled: number;
  run(options: TrainOptions & PoolOptions): Promise<Course>;
}

/** What a training gets of the data of an experiment. */
export function trainingDataOf({ featureSet, split, validation }: ExperimentData): TrainingData {
  const { features, labels } = featureSet;
  return { features, labels, train: validation?.train ?? split.train, validation };
}

/** A training: its key is that of its plan. @param engine its name @throws {InputError} as `trainHead` */
export function trainingComputation(given: ExperimentData, settings: TrainSettings, engine: string): Computation {
  const config = resolveConfig(settings);
  const { data, unlabelled } = checkTraining(trainingDataOf(given), config);
  const plan = planTraining(data, config);
  const key = planKey(plan, data, engine);
  return {
    method: config.method,
    bits: config.bits,
    seed: config.seed,
    config: plainConfig(config),
    key,
    unlabelled,
    async run(options) {
      const { head, epochs, steps, seconds } = await trainPlan(plan, data, { ...options, key });
      return { model: head, epochs, steps, seconds };
    },
  };
}

const UNLABELLED_OPTION = { unlabelled: TRAINING_OPTIONS.unlabelled };

/**
 * A fit to the train rows, which is done at once: its key is of what it gave.
 * @throws {InputError} for settings that a fit does not have
 */
export async function fittedComputation(
  { featureSet, split, validation }: ExperimentData,
  method: FittedMethod<AnyOptions>,
  { unlabelled: asked, ...settings }: TrainSettings,
  { engine }: { readonly engine: Engine },
): Promise<Computation> {
  const { features, labels } = featureSet;
  // Whether or not a fit reads labels: the methods of one table learn from the same rows.
  const { unlabelled } = checkedOptions<Pick<TrainingOptions, "unlabelled">>(UNLABELLED_OPTION, { unlabelled: asked });
  const train = rowsOfFit(method, { split, validation });
  const known = labelledRows(labels, train);
  const rows = { drop: known, keep: train }[unlabelled];
  const fit = { labels: takeLabels(labels, rows), engine };
  const { model, config, seconds } = await fitMethod(takeRows(features, rows), { ...settings, method }, fit);
  const { arrays } = model;
  const graph = graphHash({
    inputs: { features: { shape: [1, model.inputDim], dtype: "float32" } },
    resident: arrays,
    body: t => ({ z: model.encode(t.features as never, t) }),
  });
  const hash = createHash("sha256").update(JSON.stringify({ graph, engine: engine.name }));
  for (const [name, { data, shape }] of [...Object.entries(arrays), ["features", features] as const]) {
    hashValues(hash.update(`${name} ${shape.join()}`), data);
  }
  return {
    method,
    bits: config.bits,
    seed: config.seed,
    config,
    key: hash.digest("hex").slice(0, 16),
    unlabelled: train.length - known.length,
    run: async () => ({ model, epochs: [], steps: [], seconds }),
  };
}
