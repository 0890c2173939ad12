import { randomUUID } from "node:crypto";
import { duration, type Progress, type ProgressListener, progressLine } from "../core/progress.js";
import { sendToCell } from "./kernel-display.js";

/** Settings of {@link cellProgress}. */
export interface ProgressOptions {
  /** Leave one line that says what was done and how long it took. Default: false, nothing stays. */
  keep?: boolean;
  /** Seconds between two updates. Default: 0.2; on something that is no terminal 10. */
  interval?: number;
}

/** Calls `show` for progress, but not too often, and `finish` when the work is done. */
function limitRate(
  interval: number,
  show: (progress: Progress) => void,
  finish: (progress: Progress, seconds: number) => void,
): ProgressListener {
  let task: string | undefined;
  let started = 0;
  let shown = Number.NEGATIVE_INFINITY;
  return progress => {
    const now = performance.now();
    if (task !== progress.task) {
      task = progress.task;
      started = now;
      shown = Number.NEGATIVE_INFINITY;
    }
    if (progress.done >= progress.total) {
      finish(progress, (now - started) / 1000);
      task = undefined;
    } else if (now - shown >= 1000 * interval) {
      show(progress);
      shown = now;
    }
  };
}

function summary({ task, total, unit, note }: Progress, seconds: number): string {
  return `${task}: ${total} ${unit} in ${duration(seconds)}${note === undefined ? "" : `, ${note}`}`;
}

/** Progress on a terminal: one line on stderr, written over again and again. In a log file, a line now and then. */
export function terminalProgress(options: ProgressOptions = {}): ProgressListener {
  const live = process.stderr.isTTY === true;
  const columns = process.stderr.columns ?? 120;
  const show = (progress: Progress): void => {
    const line = progressLine(progress).slice(0, columns - 1);
    process.stderr.write(live ? `\r\u001b[K${line}` : `${line}\n`);
  };
  const finish = (progress: Progress, seconds: number): void => {
    if (live) process.stderr.write("\r\u001b[K");
    if (options.keep || !live) process.stderr.write(`${summary(progress, seconds)}\n`);
  };
  return limitRate(options.interval ?? (live ? 0.2 : 10), show, finish);
}

/**
 * Progress in the cell that runs: one line in place, gone when the work is done unless `keep` is set.
 * Outside of a kernel it goes to the terminal.
 */
export function cellProgress(options: ProgressOptions = {}): ProgressListener {
  const terminal = terminalProgress(options);
  const display_id = randomUUID();
  let begun = false;
  let inCell = true;
  // A display without any data is no output; one of an empty text would leave a blank line in the notebook.
  const write = (text?: string): void => {
    const data = text === undefined ? {} : { "text/plain": text };
    inCell = sendToCell({ data, metadata: {}, transient: { display_id } }, begun);
    begun = inCell;
  };
  const inPlace = limitRate(
    options.interval ?? 0.2,
    progress => write(progressLine(progress)),
    (progress, seconds) => {
      if (options.keep) write(summary(progress, seconds));
      else if (begun) write();
    },
  );
  return progress => {
    if (inCell) inPlace(progress);
    if (!inCell) terminal(progress);
  };
}
