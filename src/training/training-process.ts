import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Abortable } from "../core/abort.js";
import { checkAborted, onAbort } from "../core/abort.js";
import { EngineError, InputError } from "../core/errors.js";
import type { Progress } from "../core/progress.js";
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
}

/** What the process is sent, once. */
export interface TrainingJob {
  readonly plan: TrainingPlan;
  readonly data: TrainingData;
  readonly key: string;
  readonly facts?: TrainingFacts;
  readonly threads: number;
  readonly checkpoints?: string;
  readonly resume?: boolean;
}

/** What the process sends. */
export type TrainingNews =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "epoch"; readonly epochs: TrainingResult["epochs"]; readonly steps: TrainingResult["steps"] }
  | { readonly kind: "done"; readonly result: TrainingResult }
  | { readonly kind: "failed"; readonly message: string; readonly isInput: boolean };

/** Sent to end the training early; it writes a checkpoint first, where there are any. */
export const STOP = "stop" as const;
/** Milliseconds after which it is ended by force. */
const STOPS_WITHIN = 2500;

/** Name of the engine there. */
export const PROCESS_ENGINE = "cpu" as const;

/** The program of the process; built, because it runs without this one's loader. */
const PROGRAM = fileURLToPath(new URL("../../lib/training/training-worker.js", import.meta.url));

/**
 * Runs a plan in a process of its own. The graph is compiled here and goes there with constants and data: no code of a
 * method does.
 * @throws {InputError|EngineError} what the training threw there, or when the process ends without a result
 */
export async function trainInProcess(
  plan: TrainingPlan,
  data: TrainingData,
  options: ProcessOptions & { readonly key: string; readonly facts?: TrainingFacts },
): Promise<TrainingResult> {
  const { process: { threads = 1 } = {}, checkpoints, resume, key, facts, onProgress, onEpoch, signal } = options;
  if (!(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new InputError("a process needs threads", { expected: "a whole number of at least 1", actual: `${threads}` });
  }
  const job: TrainingJob = { plan: portablePlan(plan), data, key, facts, threads, checkpoints, resume };
  const child = fork(PROGRAM, { serialization: "advanced", execArgv: [], stdio: ["ignore", 2, 2, "ipc"] });
  const planned = plannedCourse(plan);
  const listeners: ProcessListeners = {
    onProgress,
    onEpoch: (epochs, steps) => onEpoch?.(epochs, steps, planned),
  };
  const stop = (): void => {
    child.kill();
  };
  process.once("exit", stop);
  let patience: NodeJS.Timeout | undefined;
  let hasToKeep = false;
  const forget = onAbort(signal, () => {
    if (hasToKeep && child.connected) child.send(STOP);
    patience = setTimeout(stop, hasToKeep ? STOPS_WITHIN : 0);
  });
  try {
    return await new Promise<TrainingResult>((resolve, reject) => {
      let told = Promise.resolve();
      child.on("error", reject);
      child.on("exit", (code, signal) =>
        reject(new EngineError("the training's process ended", { actual: signal ?? `exit code ${code}` })),
      );
      child.on("message", news => {
        hasToKeep ||= checkpoints !== undefined && (news as TrainingNews).kind === "epoch";
        told = told.then(() => tell(news as TrainingNews, listeners, resolve, reject)).catch(reject);
      });
      child.send(job);
    });
  } catch (error) {
    checkAborted(signal);
    throw error;
  } finally {
    forget();
    clearTimeout(patience);
    process.off("exit", stop);
    child.kill();
  }
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
