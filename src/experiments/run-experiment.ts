import type { EvaluateOptions } from "../metrics/evaluate-options.js";
import { checkMeasures } from "../metrics/evaluate-options.js";
import type { MeasuredBy } from "../protocols/headline-rule.js";
import { headlineRule } from "../protocols/headline-rule.js";
import type { TrainSettings } from "../training/train-config.js";
import type { TrainOptions } from "../training/train-head.js";
import type { PoolOptions } from "../training/training-process.js";
import { computeExperiment } from "./compute-experiment.js";
import type { ExperimentData } from "./experiment-data.js";
import type { Experiment } from "./judge-experiment.js";
import { judgeExperiment } from "./judge-experiment.js";
import type { PlanOptions } from "./plan-experiment.js";
import { planExperiment } from "./plan-experiment.js";

export type { Experiment, ExperimentRecord } from "./judge-experiment.js";

/** Settings of {@link runExperiment}. */
export interface ExperimentOptions extends PlanOptions, Pick<TrainOptions, "onProgress" | "onEpoch" | "signal"> {
  /** The R of mAP@R, beside "all". Default 10 and 1000. */
  readonly cutoffs?: readonly number[];
  /** Items of unknown class among queries and database: as for `evaluateCodes`. Default: as the settings treat train rows. */
  readonly unlabelled?: EvaluateOptions["unlabelled"];
  /** Where queries stand in the database, as published lists have it, measure without them too. Default false. */
  readonly dropQueriesFromDatabase?: boolean;
  /** Metrics to measure too, by name or one's own. What was trained before is only measured again. Default: none. */
  readonly metrics?: EvaluateOptions["metrics"];
  /** Whose headline is measured too, as `headline`. Default: that of the data, as of a study of a protocol; else none. */
  readonly protocol?: MeasuredBy;
}

/**
 * Trains a head (or fits a method), encodes every row, ranks the database for every query and measures. What computes
 * the same was computed once: its codes are read, and only measured. A training that was killed goes on where it was;
 * `onEpoch` is called once, with the whole course, when it had been finished before.
 * @throws {InputError} as `trainHead`, for settings that the method does not have, and where queries are among the rows
 *   that are learned from
 */
export async function runExperiment(
  data: ExperimentData,
  settings: TrainSettings,
  options: ExperimentOptions & PoolOptions = {},
): Promise<Experiment> {
  const { cutoffs, metrics, protocol = data.protocol, dropQueriesFromDatabase, signal } = options;
  const { unlabelled = settings?.unlabelled } = options;
  // Before it is trained what cannot be measured after it.
  checkMeasures({ cutoffs, metrics });
  if (protocol !== undefined) headlineRule(protocol);
  const computed = await computeExperiment(data, await planExperiment(data, settings, options), options);
  return judgeExperiment(data, computed, { cutoffs, metrics, protocol, unlabelled, dropQueriesFromDatabase, signal });
}
