import type { CellState } from "./sweep-options.js";

/** When a run was begun, and how long it took, for the estimate of what is left. */
export interface CellTimes {
  readonly begun?: number;
  readonly took?: number;
}

/** A moment of a sweep. */
interface Moment {
  /** Seconds since it began. */
  readonly now: number;
  readonly workers: number;
}

/**
 * Seconds that a sweep still takes: a run as long as those of its method have taken, or as its epochs so far let expect,
 * and all of them shared by the workers. Undefined while nothing has been measured.
 */
export function secondsLeft(
  cells: readonly CellState[],
  times: readonly CellTimes[],
  { now, workers }: Moment,
): number | undefined {
  const lengths = measuredLengths(cells, times, now);
  const all = [...lengths.values()].flat();
  const open = cells.flatMap((cell, at) => (cell.state === "waiting" || cell.state === "running" ? [at] : []));
  if (open.length === 0) return 0;
  if (all.length === 0) return undefined;
  const left = open.map(at => {
    const length = mean(lengths.get(methodNameOf(cells[at])) ?? all);
    const { begun } = times[at];
    return Math.max(0, length - (begun === undefined ? 0 : now - begun));
  });
  const longest = left.reduce((most, one) => Math.max(most, one), 0);
  return Math.max(longest, left.reduce((sum, one) => sum + one, 0) / workers);
}

/** Seconds of the runs of each method: of those that are over, else what those that run will come to. */
function measuredLengths(
  cells: readonly CellState[],
  times: readonly CellTimes[],
  now: number,
): ReadonlyMap<string, number[]> {
  const over = new Map<string, number[]>();
  const expected = new Map<string, number[]>();
  for (const [at, cell] of cells.entries()) {
    const { begun, took } = times[at];
    if (took !== undefined) addTo(over, methodNameOf(cell), took);
    if (cell.state === "running" && cell.epoch > 0 && begun !== undefined) {
      addTo(expected, methodNameOf(cell), ((now - begun) * cell.epochs) / cell.epoch);
    }
  }
  return new Map([...expected, ...over]);
}

function addTo(lists: Map<string, number[]>, name: string, value: number): void {
  lists.set(name, [...(lists.get(name) ?? []), value]);
}

function methodNameOf({ settings: { method } }: CellState): string {
  return typeof method === "string" ? method : method.name;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
