import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duration } from "../core/progress.js";
import type { Stretch, WorkKind } from "../core/time-spent.js";
import { readTimes, secondsByKind } from "../core/time-spent.js";
import type { NotebookProgress } from "../notebook/notebook-run.js";

/** What the kinds of work are called in the line at the end. */
const NAMES: Readonly<Record<WorkKind, string>> = {
  features: "features",
  trainings: "trainings",
  photographs: "drawing the challenge's photographs",
  judging: "judging",
  figures: "figures",
  kernels: "starting kernels",
};

/** Watches where the time of a run goes. */
export interface RunTimes {
  /** For the kernels: where they note their work. */
  readonly environment: Readonly<Record<string, string>>;
  /** For each progress of a notebook: the time until its second cell is that of the kernel and its imports. */
  readonly onProgress: (progress: NotebookProgress) => void;
  /** Seconds in which work of each kind went on; kinds overlap. */
  seconds(): Partial<Record<WorkKind, number>>;
  close(): Promise<void>;
}

/** Begins to watch. */
export async function watchTimes(): Promise<RunTimes> {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-times-"));
  const file = join(folder, "times");
  const begun = new Map<string, number>();
  const kernels: Stretch[] = [];
  return {
    environment: { HASHBOOK_TIMES: file },
    onProgress({ file: notebook, cell, note, text }) {
      if (note !== undefined || text !== undefined) return;
      const now = Date.now();
      if (cell === 0) begun.set(notebook, now);
      if (cell === 2) kernels.push({ kind: "kernels", begin: begun.get(notebook) ?? now, end: now });
    },
    seconds: () => secondsByKind([...readTimes(file), ...kernels]),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `features 52 s, trainings 48 s, …`, the longest first; undefined where nothing took a second. */
export function timesLine(seconds: Partial<Record<WorkKind, number>>): string | undefined {
  const long = Object.entries(seconds)
    .filter(([, length]) => length >= 1)
    .sort(([, one], [, other]) => other - one);
  if (long.length === 0) return undefined;
  const parts = long.map(([kind, length]) => `${NAMES[kind as WorkKind]} ${duration(length)}`);
  return `time went into      ${parts.join(", ")} (of work at the same time each counts)`;
}
