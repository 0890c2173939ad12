import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";

/** Settings of {@link bootstrapInterval}. */
export interface BootstrapOptions {
  /** Share of the distribution inside the interval. Default 0.95; above 0, below 1. */
  confidence?: number;
  /** Draws of as many queries as there are. Default 2000; at least 1. */
  resamples?: number;
  /** Default 0; any integer. */
  seed?: number;
}

/** A mean over queries and where it may lie when the queries are others of the same kind. */
export interface BootstrapInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile bootstrap of a mean over queries (Efron 1979; Sakai, SIGIR 2006, for retrieval): draws as many queries with
 * replacement, again and again, and takes the middle of the means. It tells of the choice of queries, not of the
 * database, the training or its seed.
 * @param values (queries,), for example average precisions
 * @throws {InputError} without values, or with a confidence or number of resamples out of range
 */
export function bootstrapInterval(values: ArrayLike<number>, options: BootstrapOptions = {}): BootstrapInterval {
  const { confidence = 0.95, resamples = 2000, seed = 0 } = options;
  if (values.length === 0) throw new InputError("there is nothing to resample", { expected: "at least one value" });
  if (!(confidence > 0 && confidence < 1) || !(Number.isInteger(resamples) && resamples >= 1)) {
    throw new InputError("these resamples cannot be drawn", {
      expected: "a confidence between 0 and 1, a whole number of resamples from 1",
      actual: `${confidence}, ${resamples}`,
    });
  }
  const random = new Random(seed).stream("bootstrap");
  const means = Float64Array.from({ length: resamples }, () => resampledMean(values, random)).sort();
  const outside = (1 - confidence) / 2;
  return { mean: meanOf(values), low: quantile(means, outside), high: quantile(means, 1 - outside) };
}

function resampledMean(values: ArrayLike<number>, random: Random): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[random.integer(values.length)];
  return sum / values.length;
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** The value below which the share lies, interpolated linearly as `numpy.quantile` does. @param sorted ascending */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
