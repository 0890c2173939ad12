import type { CellState, SweepCell, SweepState } from "./sweep-options.js";
import { secondsLeft } from "./seconds-left.js";

/** Where a run is, without what it is. */
export type CellPlace<S extends CellState["state"] = CellState["state"]> = Omit<Extract<CellState, { state: S }>, keyof SweepCell>;

/** When a run was begun, and how long it took, for the estimate of what is left. */
export interface CellTimes {
  readonly begun?: number;
  readonly took?: number;
}

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
    const left = secondsLeft(this.states, this.times, { now: seconds, workers: this.workers });
    return { cells: [...this.states], seconds, ...(left === undefined ? {} : { secondsLeft: left }) };
  }

  /** Notes where a run is now, and tells of it. */
  set({ name, settings }: SweepCell, place: CellPlace): void {
    const at = this.places.get(name)!;
    const { begun = this.now() } = this.times[at];
    this.states[at] = { name, settings, ...place } as CellState;
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
