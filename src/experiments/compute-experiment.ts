import { rm } from "node:fs/promises";
import { join } from "node:path";
import { binarize } from "../codes/binarize.js";
import { checkAborted } from "../core/abort.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { writeNpy } from "../core/npy.js";
import { ProgressMeter } from "../core/progress.js";
import { encodeFeatures } from "../hashing/encode.js";
import { givesCodes } from "../hashing/hash-model.js";
import { saveModel } from "../methods/model-file.js";
import { pastCourse } from "../training/history.js";
import type { TrainOptions } from "../training/train-head.js";
import type { PoolOptions } from "../training/training-process.js";
import { environment } from "./environment.js";
import type { ExperimentData } from "./experiment-data.js";
import type { PlannedExperiment } from "./plan-experiment.js";
import { seenByExperiment } from "./queries-seen.js";
import type { StoredRecord } from "./stored-record.js";
import { readStored, writeStored } from "./stored-record.js";

/** An experiment whose model and codes are there: its folder holds record.json, head.json, head.safetensors, codes.npy. */
export interface ComputedExperiment extends PlannedExperiment {
  readonly stored: StoredRecord;
  /** True when it had been computed before. */
  readonly cached: boolean;
}

/** Who watches, and where it is computed. */
export type ComputeOptions = Pick<TrainOptions, "process" | "onProgress" | "onEpoch" | "signal"> & PoolOptions;

/**
 * Trains or fits, and encodes every row; what computes the same was computed once and is read. A training that was killed
 * goes on where it was. `onEpoch` is called once, with the whole course, when it had been finished before.
 */
export async function computeExperiment(
  data: ExperimentData,
  planned: PlannedExperiment,
  options: ComputeOptions = {},
): Promise<ComputedExperiment> {
  const { folder } = planned;
  const known = (await readStored(folder)) ?? (await computeOnce(data, planned, options));
  const stored = known ?? (await readStored(folder))!;
  if (known !== undefined && known.steps.length > 0) {
    await options.onEpoch?.(known.epochs, known.steps, pastCourse(known.epochs, known.steps));
  }
  return { ...planned, stored, cached: known !== undefined };
}

/** Computes what is not stored, or waits for who computes the same; gives what that one has stored. */
function computeOnce(
  data: ExperimentData,
  planned: PlannedExperiment,
  listeners: ComputeOptions,
): Promise<StoredRecord | undefined> {
  const { folder } = planned;
  const work = async (): Promise<StoredRecord | undefined> => {
    const stored = await readStored(folder);
    if (stored !== undefined) return stored;
    await removeLeftovers(folder);
    await compute(data, planned, listeners);
    return undefined;
  };
  const { signal, onProgress } = listeners;
  const meter = new ProgressMeter("waiting", 1, "experiment", onProgress);
  return withLock(lockOfFolder(folder), work, {
    task: "running an experiment",
    signal,
    ...(onProgress === undefined
      ? {}
      : { onWait: sentence => meter.report(0, sentence), onTaken: () => meter.report(1, "made by another process") }),
  });
}

/** Computes a model and the codes of all rows, and stores them; record.json comes last and says that all is there. */
async function compute(
  data: ExperimentData,
  { computation, folder, engine }: PlannedExperiment,
  listeners: ComputeOptions,
): Promise<void> {
  const { method, config } = computation;
  const options = { ...listeners, engine };
  const { featureSet } = data;
  const checkpoints = join(folder, "checkpoints");
  const { model, epochs, steps, seconds } = await computation.run({ ...options, checkpoints, resume: true });
  checkAborted(options.signal);
  const started = performance.now();
  const relaxed = await encodeFeatures(featureSet.features, model, options);
  const encodeSeconds = (performance.now() - started) / 1000;
  await saveModel(folder, model, {
    config,
    features: featureSet.manifest,
    ...seenByExperiment(data, method),
  });
  await writeNpy(join(folder, "codes.npy"), givesCodes(model) ? binarize(relaxed) : relaxed);
  const stored = {
    kind: method.kind,
    config,
    features: featureSet.manifest,
    epochs,
    steps,
    trainSeconds: seconds,
    encodeSeconds,
    engine: engine.name,
    ...(options.process === undefined || method.kind === "fitted" ? {} : { threads: options.process.threads ?? 1 }),
    environment: environment(),
    date: new Date().toISOString(),
  };
  await writeStored(folder, stored);
  await rm(checkpoints, { recursive: true, force: true });
}
