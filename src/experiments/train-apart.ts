import type { Engine } from "../compute/program.js";
import { availableCores } from "../core/cores.js";
import { workInPool } from "../core/work-in-pool.js";
import { ProcessPool } from "../training/process-pool.js";
import type { TrainOptions } from "../training/train-head.js";
import type { PoolOptions } from "../training/training-process.js";
import { PROCESS_ENGINE } from "../training/training-process.js";

/** Where trainings are done that may be done at the same time. */
export type TrainPlace = Pick<TrainOptions, "engine" | "process"> & PoolOptions;

/** Settings of {@link trainApart}. */
export interface ApartOptions extends PoolOptions {
  /** What computes where a training has no process of its own. */
  readonly engine: Engine;
  /** At a time, 1 or more. Default: as many as there are cores. */
  readonly workers?: number;
}

/**
 * Does work that trains for each item, several at a time: on the compiled CPU engine each training in a process of its own
 * with one thread, which is done sooner than one after the other on all cores, and gives the same whatever runs beside it.
 * On another engine they follow one another in this process.
 * @param work is told where to train
 * @throws what the first work that failed threw; no other is begun then
 */
export async function trainApart<T>(
  items: readonly T[],
  { engine, workers = availableCores(), pool: given }: ApartOptions,
  work: (item: T, place: TrainPlace) => Promise<void>,
): Promise<void> {
  if (engine.name !== PROCESS_ENGINE) return workInPool(items, 1, item => work(item, { engine }));
  const pool = given ?? new ProcessPool();
  try {
    await workInPool(items, workers, item => work(item, { process: { threads: 1 }, pool }));
  } finally {
    if (given === undefined) pool.close();
  }
}
