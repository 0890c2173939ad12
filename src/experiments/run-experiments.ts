import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { ProgressMeter } from "../core/progress.js";
import { workInPool } from "../core/work-in-pool.js";
import { methodOf } from "../methods/known-methods.js";
import { fitConfig } from "../training/fit-method.js";
import type { TrainSettings } from "../training/train-config.js";
import { resolveConfig } from "../training/train-config.js";
import { checkLearnable } from "../training/training-data.js";
import type { PoolOptions } from "../training/training-process.js";
import { classesToLearn } from "./baseline-settings.js";
import { trainingDataOf } from "./computation.js";
import type { ExperimentData } from "./experiment-data.js";
import type { Experiment, ExperimentOptions } from "./run-experiment.js";
import { runExperiment } from "./run-experiment.js";
import type { TrainPlace } from "./train-apart.js";
import { trainApart } from "./train-apart.js";

/** Settings of {@link runExperiments}. */
export interface ExperimentsOptions extends Omit<ExperimentOptions, "process" | "onEpoch">, PoolOptions {
  /** Trainings at a time, 1 or more. Default: as many as there are cores. */
  readonly workers?: number;
  /** Told of the epochs of each, by place; whoever is not listened to may be left out. */
  readonly onEpoch?: readonly ExperimentOptions["onEpoch"][];
}

/**
 * Runs experiments as `runExperiment` does, several at a time: on the compiled CPU engine each training in a process of
 * its own with one thread, which is done sooner than one after the other on all cores, and gives the same whatever runs
 * beside it; on another engine one after the other. Fits are made in this process meanwhile.
 * @param settings of each; all are checked before the first is trained
 * @returns the experiments, in the order of their settings
 * @throws {InputError} as `runExperiment`; trainings that run are finished then, and found again
 */
export async function runExperiments(
  data: ExperimentData,
  settings: readonly TrainSettings[],
  options: ExperimentsOptions = {},
): Promise<Experiment[]> {
  const { workers, onEpoch = [], onProgress, pool, ...each } = options;
  if (workers !== undefined && !(Number.isSafeInteger(workers) && workers >= 1)) {
    throw new InputError("experiments need workers", {
      expected: "a whole number of at least 1",
      actual: `${workers}`,
    });
  }
  for (const one of settings) checkSettings(data, one); // the last is not refused when the first are trained
  const engine = options.engine ?? data.engine ?? (await openEngine());
  const meter = new ProgressMeter("computing", settings.length, "experiments", onProgress);
  const experiments: Experiment[] = [];
  let done = 0;
  await inLanes(settings, { engine, workers, pool }, async (place, where) => {
    experiments[place] = await runExperiment(data, settings[place], {
      ...each,
      ...where,
      onProgress: ({ task, done: steps, total, unit }) => meter.report(done, `${task} ${steps}/${total} ${unit}`),
      onEpoch: onEpoch[place],
    });
    meter.report(++done);
  });
  return experiments;
}

/** Trainings at the same time, and beside them fits, which keep this process busy, one after the other. */
async function inLanes(
  settings: readonly TrainSettings[],
  { engine, ...apart }: { readonly engine: Engine; readonly workers?: number } & PoolOptions,
  run: (place: number, where: TrainPlace) => Promise<void>,
): Promise<void> {
  const isFit = (place: number): boolean => methodOf(settings[place].method).kind === "fitted";
  const places = [...settings.keys()];
  const fits = places.filter(isFit);
  const trainings = places.filter(place => !isFit(place));
  let failed = false;
  const work = async (place: number, where: TrainPlace): Promise<void> => {
    if (failed) return; // in the other lane
    await run(place, where).catch(fault => {
      failed = true;
      throw fault;
    });
  };
  const lanes = await Promise.allSettled([
    trainApart(trainings, { engine, ...apart }, work),
    workInPool(fits, 1, place => work(place, { engine })),
  ]);
  const fault = lanes.find(lane => lane.status === "rejected");
  if (fault !== undefined) throw fault.reason;
}

/** @throws {InputError} for settings that the method does not have or that do not go with the data */
function checkSettings(data: ExperimentData, settings: TrainSettings): void {
  const method = methodOf(settings.method);
  if (method.kind === "trained") checkLearnable(trainingDataOf(data), resolveConfig(settings));
  else fitConfig({ ...settings, method }, classesToLearn(data));
}
