/** A difference, or a mean, with its standard error and what that is known by. */
export interface Size {
  readonly value: number;
  readonly error: number;
  /** Degrees of freedom of the error; not a number where there is none. */
  readonly freedom: number;
}

/**
 * How far a value is from 0: the normal deviate as rare as its t (Wallace, 1959; within .05 of it for t up to 6, from 2
 * degrees of freedom on), so that values of many and of few degrees of freedom are compared by one measure. Only its
 * order counts: what is rare is told by draws. One without an error is beyond all chance.
 */
export function statisticOf({ value, error, freedom }: Size): number {
  if (value === 0) return 0;
  if (error === 0) return Number.POSITIVE_INFINITY;
  return shrink(freedom) * Math.sqrt(freedom * Math.log1p((value / error) ** 2 / freedom));
}

/** How far from a value the statistic of the distance is as large as a given one. */
export function halfWidth({ error, freedom }: Size, statistic: number): number {
  if (error === 0) return 0;
  return error * Math.sqrt(freedom * Math.expm1((statistic / shrink(freedom)) ** 2 / freedom));
}

function shrink(freedom: number): number {
  return (8 * freedom + 1) / (8 * freedom + 3);
}
