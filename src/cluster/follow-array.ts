import { setTimeout as sleep } from "node:timers/promises";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { ProgressListener } from "../core/progress.js";
import { arrayProgress } from "./array-progress.js";
import type { ArrayWork } from "./array-work.js";
import type { EndedWork } from "./ended-work.js";
import { outcomeOf } from "./ended-work.js";
import { recentRate } from "./progress-rate.js";
import type { SlurmClient } from "./slurm-client.js";
import { jobNames } from "./slurm-scripts.js";
import type { TaskMarks } from "./task-marks.js";
import { readMarks } from "./task-marks.js";

/** Settings of {@link followArray}. */
export interface FollowOptions extends Abortable {
  readonly client: SlurmClient;
  readonly onProgress?: ProgressListener;
  /** Seconds between two looks. Default 2; 10 where there are more than 500 tasks. */
  readonly interval?: number;
  /**
   * Seconds that a mark may take to be seen after its job has left the queue: network file systems show a new file late.
   * Default 70.
   */
  readonly grace?: number;
}

/**
 * Watches work on a cluster until what comes after the tasks has ended. The jobs do not need it: it may be left at any time
 * and begun again.
 * @throws {InputError} as {@link outcomeOf}
 */
export async function followArray(work: ArrayWork, options: FollowOptions): Promise<EndedWork> {
  const { client, signal, onProgress, interval = work.tasks > 500 ? 10 : 2, grace = 70 } = options;
  const names = jobNames(work);
  const rate = recentRate();
  const ask = patiently(() => client.queue([names.tasks, names.after]), signal);
  let marks: TaskMarks | undefined;
  for (let lastQueued = performance.now(); ; ) {
    checkAborted(signal);
    const queued = await ask();
    if (queued === undefined) {
      await pause(interval, signal);
      continue;
    }
    marks = await readMarks(work, marks);
    onProgress?.(arrayProgress(work, { marks, queued }, rate));
    if (queued.length > 0) lastQueued = performance.now();
    else if (isDecided(work, marks) || performance.now() - lastQueued > 1000 * grace) {
      return outcomeOf(work, marks, client);
    }
    await pause(interval, signal);
  }
}

/** Looks in a row that may be in vain: a controller that is begun anew answers nobody for a while. */
const MOST_IN_VAIN = 30;

/** Asks, and gives nothing where that is in vain, unless it has been too often. */
function patiently<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): () => Promise<T | undefined> {
  let inVain = 0;
  return async () => {
    try {
      const answer = await ask();
      inVain = 0;
      return answer;
    } catch (cause) {
      checkAborted(signal); // Ctrl-C ends what was asked with us
      if (++inVain > MOST_IN_VAIN) throw cause;
      return undefined;
    }
  };
}

async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(1000 * seconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** Whether the marks say how it ended: what comes after has, or all tasks have and one that it needs has failed. */
function isDecided({ tasks, after }: { tasks: number; after: { needsAll: boolean } }, marks: TaskMarks): boolean {
  const { exits, afterExit } = marks;
  if (afterExit !== undefined) return true;
  return after.needsAll && exits.size === tasks && [...exits.values()].some(exit => exit !== 0);
}
