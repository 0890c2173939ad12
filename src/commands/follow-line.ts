import type { Progress } from "../core/progress.js";
import { progressLine } from "../core/progress.js";

/** Milliseconds between two lines where they are kept, as in a file. */
const INTERVAL = 10_000;

/** How far jobs are that go on without us: one line in place, or in a file a line now and then. */
export interface FollowLine {
  show(progress: Progress): void;
  /** Leaves what was seen last in a file, and nothing on a terminal. */
  end(): void;
}

/**
 * A {@link FollowLine} on stderr. Unlike the progress of our own work it says no time in the end: how long the jobs took
 * is not known to who has looked at some of it, or only at its end.
 */
export function followLine(): FollowLine {
  const live = process.stderr.isTTY === true;
  const columns = process.stderr.columns ?? 120;
  let [last, written] = ["", ""];
  let due = 0;
  const write = (line: string): void => {
    process.stderr.write(live ? `\r\u001b[K${line.slice(0, columns - 1)}` : `${line}\n`);
    written = line;
  };
  return {
    show(progress) {
      last = progressLine(progress);
      if (!live && performance.now() < due) return;
      due = performance.now() + INTERVAL;
      write(last);
    },
    end() {
      if (live) process.stderr.write("\r\u001b[K");
      else if (last !== written) write(last);
    },
  };
}
