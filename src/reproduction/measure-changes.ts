import type { SearchResult } from "../experiments/result.js";
import type { MeasureChange } from "./reproduction.js";

/** Parts of an evaluation that are drawn, and no figures of a table. */
const CURVES: readonly string[] = ["prByRadius", "prByRank", "notes"];

/** What is measured of a run. */
export interface Measured {
  readonly result?: SearchResult;
  /** Tie-aware mAP of the validation queries. */
  readonly validationMAP?: number;
}

/**
 * All figures that a record has, each beside that of now; one that is missing now is NaN there. Where a published
 * convention leaves out every query both are NaN, and nothing is said of it.
 */
export function measureChanges(recorded: Measured, now: Measured): MeasureChange[] {
  const after = new Map(figuresOf(now));
  return figuresOf(recorded).map(([measure, value]) => ({
    measure,
    recorded: value,
    now: after.get(measure) ?? Number.NaN,
  }));
}

/** How far a measure is from the recorded one; infinite where it is not there. */
export function distance({ recorded, now }: MeasureChange): number {
  return Number.isNaN(now) ? Number.POSITIVE_INFINITY : Math.abs(now - recorded);
}

/** The measure that is furthest from the recorded one; undefined where there is none. */
export function furthest(changes: readonly MeasureChange[]): MeasureChange | undefined {
  return changes.reduce<MeasureChange | undefined>(
    (worst, change) => (worst === undefined || distance(change) > distance(worst) ? change : worst),
    undefined,
  );
}

function figuresOf({ result, validationMAP }: Measured): [string, number][] {
  const { evaluation, headline, withoutQueries } = result ?? {};
  return [
    ...numbersIn(evaluation, ""),
    ...numbersIn(headline?.ours, "headline."),
    ...numbersIn(withoutQueries?.evaluation, "withoutQueries."),
    ...numbersIn({ validationMAP }, ""),
  ];
}

/** All numbers in a value, by their paths. */
function numbersIn(value: unknown, path: string): [string, number][] {
  if (typeof value === "number") return Number.isNaN(value) ? [] : [[path.slice(0, -1), value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([name]) => !CURVES.includes(name))
    .flatMap(([name, inside]) => numbersIn(inside, `${path}${name}.`));
}
