import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { timeWork } from "../core/time-spent.js";
import type { TrainConfig, TrainSettings } from "./train-config.js";
import { resolveConfig } from "./train-config.js";
import type { TrainingData } from "./training-data.js";
import { checkTraining } from "./training-data.js";
import { trainingFacts } from "./training-facts.js";
import type { TrainingPlan } from "./training-plan.js";
import { planKey, planTraining } from "./training-plan.js";
import type { PoolOptions, ProcessOptions } from "./training-process.js";
import { PROCESS_ENGINE, trainInProcess } from "./training-process.js";
import type { RunOptions, TrainingResult } from "./training-run.js";
import { runTraining } from "./training-run.js";

/** A head with the course of its training. */
export interface TrainedHead extends TrainingResult {
  readonly config: TrainConfig;
  /** Train rows of unknown class: left out, or trained on with `unlabelled: "keep"`. */
  readonly unlabelled: number;
}

/** Settings of {@link trainHead}. */
export interface TrainOptions extends ProcessOptions {
  /** Default: the best that is there. */
  readonly engine?: Engine;
  /**
   * Train in a process of its own, on the compiled CPU engine with so many threads. The loss is traced here: a method of
   * a cell trains there like any other. Default: in this process.
   */
  readonly process?: ProcessOptions["process"];
  /** Where to write checkpoints: after the first epoch and the last, and between as often as takes a tenth of the time. Default: nowhere. */
  readonly checkpoints?: string;
  /** Go on from the checkpoint that is there, if there is one. Default false: start anew. */
  readonly resume?: boolean;
  /**
   * Epochs from one validation to the next, counted back from the last; 1 or more. Default: every epoch where patience,
   * keep "best" or a plateau looks at it, else so many that validation takes about a tenth of the time.
   */
  readonly validateEvery?: number;
}

/**
 * Trains a head on features by a method; its loss is taken over each batch. The same data, settings and engine give
 * bit-equal weights, also when the training was killed or aborted and taken up again.
 * @throws {InputError} when rows, labels or settings do not fit, the labels lack what the method learns from, a feature is not finite, or the loss stops being so
 */
export async function trainHead(
  all: TrainingData,
  settings: TrainSettings,
  options: TrainOptions & PoolOptions = {},
): Promise<TrainedHead> {
  const config = resolveConfig(settings);
  const { data, unlabelled } = checkTraining(all, config);
  return { ...(await trainPlan(planTraining(data, config), data, options)), config, unlabelled };
}

/**
 * Does what a plan says, here or in a process of its own.
 * @param options.key of the plan, where it is known already
 */
export async function trainPlan(
  plan: TrainingPlan,
  data: TrainingData,
  { key, ...options }: TrainOptions & PoolOptions & { readonly key?: string } = {},
): Promise<TrainingResult> {
  const engine = options.process === undefined ? (options.engine ?? (await openEngine())) : undefined;
  const run = (identity: Pick<RunOptions, "key" | "facts">): Promise<TrainingResult> =>
    engine === undefined
      ? timeWork("trainings", () => trainInProcess(plan, data, { ...options, ...identity }))
      : timeWork("trainings", () => runTraining(plan, data, { ...options, ...identity, engine }));
  const { checkpoints } = options;
  if (checkpoints === undefined) return run({ key: "" });
  const name = engine?.name ?? PROCESS_ENGINE;
  const identity = { key: key ?? planKey(plan, data, name), facts: trainingFacts(plan, data, name) };
  const train = async (): Promise<TrainingResult> => {
    await removeLeftovers(checkpoints);
    return run(identity);
  };
  return withLock(lockOfFolder(checkpoints), train, { task: "training", waits: false });
}
