import { InputError } from "../core/errors.js";
import type { TrainingOptions } from "./train-config.js";
import type { TrainingData } from "./training-data.js";

/** Part of a training's time that validation may take where nobody but a reader looks at it, about. */
const SHARE_OF_TIME = 0.1;

/**
 * What it costs to encode a row, a training step's cost for a row being 1: one product with each layer where a step makes
 * two, and moves all weights (measured: 6 and 28 µs, 1280 → 256 → 48, a batch of 128, one thread).
 */
const COST_OF_ENCODING = 0.25;

/** What decides which epochs are validated. */
export interface ValidatedTraining {
  readonly config: Pick<TrainingOptions, "patience" | "keep" | "schedule" | "epochs">;
  readonly batch: number;
  readonly stepsPerEpoch: number;
}

/** Whether validation decides something in every epoch: when to stop, which head to keep, when to lower the rate. */
function decides({ patience, keep, schedule }: ValidatedTraining["config"]): boolean {
  return patience > 0 || keep === "best" || schedule.kind === "plateau";
}

/** @throws {InputError} for no whole number of at least 1, or more than 1 where validation decides in every epoch */
export function checkValidateEvery(config: ValidatedTraining["config"], asked: number | undefined): void {
  if (asked === undefined || asked === 1) return;
  if (Number.isSafeInteger(asked) && asked > 1 && !decides(config)) return;
  throw new InputError("validateEvery cannot be this", {
    expected: decides(config)
      ? '1: patience, keep "best" and the schedule "plateau" look at every epoch'
      : "a whole number of at least 1",
    actual: `${asked}`,
  });
}

/**
 * Epochs from one validation to the next, counted back from the last of those planned. Where it decides that is each; else
 * as many as keep it near a tenth of the time, by counts of rows alone: the same training is validated in the same epochs
 * wherever it runs.
 * @param asked by the caller; undefined: as said
 * @throws {InputError} as {@link checkValidateEvery}
 */
export function epochsBetweenValidations(
  { config, batch, stepsPerEpoch }: ValidatedTraining,
  { query, database }: NonNullable<TrainingData["validation"]>,
  asked?: number,
): number {
  checkValidateEvery(config, asked);
  if (decides(config)) return 1;
  const encoded = query.length + database.length;
  return asked ?? Math.max(1, Math.ceil((COST_OF_ENCODING / SHARE_OF_TIME) * (encoded / (batch * stepsPerEpoch))));
}
