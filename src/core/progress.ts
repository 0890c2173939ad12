/** What long work tells whoever watches it: a terminal line, a notebook cell, or nobody. */
export interface Progress {
  /** What is being done, for example "features". */
  readonly task: string;
  /** Units finished. */
  readonly done: number;
  readonly total: number;
  /** Name of a unit in the plural, for example "images". */
  readonly unit: string;
  /** Units a second since the start of this run (what a cache or an earlier run gave does not count). */
  readonly rate: number;
  /** Seconds left at that rate. */
  readonly secondsLeft: number;
  /** More to show, for example the loss. */
  readonly note?: string;
}

/** Is told how far a piece of work is. */
export type ProgressListener = (progress: Progress) => void;

/** Measures the rate of work and reports it to a listener. */
export class ProgressMeter {
  private readonly started: number = performance.now();

  /** @param alreadyDone units that were there at the start, left out of the rate */
  constructor(
    private readonly task: string,
    private readonly total: number,
    private readonly unit: string,
    private readonly listener: ProgressListener | undefined,
    private readonly alreadyDone: number = 0,
  ) {}

  report(done: number, note?: string): void {
    const seconds = (performance.now() - this.started) / 1000;
    const rate = seconds > 0 ? (done - this.alreadyDone) / seconds : 0;
    const secondsLeft = rate > 0 ? (this.total - done) / rate : Number.POSITIVE_INFINITY;
    const base = { task: this.task, done, total: this.total, unit: this.unit, rate, secondsLeft };
    this.listener?.(note === undefined ? base : { ...base, note });
  }
}

/** One line for a terminal or a cell: `features 1280/10000 images, 71.3 images/s, 2 min 2 s left`. */
export function progressLine(progress: Progress): string {
  const { task, done, total, unit, rate, secondsLeft, note } = progress;
  const parts = [`${task} ${done}/${total} ${unit}`];
  if (rate > 0) parts.push(`${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3)} ${unit}/s`);
  if (done < total && Number.isFinite(secondsLeft)) parts.push(`${duration(secondsLeft)} left`);
  if (note !== undefined) parts.push(note);
  return parts.join(", ");
}

/** Seconds in words: `8.4 s`, `2 min 5 s`, `1 h 12 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
