import { InputError } from "../core/errors.js";

// HashNet (Cao et al., ICCV 2017), section 3.2, with the numbers of the authors' Caffe code: β_t = (1 + 0.005·t)^0.5,
// refreshed every 200 of 10,000 iterations.
const GROWTH = 0.005;
const ITERATIONS = 10_000;
const REFRESH_EVERY = 200;
/** Epochs a stair of the schedule of DeepHash-pytorch. */
const EPOCHS_A_STAIR = 20;

/**
 * How HashNet's β grows. "end-point": the authors' schedule, stretched or squeezed to the length of the training, so
 * that it always ends at √51. "sqrt-epochs": √(1 + ⌊epoch/20⌋) as DeepHash-pytorch (`step_continuation`), whatever the
 * length: its 150 epochs end at √8. "none": β = 1 throughout, which shows what the growth is for.
 */
export type Continuation = "end-point" | "sqrt-epochs" | "none";

export const CONTINUATIONS: readonly Continuation[] = ["end-point", "sqrt-epochs", "none"];

/**
 * Sharpness β of HashNet's relaxed codes at a training step (Cao et al. 2017, section 3.2; the steps are those of the
 * published code). The schedule is stretched or squeezed to the length of the training (t' = 10000·step/steps), so
 * that β runs from 1 to √51 ≈ 7.14 in 50 stairs whatever that length is: the last stair that is trained on is √50, and
 * `continuationBeta(steps, steps)` is the end point √51.
 * @param step 0-based training step (not epoch), 0 ≤ step ≤ steps
 * @param steps number of steps of the whole training, at least 1
 * @param options another schedule, and steps an epoch
 * @returns β, 1 or more
 * @throws {InputError} when step lies outside
 */
export function continuationBeta(
  step: number,
  steps: number,
  { continuation = "end-point", stepsPerEpoch = steps }: { continuation?: Continuation; stepsPerEpoch?: number } = {},
): number {
  if (!(steps >= 1 && step >= 0 && step <= steps)) {
    throw new InputError("no such training step", { expected: `a step in 0..${steps}`, actual: `${step}` });
  }
  switch (continuation) {
    case "none":
      return 1;
    case "sqrt-epochs": {
      // the head that is left after the last step belongs to the last epoch
      const epoch = Math.floor(Math.min(step, steps - 1) / stepsPerEpoch);
      return Math.sqrt(1 + Math.floor(epoch / EPOCHS_A_STAIR));
    }
    case "end-point": {
      // the multiplication comes first, for its result is an exact integer
      const refreshes = Math.floor((step * (ITERATIONS / REFRESH_EVERY)) / steps);
      return Math.sqrt(1 + GROWTH * REFRESH_EVERY * refreshes);
    }
  }
}
