import type { Progress } from "../core/progress.js";
import type { CellTimes } from "./seconds-left.js";
import { secondsLeft as estimateLeft } from "./seconds-left.js";
import type { CellPlace, CellState, SweepCell, SweepState } from "./sweep-options.js";

/** Keeps where every run of a sweep is, and tells of every change. */
export class SweepBoard {
  private readonly started = performance.now();
  private readonly states: CellState[];
  private readonly times: CellTimes[];
  private readonly places: ReadonlyMap<string, number>;

  /**
   * @param cells in the order asked for
   * @param workers runs at a time
   */
  constructor(
    cells: readonly SweepCell[],
    private readonly workers: number,
    private readonly onState: ((state: SweepState) => void) | undefined,
  ) {
    this.states = cells.map(({ name, settings }) => ({ name, settings, state: "waiting" }));
    this.times = cells.map(() => ({}));
    this.places = new Map(cells.map(({ name }, at) => [name, at]));
  }

  get state(): SweepState {
    const seconds = this.now();
    const left = estimateLeft(this.states, this.times, { now: seconds, workers: this.workers });
    return { cells: [...this.states], seconds, ...(left === undefined ? {} : { secondsLeft: left }) };
  }

  /** Notes where a run is now, and tells of it. */
  set({ name, settings }: SweepCell, place: CellPlace): void {
    const at = this.places.get(name)!;
    const { begun = this.now() } = this.times[at];
    this.states[at] = { name, settings, ...place };
    switch (place.state) {
      case "waiting":
        break;
      case "running":
        this.times[at] = { begun };
        break;
      case "done":
        this.times[at] = { begun, ...(place.cached ? {} : { took: this.now() - begun }) };
        break;
      case "failed":
        this.times[at] = { begun };
    }
    this.onState?.(this.state);
  }

  private now(): number {
    return (performance.now() - this.started) / 1000;
  }
}

/** Where a sweep is as progress: runs that are over, also those that failed. */
export function sweepProgress({ cells, seconds, secondsLeft }: SweepState): Progress {
  const done = cells.filter(({ state }) => state === "done" || state === "failed").length;
  const rate = seconds > 0 ? done / seconds : 0;
  const left = secondsLeft ?? Number.POSITIVE_INFINITY;
  return { task: "sweep", done, total: cells.length, unit: "runs", rate, secondsLeft: left };
}
