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
 * @param seedReaches by measure, how far another seed's is. Default: not known
 */
export function measureChanges(
  recorded: Measured,
  now: Measured,
  seedReaches: ReadonlyMap<string, number> = new Map(),
): MeasureChange[] {
  const after = new Map(figuresOf(now));
  return figuresOf(recorded).map(([measure, value]) => {
    const seedReach = seedReaches.get(measure);
    const change = { measure, recorded: value, now: after.get(measure) ?? Number.NaN };
    return seedReach === undefined ? change : { ...change, seedReach };
  });
}

/** How far a measure is from the recorded one; infinite where it is not there. */
export function distance({ recorded, now }: MeasureChange): number {
  return Number.isNaN(now) ? Number.POSITIVE_INFINITY : Math.abs(now - recorded);
}

/** How far a measure is beyond what another seed's would be, or beyond the tolerance where that is more; below 0: within. */
export function excess(change: MeasureChange, tolerance: number): number {
  return distance(change) - Math.max(tolerance, change.seedReach ?? 0);
}

/** The measure that tells most against a run; undefined where there is none. */
export function furthest(changes: readonly MeasureChange[], tolerance: number): MeasureChange | undefined {
  const beyond = changes.filter(change => distance(change) > tolerance);
  if (beyond.length === 0) return mostOf(changes, distance);
  return mostOf(beyond, change => excess(change, tolerance));
}

function mostOf(changes: readonly MeasureChange[], far: (change: MeasureChange) => number): MeasureChange | undefined {
  return changes.reduce<MeasureChange | undefined>(
    (most, change) => (most === undefined || far(change) > far(most) ? change : most),
    undefined,
  );
}

/** The numbers of what is measured, by their places in it. */
export function figuresOf({ result, validationMAP }: Measured): [string, number][] {
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
