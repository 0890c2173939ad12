import { settingsKey } from "../experiments/settings-key.js";
import type { Run } from "../records/run-record.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import { figuresOf } from "./measure-changes.js";

/** Of two seeds, one happens to be near the other too often. */
const FEWEST_SEEDS = 3;

/** 99.5 % quantiles of Student's t distribution for 2 to 10 degrees of freedom; beyond, the last errs on the safe side. */
const T_QUANTILES: readonly number[] = [9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.25, 3.169];

/** How far two trainings of other seeds are apart. */
export interface SeedSpread {
  /** Runs of a study that differ from a run by nothing but their seed, and itself. */
  readonly seeds: number;
  /** By measure, how far another seed's is from it, in 99 of 100 cases. */
  readonly reaches: ReadonlyMap<string, number>;
}

/**
 * How far the measures of one more training would be from those of a run, were it another seed's: √2 · t · s, with s the
 * deviation over the seeds of the same method, length and settings, and the 99.5 % quantile t of n − 1 degrees of freedom,
 * for few seeds tell little of their deviation: 14 s for three, 6.5 s for five, 4.5 s for eleven. Not 95 %: a run has some
 * twenty measures, and all are to be within.
 * @param runs all of its study
 * @returns undefined when there are fewer than three seeds
 */
export function seedSpread(run: Run, runs: readonly Run[]): SeedSpread | undefined {
  const group = runs.filter(other => differsBySeed(run, other)).map(other => new Map(figuresOf(other)));
  if (group.length < FEWEST_SEEDS) return undefined;
  const reaches = new Map<string, number>();
  for (const [measure] of figuresOf(run)) {
    const values = group.flatMap(figures => figures.get(measure) ?? []);
    if (values.length >= FEWEST_SEEDS) reaches.set(measure, reachOf(values));
  }
  return { seeds: group.length, reaches };
}

/** See {@link seedSpread}. @param values of a measure, three at least */
export function reachOf(values: readonly number[]): number {
  const { deviation, count } = meanAndDeviation(values);
  const t = T_QUANTILES[Math.min(count - 1 - 2, T_QUANTILES.length - 1)];
  return Math.SQRT2 * t * deviation;
}

/** Whether nothing but the seed, if that, tells two runs apart. */
function differsBySeed({ record }: Run, { record: other }: Run): boolean {
  return (
    settingsKey(record.config) === settingsKey(other.config) && record.methodFile?.sha256 === other.methodFile?.sha256
  );
}
