import type { EpochRecord, StepRecord } from "../../src/training/history.js";

/** The course of a training of three steps an epoch, validated after every other one. */
export function courseOf(epochs: number, loss = 1): readonly [epochs: EpochRecord[], steps: StepRecord[]] {
  const steps: StepRecord[] = Array.from({ length: 3 * epochs }, (_, step) => ({
    step,
    loss: loss / (step + 3),
    beta: 1,
    quantisation: 0.5,
  }));
  const ofEpochs = Array.from({ length: epochs }, (_, at) => ({
    epoch: at + 1,
    loss: steps[3 * at].loss,
    learningRate: 1e-7,
    quantisation: 0.5,
    ...(at % 2 === 0 ? { validationMAP: at / 10 } : {}),
  }));
  return [ofEpochs, steps];
}
