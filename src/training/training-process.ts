import type { ChildProcess } from "node:child_process";
import type { Abortable } from "../core/abort.js";
import { checkAborted, onAbort } from "../core/abort.js";
import { EngineError, InputError } from "../core/errors.js";
import type { Progress } from "../core/progress.js";
import type { FeaturesOrder } from "./features-of-process.js";
import type { EpochRecord, PlannedCourse, StepRecord } from "./history.js";
import type { TrainingProcess } from "./process-pool.js";
import { ProcessPool } from "./process-pool.js";
import type { TrainingData } from "./training-data.js";
import type { TrainingFacts } from "./training-facts.js";
import type { TrainingPlan } from "./training-plan.js";
import { plannedCourse, portablePlan } from "./training-plan.js";
import type { TrainingResult, TrainListeners } from "./training-run.js";

/** Settings of {@link trainInProcess}. */
export interface ProcessOptions extends TrainListeners, Abortable {
  /** Threads of the engine there, 1 or more. Default 1. */
  readonly process?: { readonly threads?: number };
  /** As for `trainHead`. */
  readonly checkpoints?: string;
  readonly resume?: boolean;
  readonly validateEvery?: number;
}

/** Of many trainings. */
export interface PoolOptions {
  /** Whose process it is, which stays when the training has ended. Default: a new one, which ends with it. */
  readonly pool?: ProcessPool;
}

/** What a process is told to do. */
export interface TrainingJob {
  /** Compiled, without features. */
  readonly plan: TrainingPlan;
  readonly data: Omit<TrainingData, "features">;
  readonly key: string;
  readonly facts?: TrainingFacts;
  readonly threads: number;
  readonly checkpoints?: string;
  readonly resume?: boolean;
  readonly validateEvery?: number;
}

/** What the process is sent: rows of features before the first job that reads them, and jobs one at a time. */
export type TrainingOrder =
  | FeaturesOrder
  | { readonly kind: "job"; readonly job: TrainingJob }
  /** To end the training early; it writes a checkpoint first, where there are any. */
  | { readonly kind: "stop" };

/** What the process sends. */
export type TrainingNews =
  | { readonly kind: "progress"; readonly progress: Progress }
  /** Epochs and steps since the last such news, so that a long training does not send its whole course each time. */
  | { readonly kind: "epoch"; readonly epochs: TrainingResult["epochs"]; readonly steps: TrainingResult["steps"] }
  | { readonly kind: "done"; readonly result: TrainingResult }
  | { readonly kind: "failed"; readonly message: string; readonly isInput: boolean };

/** Milliseconds after which it is ended by force. */
const STOPS_WITHIN = 2500;

/** Name of the engine there. */
export const PROCESS_ENGINE = "cpu" as const;

/**
 * Runs a plan in a process of its own. The graph is compiled here and goes there with constants and data: no code of a
 * method does.
 * @throws {InputError|EngineError} what the training threw there, or when the process ends without a result
 */
