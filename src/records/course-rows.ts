import type { EpochRecord, StepRecord } from "../training/history.js";

/** What is known of one step of a training, under the names that all trackers get. */
export interface CourseRow {
  /** From 0. */
  readonly step: number;
  /** From 1: the epoch that it belongs to. */
  readonly epoch: number;
  /** By the names of {@link COURSE_METRICS}; the last step of an epoch also has what is measured once an epoch. */
  readonly values: Readonly<Partial<Record<CourseMetric, number>>>;
}

/**
 * What is followed over a training: of each step, then of each epoch. A slash parts groups, as TensorBoard shows them; ten
 * letters tell the names apart, which is what trackio keeps of them.
 */
export const COURSE_METRICS = [
  "train/loss",
  "train/beta",
  "train/quantisation",
  "train/learningRate",
  "val/mAP",
  "val/bitImbalance",
  "val/bitCorrelation",
] as const;

export type CourseMetric = (typeof COURSE_METRICS)[number];

/**
 * The course of a training, a row a step.
 * @param epochs all epochs so far: a whole number of steps each, the same for all
 */
export function courseRows(epochs: readonly EpochRecord[], steps: readonly StepRecord[]): CourseRow[] {
  const stepsPerEpoch = steps.length / Math.max(1, epochs.length);
  return steps.map(({ step, loss, beta, quantisation }, at) => {
    const epoch = Math.floor(at / stepsPerEpoch);
    const isLast = (at + 1) % stepsPerEpoch === 0;
    const ofStep = { "train/loss": loss, "train/beta": beta, "train/quantisation": quantisation };
    return { step, epoch: epoch + 1, values: isLast ? { ...ofStep, ...ofEpoch(epochs[epoch]) } : ofStep };
  });
}

function ofEpoch(epoch: EpochRecord): CourseRow["values"] {
  const { learningRate, validationMAP, bitImbalance, bitCorrelation } = epoch;
  const measured = {
    "train/learningRate": learningRate,
    "val/mAP": validationMAP,
    "val/bitImbalance": bitImbalance,
    "val/bitCorrelation": bitCorrelation,
  };
  return Object.fromEntries(Object.entries(measured).filter(([, value]) => value !== undefined));
}
