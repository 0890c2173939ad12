import { join } from "node:path";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { runsPath } from "../core/paths.js";
import { checkRolesApart } from "../datasets/split-overlaps.js";
import type { SeenPart } from "../features/seen-parts.js";
import { checkNew } from "../features/seen-parts.js";
import { methodOf } from "../methods/known-methods.js";
import type { TrainSettings } from "../training/train-config.js";
import type { TrainOptions } from "../training/train-head.js";
import { PROCESS_ENGINE } from "../training/training-process.js";
import type { Computation } from "./computation.js";
import { fittedComputation, trainingComputation } from "./computation.js";
import type { ExperimentData } from "./experiment-data.js";
import { queriesSeen } from "./queries-seen.js";

/** What an experiment computes, before it is computed. */
export interface PlannedExperiment {
  readonly computation: Computation;
  /** Where model and codes of this computation are, or will be. */
  readonly folder: string;
  readonly engine: Engine;
  /** Queries that will be learned from, where that was allowed; empty, as it should be. */
  readonly seen: readonly SeenPart[];
}

/** Settings of {@link planExperiment}. */
export interface PlanOptions extends Pick<TrainOptions, "engine" | "process"> {
  /** Folder of all experiments. Default `runs/experiments`. */
  readonly folder?: string;
  /**
   * Judge by queries that the model has learned from, or that chose its epoch; record, tables and legends say so. Default
   * false: refused.
   */
  readonly allowSeen?: boolean;
}

/**
 * What would be computed, and by which key it is found again. A fit is made here, since its key is of what it gives.
 * @throws {InputError} as `trainHead`, for settings that the method does not have, and where queries are among the rows
 *   that are learned from
 */
export async function planExperiment(
  data: ExperimentData,
  settings: TrainSettings,
  { folder = runsPath("experiments"), allowSeen = false, ...options }: PlanOptions = {},
): Promise<PlannedExperiment> {
  // What a process of its own computes, it computes on the compiled CPU engine; encoding goes with it.
  const engine =
    options.process === undefined
      ? (options.engine ?? data.engine ?? (await openEngine()))
      : await openEngine({ engine: PROCESS_ENGINE });
  const method = methodOf(settings?.method);
  const seen = queriesSeen(data, method);
  checkNew(seen, { allow: allowSeen, by: "allowSeen", instead: "queries that are no train and no validation rows" });
  checkRolesApart(data.split);
  const computation = await (method.kind === "trained"
    ? trainingComputation(data, settings, engine.name)
    : fittedComputation(data, method, settings, { engine }));
  return { computation, folder: join(folder, `${method.name}-${computation.bits}-${computation.key}`), engine, seen };
}
