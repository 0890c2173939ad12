import { InputError } from "../core/errors.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";

/** The values of a column of a table: by entry and seed, (queries,) in one order, none missing. */
export type ColumnValues = readonly (readonly Float64Array[])[];

/** What an entry's mean over queries and seeds varies by. Variances of that mean, not of single values. */
export interface EntryParts {
  readonly mean: number;
  /** Sample deviation of the seeds' means; 0 for one seed. */
  readonly deviation: number;
  readonly seeds: number;
  /** Whether several seeds gave the same, value for value: nothing in it is drawn. */
  readonly fixed: boolean;
  /** Of the seeds' means, for one seed; undefined for one seed alone. */
  readonly seedVariance: number | undefined;
  /** Of what seed and query do together, in the mean over both; undefined for one seed alone. */
  readonly error: number | undefined;
  /** (queries,) means over seeds. */
  readonly byQuery: Float64Array;
}

/**
 * Takes an entry's values apart as the two-way layout seed × query does: MS_seed = Q · seedVariance and
 * MS_error = S · Q · error, with S seeds and Q queries.
 * @param values by seed, (queries,)
 * @throws {InputError} without two queries
 */
export function entryParts(values: readonly Float64Array[]): EntryParts {
  const seeds = values.length;
  const queries = values[0].length;
  if (queries < 2) {
    throw new InputError("a comparison needs several queries", { expected: "2 or more", actual: `${queries}` });
  }
  const byQuery = Float64Array.from({ length: queries }, (_, q) => meanOf(values.map(ofSeed => ofSeed[q])));
  const bySeed = values.map(meanOf);
  const { mean, deviation } = meanAndDeviation(bySeed);
  const common = { mean, deviation, seeds, byQuery };
  if (seeds === 1) return { ...common, fixed: false, seedVariance: undefined, error: undefined };
  const fixed = values.every(ofSeed => ofSeed.every((value, q) => value === values[0][q]));
  let squares = 0;
  for (const [s, ofSeed] of values.entries()) {
    for (let q = 0; q < queries; q++) squares += (ofSeed[q] - byQuery[q] - bySeed[s] + mean) ** 2;
  }
  const meanSquare = fixed ? 0 : squares / ((seeds - 1) * (queries - 1));
  return { ...common, fixed, seedVariance: fixed ? 0 : deviation ** 2, error: meanSquare / (seeds * queries) };
}

/** (entries, entries) covariance, over queries, of the entries' means: what the choice of queries adds to differences. */
export function queryCovariance(parts: readonly EntryParts[]): Float64Array[] {
  const queries = parts[0].byQuery.length;
  return parts.map(a =>
    Float64Array.from(parts, b => {
      let sum = 0;
      for (let q = 0; q < queries; q++) sum += (a.byQuery[q] - a.mean) * (b.byQuery[q] - b.mean);
      return sum / (queries - 1) / queries;
    }),
  );
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
