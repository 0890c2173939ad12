/** A figure over several seeds. */
export interface MeanAndDeviation {
  readonly mean: number;
  /** Of the sample (n − 1); 0 for one value. */
  readonly deviation: number;
  readonly count: number;
}

/** Mean and sample standard deviation of at least one value. */
export function meanAndDeviation(values: readonly number[]): MeanAndDeviation {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count };
}
