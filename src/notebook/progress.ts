import { AsyncResource } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { onAbort } from "../core/abort.js";
import { duration, type Progress, type ProgressListener, progressLine } from "../core/progress.js";
import { runningCell, sendToCell } from "./kernel-display.js";

/** Settings of {@link cellProgress}. */
export interface ProgressOptions {
  /** Seconds between two updates. Default: 0.2; on something that is no terminal 10. */
  interval?: number;
  /** Seconds a piece of work takes before the cell tells of it. Default 0.3. */
  patience?: number;
}

/** Settings of {@link terminalProgress}. */
export interface TerminalProgressOptions extends Pick<ProgressOptions, "interval"> {
  /** Leave one line that says what was done and how long it took. Default: false, nothing stays. */
  keep?: boolean;
}

/** Who shows progress. */
interface Shower {
  show(progress: Progress): void;
  finish(progress: Progress, seconds: number): void;
}

/** Calls `show` for progress, but not too often, and `finish` when the work is done. In seconds. */
function limitRate({ interval, patience }: Required<ProgressOptions>, { show, finish }: Shower): ProgressListener {
  let task: string | undefined;
  let started = 0;
  let due = 0;
  return progress => {
    const now = performance.now();
    if (task !== progress.task) {
      task = progress.task;
      started = now;
      due = now + 1000 * patience;
    }
    if (progress.done >= progress.total) {
      finish(progress, (now - started) / 1000);
      task = undefined;
    } else if (now >= due) {
      show(progress);
      due = now + 1000 * interval;
    }
  };
}

function summary({ task, total, unit, note }: Progress, seconds: number): string {
  return `${task}: ${total} ${unit} in ${duration(seconds)}${note === undefined ? "" : `, ${note}`}`;
}

/** Progress on a terminal: one line on stderr, written over again and again. In a log file, a line now and then. */
export function terminalProgress(options: TerminalProgressOptions = {}): ProgressListener {
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
  return limitRate({ interval: options.interval ?? (live ? 0.2 : 10), patience: 0 }, { show, finish });
}

/** Places of the bar in a cell. */
const BAR = 20;

function barOf({ done, total }: Progress): string {
  const full = total > 0 ? Math.min(BAR, Math.floor((BAR * done) / total)) : 0;
  return `${"█".repeat(full)}${"░".repeat(BAR - full)}`;
}

/**
 * Progress in the cell that runs: one line in place, a bar with speed and time left. In the end it says what was done and
 * how long that took; work that was over before anybody could read the line leaves none. An interrupted cell keeps how
 * far it came. Outside of a kernel it goes to the terminal.
 */
export function cellProgress(options: ProgressOptions = {}): ProgressListener {
  const terminal = terminalProgress();
  let cell: unknown;
  let listener = terminal;
  return progress => {
    const running = runningCell();
    if (running !== cell) {
      cell = running; // a listener that is used again shows its line under the cell that uses it
      listener = running === undefined ? terminal : lineInCell(options);
    }
    listener(progress);
  };
}

function lineInCell({ interval = 0.2, patience = 0.3 }: ProgressOptions): ProgressListener {
  const display_id = randomUUID();
  const started = performance.now();
  const done: string[] = [];
  let begun = false;
  let current: Progress | undefined;
  const write = (text: string): void => {
    begun = sendToCell({ data: { "text/plain": text }, metadata: {}, transient: { display_id } }, begun);
  };
  // Bound: who aborts the signal is not the cell, and the line is the cell's.
  const interrupt = AsyncResource.bind(() => {
    if (current !== undefined) write(`${placeText(current)}, interrupted`);
  });
  let forget: (() => void) | undefined;
  const limits = { interval, patience };
  return limitRate(limits, {
    show(progress) {
      current = progress;
      forget ??= onAbort(undefined, interrupt);
      write(`${barOf(progress)} ${progressLine(progress)}`);
    },
    finish(progress, seconds) {
      if (current === undefined) return; // too short to be told of
      current = undefined;
      forget?.(); // an interrupt gives time to who listens
      forget = undefined;
      done.push(summary(progress, seconds));
      write(doneText(done, (performance.now() - started) / 1000));
    },
  });
}

function placeText({ task, done, total, unit }: Progress): string {
  return `${task} ${done}/${total} ${unit}`;
}

/** What was done, in one line. */
function doneText(done: readonly string[], seconds: number): string {
  if (done.length <= 2) return done.join("; ");
  return `${done.length} tasks in ${duration(seconds)}; the last: ${done[done.length - 1]}`;
}
