// What tasks leave in the folder of marks: an exit code when they have ended, and how far they are meanwhile.
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ProgressMark } from "../core/progress-file.js";
import { readProgressFile } from "../core/progress-file.js";
import type { ArrayWork } from "./array-work.js";
import { filesOfWork } from "./array-work.js";

/** How far work is, by the marks of its tasks. */
export interface TaskMarks {
  /** Exit codes of the tasks that have ended, by number. */
  readonly exits: Map<number, number>;
  /** That of what comes after them. Undefined: it has not ended. */
  readonly afterExit?: number;
  /** How far tasks are that have not ended, and how far those came that did not end well, by number. */
  readonly progress: Map<number, ProgressMark>;
}

/** Reads the marks. @param known of an earlier look: tasks that had ended well are not looked at again */
export async function readMarks(work: ArrayWork, known?: TaskMarks): Promise<TaskMarks> {
  const { marks } = filesOfWork(work);
  const names = new Set(await readdir(marks).catch(() => []));
  const exits = new Map<number, number>();
  const progress = new Map<number, ProgressMark>();
  for (let task = 1; task <= work.tasks; task++) {
    if (names.has(`${task}.exit`)) {
      const exit = known?.exits.get(task) === 0 ? 0 : await exitOf(join(marks, `${task}.exit`));
      if (exit !== undefined) exits.set(task, exit);
    }
    if (exits.get(task) === 0 || !names.has(`${task}.json`)) continue;
    const mark = await readProgressFile(join(marks, `${task}.json`));
    if (mark !== undefined) progress.set(task, mark);
  }
  const { name } = work.after;
  const afterExit = names.has(`${name}.exit`) ? await exitOf(join(marks, `${name}.exit`)) : undefined;
  return { exits, progress, ...(afterExit === undefined ? {} : { afterExit }) };
}

async function exitOf(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => ""); // a task that is begun again takes it away
  return /^\d+\n$/.test(text) ? Number(text) : undefined;
}

/** Takes marks away, of tasks that are to be done again. */
export async function removeMarks(work: ArrayWork, tasks: readonly number[]): Promise<void> {
  const { marks } = filesOfWork(work);
  for (const name of [...tasks.map(String), work.after.name]) {
    for (const end of ["exit", "json"]) await rm(join(marks, `${name}.${end}`), { force: true });
  }
}
