import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, NUMBER, objectOf } from "../core/json-schema.js";
import type { TrainingOptions } from "./train-config.js";

/** One training step, as it was. */
export interface StepRecord {
  /** From 0. */
  readonly step: number;
  readonly loss: number;
  /** β of the relaxed codes in this step. */
  readonly beta: number;
  /** Mean of | |h| − 1 | over the batch, 0..1: how far relaxed codes are from hash codes. */
  readonly quantisation: number;
}

/** What validation says of a head after an epoch. */
export interface ValidationRecord {
  /** Tie-aware mAP@all of the validation queries. */
  readonly validationMAP: number;
  /** Mean over bits of |share of +1 − 1/2|, 0..0.5: 0 when every bit splits the validation database in halves. */
  readonly bitImbalance: number;
  /** Mean of |Pearson correlation| over pairs of different bits, 0..1, on the validation database. */
  readonly bitCorrelation: number;
}

/** One epoch, as it was; with what validation says, where there was any after it. */
export interface EpochRecord extends Partial<ValidationRecord> {
  /** From 1: epochs finished. */
  readonly epoch: number;
  /** Mean loss of its steps. */
  readonly loss: number;
  /** Learning rate of its last step. */
  readonly learningRate: number;
  /** Mean over its steps of | |h| − 1 |. */
  readonly quantisation: number;
}

/** What a training is going to be, if nothing ends it early: for axes and for the time that is left. */
export interface PlannedCourse {
  readonly epochs: number;
  readonly steps: number;
  /** Of all its steps. */
  readonly largestBeta: number;
  /** Whether some epochs are validated, be it none so far. Default false: where none was, none will be. */
  readonly validated?: boolean;
}

/** The course of a training that is over, as if no more of it had been planned. */
export function pastCourse(epochs: readonly EpochRecord[], steps: readonly StepRecord[]): PlannedCourse {
  const largestBeta = steps.reduce((most, { beta }) => Math.max(most, beta), 0);
  return { epochs: epochs.length, steps: steps.length, largestBeta };
}

/** What is not finite is null in JSON. */
const MEASURED: JsonSchema = { type: ["number", "null"] };

/** {@link StepRecord} in files. */
export const STEP_SCHEMA: JsonSchema = objectOf({ step: COUNT, loss: MEASURED, beta: NUMBER, quantisation: MEASURED });

/** {@link EpochRecord} in files. */
export const EPOCH_SCHEMA: JsonSchema = objectOf(
  { epoch: COUNT, loss: MEASURED, learningRate: NUMBER, quantisation: MEASURED },
  { validationMAP: MEASURED, bitImbalance: MEASURED, bitCorrelation: MEASURED },
);

/** The epoch with the highest validation mAP. */
export interface BestEpoch {
  readonly epoch: number;
  readonly validationMAP: number;
}

/** The first epoch that no other exceeds in validation mAP; undefined without validation. */
export function bestEpoch(epochs: readonly EpochRecord[]): BestEpoch | undefined {
  let best: BestEpoch | undefined;
  for (const { epoch, validationMAP } of epochs) {
    if (validationMAP !== undefined && (best === undefined || validationMAP > best.validationMAP)) {
      best = { epoch, validationMAP };
    }
  }
  return best;
}

/** Whether early stopping ends the training after the last of these epochs. */
export function isPatienceOver(
  epochs: readonly EpochRecord[],
  { patience }: Pick<TrainingOptions, "patience">,
): boolean {
  const best = bestEpoch(epochs);
  return patience > 0 && best !== undefined && epochs.length - best.epoch >= patience;
}
