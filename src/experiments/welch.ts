import type { MeanAndDeviation } from "../training/mean-and-deviation.js";

/** 97.5 % quantiles of Student's t distribution for 1 to 10 degrees of freedom; beyond, 2.2 errs on the safe side. */
const T_QUANTILES: readonly number[] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const T_BEYOND = 2.2;

/** How two means over seeds differ. */
export interface MeanDifference {
  /** Of the first over the second. */
  readonly difference: number;
  /** Its standard error. */
  readonly error: number;
  /** What it must exceed in size to be one at the 5 % level. */
  readonly least: number;
}

/**
 * Welch's t test of two means. What was computed once, without chance, is known exactly: of deviation 0.
 * @param a of two values or more, or `b` is
 */
export function welch(a: MeanAndDeviation, b: MeanAndDeviation): MeanDifference {
  const variances = [a, b].map(({ deviation, count }) => ({ of: deviation ** 2 / count, count }));
  const sum = variances.reduce((total, { of }) => total + of, 0);
  // Welch and Satterthwaite, rounded down
  const parts = variances.reduce((total, { of, count }) => total + (of === 0 ? 0 : of ** 2 / (count - 1)), 0);
  const freedom = parts === 0 ? 1 : Math.max(1, Math.floor(sum ** 2 / parts));
  const error = Math.sqrt(sum);
  return { difference: a.mean - b.mean, error, least: (T_QUANTILES[freedom - 1] ?? T_BEYOND) * error };
}
