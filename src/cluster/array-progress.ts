import type { Progress } from "../core/progress.js";
import type { ArrayWork } from "./array-work.js";
import type { RecentRate } from "./progress-rate.js";
import type { QueuedJob } from "./slurm-client.js";
import { jobNames } from "./slurm-scripts.js";
import type { TaskMarks } from "./task-marks.js";

/** What is known of an array at one moment. */
export interface ArrayState {
  readonly marks: TaskMarks;
  readonly queued: readonly QueuedJob[];
}

/** How far an array is as a whole: units of all tasks, their rate over the last minute, and the time that is left. */
export function arrayProgress(work: ArrayWork, { marks, queued }: ArrayState, rate: RecentRate): Progress {
  const state = { marks: { ...marks, exits: exitsThatStand(work, { marks, queued }) }, queued };
  const { name, total } = work.units;
  const done = Math.min(total, unitsDone(work, state.marks));
  const perSecond = rate.at(done, performance.now() / 1000);
  const left = total - done - unitsLost(work, state.marks);
  const secondsLeft = perSecond > 0 && left > 0 ? left / perSecond : Number.POSITIVE_INFINITY;
  return { task: work.name, done, total, unit: name, rate: perSecond, secondsLeft, note: arrayNote(work, state) };
}

/** Exit codes but for those of tasks that wait to be begun again: Slurm ends some to put others before them, or for a node's sake. */
function exitsThatStand(work: ArrayWork, { marks: { exits }, queued }: ArrayState): Map<number, number> {
  const { tasks } = jobNames(work);
  const waiting = new Set(queued.flatMap(one => (one.name === tasks && one.state === "PENDING" ? [one.task] : [])));
  return new Map([...exits].filter(([task]) => !waiting.has(task)));
}

/** Units that are done: of tasks that ended well all of theirs. */
function unitsDone(work: ArrayWork, { exits, progress }: TaskMarks): number {
  let done = 0;
  for (let task = 1; task <= work.tasks; task++) {
    done += exits.get(task) === 0 ? unitsOf(work, task) : (progress.get(task)?.done ?? 0);
  }
  return done;
}

/** Units that nothing will do any more: of tasks that did not end well what they had not done. */
function unitsLost(work: ArrayWork, { exits, progress }: TaskMarks): number {
  let lost = 0;
  for (const [task, exit] of exits) {
    const { done = 0, total = unitsOf(work, task) } = progress.get(task) ?? {};
    if (exit !== 0) lost += Math.max(0, total - done);
  }
  return lost;
}

function unitsOf({ tasks, units: { total } }: ArrayWork, task: number): number {
  return Math.floor((total * task) / tasks) - Math.floor((total * (task - 1)) / tasks);
}

/** `5 of 8 tasks done, 2 running, 1 waiting (Priority)`. */
function arrayNote(work: ArrayWork, { marks: { exits }, queued }: ArrayState): string {
  const names = jobNames(work);
  const tasks = queued.filter(({ name }) => name === names.tasks);
  const waiting = tasks.filter(({ state }) => state === "PENDING");
  const well = [...exits.values()].filter(exit => exit === 0).length;
  const failed = exits.size - well;
  const after = queued.find(({ name }) => name === names.after);
  const running = tasks.length - waiting.length;
  const parts = [
    `${well} of ${work.tasks} tasks done`,
    running > 0 && `${running} running`,
    waiting.length > 0 && `${waiting.length} waiting${reasonText(waiting[0].reason)}`,
    failed > 0 && `${failed} failed`,
    tasks.length === 0 &&
      after !== undefined &&
      `${work.after.name} ${after.state.toLowerCase()}${reasonText(after.reason)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

function reasonText(reason: string): string {
  return reason === "None" || reason === "" || reason === "Dependency" ? "" : ` (${reason})`;
}