export async function trainInProcess(
  plan: TrainingPlan,
  data: TrainingData,
  options: ProcessOptions & PoolOptions & { readonly key: string; readonly facts?: TrainingFacts },
): Promise<TrainingResult> {
  const { process: { threads = 1 } = {}, pool: given, checkpoints, resume, validateEvery, key, facts } = options;
  if (!(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new InputError("a process needs threads", { expected: "a whole number of at least 1", actual: `${threads}` });
  }
  const { features, ...rest } = data;
  const job: TrainingJob = {
    plan: planToSend(plan),
    data: rest,
    key,
    facts,
    threads,
    checkpoints,
    resume,
    validateEvery,
  };
  const pool = given ?? new ProcessPool();
  const worker = pool.take(features);
  try {
    const result = await trainThere(worker, data, job, {
      ...options,
      planned: plannedCourse(plan, data.validation !== undefined),
    });
    pool.giveBack(worker);
    return result;
  } catch (error) {
    pool.end(worker);
    checkAborted(options.signal);
    throw error;
  } finally {
    if (given === undefined) pool.close();
  }
}

/** Compiled, and without the features, which the process has. */
function planToSend(plan: TrainingPlan): TrainingPlan {
  const { step, ...rest } = portablePlan(plan);
  const { features: _, ...resident } = step.resident ?? {};
  return { ...rest, step: { ...step, resident } };
}

/** Sends a job to a process, and waits for what becomes of it. */
async function trainThere(
  worker: TrainingProcess,
  data: TrainingData,
  job: TrainingJob,
  { onProgress, onEpoch, planned, signal }: ProcessOptions & { readonly planned: PlannedCourse },
): Promise<TrainingResult> {
  const { child } = worker;
  const epochs: EpochRecord[] = [];
  const steps: StepRecord[] = [];
  const listeners: ProcessListeners = {
    onProgress,
    onEpoch(newEpochs, newSteps) {
      // One by one: a resumed training tells all it had, which may be more than a call takes arguments.
      for (const epoch of newEpochs) epochs.push(epoch);
      for (const step of newSteps) steps.push(step);
      return onEpoch?.(epochs, steps, planned);
    },
  };
  let patience: NodeJS.Timeout | undefined;
  let hasToKeep = false;
  const forget = onAbort(signal, () => {
    if (hasToKeep && child.connected) order(child, { kind: "stop" }).catch(() => undefined); // gone already
    patience = setTimeout(() => child.kill("SIGKILL"), hasToKeep ? STOPS_WITHIN : 0);
  });
  const heard = new AbortController(); // of this job alone
  try {
    return await new Promise<TrainingResult>((resolve, reject) => {
      let told = Promise.resolve();
      listen(child, heard.signal, {
        error: reject,
        exit: how => reject(new EngineError("the training's process ended", { actual: how })),
        news(news) {
          hasToKeep ||= job.checkpoints !== undefined && news.kind === "epoch";
          told = told.then(() => tell(news, listeners, resolve, reject)).catch(reject);
        },
      });
      sendAll(worker, data, job).catch(reject);
    });
  } finally {
    heard.abort();
    forget();
    clearTimeout(patience);
  }
}

/** Sends the rows that a training reads and the process has not, and then the training: what waits to be sent is one message. */
async function sendAll({ child, features }: TrainingProcess, data: TrainingData, job: TrainingJob): Promise<void> {
  for (const one of features.missing(data)) await order(child, one);
  await order(child, { kind: "job", job });
}

/** Done when it is sent. @throws {Error} when it cannot be: the process is gone */
function order(child: ChildProcess, what: TrainingOrder): Promise<void> {
  return new Promise((resolve, reject) =>
    child.send(what, error => (error === null || error === undefined ? resolve() : reject(error))),
  );
}

/** What is heard of a process. */
interface ProcessEvents {
  error(error: Error): void;
  /** @param how a signal, or an exit code */
  exit(how: string): void;
  news(news: TrainingNews): void;
}

/** Listens to a process until the signal is aborted. */
function listen(child: ChildProcess, until: AbortSignal, { error, exit, news }: ProcessEvents): void {
  const onExit = (code: number | null, signal: NodeJS.Signals | null): void => exit(signal ?? `exit code ${code}`);
  const onMessage = (message: unknown): void => news(message as TrainingNews);
  child.on("error", error).on("exit", onExit).on("message", onMessage);
  until.addEventListener("abort", () => child.off("error", error).off("exit", onExit).off("message", onMessage));
}

/** Told of what the process sends. */
interface ProcessListeners extends Pick<TrainListeners, "onProgress"> {
  onEpoch(epochs: TrainingResult["epochs"], steps: TrainingResult["steps"]): void | Promise<void>;
}

async function tell(
  news: TrainingNews,
  { onProgress, onEpoch }: ProcessListeners,
  resolve: (result: TrainingResult) => void,
  reject: (error: Error) => void,
): Promise<void> {
  switch (news.kind) {
    case "progress":
      onProgress?.(news.progress);
      return;
    case "epoch":
      await onEpoch(news.epochs, news.steps);
      return;
    case "done":
      resolve(news.result);
      return;
    case "failed":
      reject(news.isInput ? new InputError(news.message) : new EngineError(news.message));
  }
}
