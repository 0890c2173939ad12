import { createHash } from "node:crypto";
import { chmod } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import { makeFolder, writeAtomically } from "../core/files.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import type { ArrayWork } from "./array-work.js";
import { filesOfWork } from "./array-work.js";
import type { ClusterSettings } from "./cluster-settings.js";
import type { QueuedJob, SlurmClient } from "./slurm-client.js";
import { afterScript, dependencyOptions, jobNames, taskScript } from "./slurm-scripts.js";
import type { Submission } from "./submission-file.js";
import { readSubmission, writeSubmission } from "./submission-file.js";
import { readMarks, removeMarks } from "./task-marks.js";

/** What there is of work on a cluster, after it was asked for. */
export interface SubmittedWork {
  /** Whether it was there already, submitted now, all done, or submitted earlier and has left the queue since. */
  readonly was: "running" | "submitted" | "done" | "left";
  /** Slurm's number of the array; undefined where no task is left to be done. */
  readonly array?: string;
  /** Slurm's number of what comes after. */
  readonly after?: string;
  /** Tasks that were submitted now, ascending. */
  readonly tasks: readonly number[];
}

/** What is needed to submit. */
export interface SubmitOptions {
  readonly settings: ClusterSettings;
  readonly client: SlurmClient;
  /** Whether the outcome of a task is still there: its mark does not say that it was not removed since. */
  readonly isTaskWhole: (task: number) => Promise<boolean>;
  /** Whether the outcome of what comes after is still there. */
  readonly isAfterWhole: () => Promise<boolean>;
}

/**
 * Submits what is left of work: an array of the tasks that are not done, and a job after it. What is in the queue already
 * is found there, by the jobs' names, which are made of the work's folder; so the same call may come any number of times.
 * @throws {InputError} when Slurm refuses a job, or other work of this folder is in the queue
 */
export function submitArray(work: ArrayWork, options: SubmitOptions): Promise<SubmittedWork> {
  const submit = (): Promise<SubmittedWork> => submitUnderLock(work, options);
  return withLock(lockOfFolder(work.folder), submit, { task: "submitting jobs" });
}

async function submitUnderLock(work: ArrayWork, options: SubmitOptions): Promise<SubmittedWork> {
  const { client } = options;
  const { submitted: file, marks, logs } = filesOfWork(work);
  const names = jobNames(work);
  const known = await readSubmission(file);
  const { tasks: ofTasks, afterTasks: ofAfter } = digestsOf(work);
  const areSame = known?.tasks === ofTasks;
  const isSame = areSame && known.afterTasks === ofAfter;
  const queued = await client.queue([names.tasks, names.after]);
  if (queued.length > 0 && known !== undefined && !isSame) throw otherWork(work, queued);
  const array = idOf(queued, names.tasks);
  const after = idOf(queued, names.after);
  if (array !== undefined) {
    // It was killed between the two: what comes after is still to be submitted.
    const then = after ?? (await submitAfter(work, options, array));
    await writeSubmission(file, submission(work, array, then));
    return { was: "running", array, after: then, tasks: [] };
  }
  if (after !== undefined) return { was: "running", after, tasks: [] };
  for (const folder of [marks, logs]) await makeFolder(folder);
  if (!isSame) await removeMarks(work, areSame ? [] : allTasks(work));
  const missing = await missingTasks(work, options);
  if (missing.length === 0 && (await isAfterDone(work, options))) return { was: "done", tasks: [] };
  await removeMarks(work, missing);
  const made = missing.length === 0 ? undefined : await submitTasks(work, options, missing);
  await writeSubmission(file, submission(work, made));
  const then = await submitAfter(work, options, made);
  await writeSubmission(file, submission(work, made, then));
  return { was: "submitted", ...(made === undefined ? {} : { array: made }), after: then, tasks: missing };
}

async function submitTasks(
  work: ArrayWork,
  { settings, client }: SubmitOptions,
  tasks: readonly number[],
): Promise<string> {
  const { taskScript: file } = filesOfWork(work);
  await writeScript(file, taskScript(work, settings, tasks));
  return client.submit(file, []);
}

/** @param array that it comes after; undefined: nothing is left of it to wait for */
async function submitAfter(
  work: ArrayWork,
  { settings, client }: SubmitOptions,
  array: string | undefined,
): Promise<string> {
  const { afterScript: file } = filesOfWork(work);
  await writeScript(file, afterScript(work, settings));
  return client.submit(file, array === undefined ? [] : dependencyOptions(work, array));
}

async function writeScript(file: string, text: string): Promise<void> {
  await writeAtomically(file, text);
  await chmod(file, 0o755).catch(() => undefined); // to be run by hand too; sbatch does not ask for it
}

async function missingTasks(work: ArrayWork, { isTaskWhole }: SubmitOptions): Promise<number[]> {
  const { exits } = await readMarks(work);
  const missing: number[] = [];
  for (const task of allTasks(work)) if (exits.get(task) !== 0 || !(await isTaskWhole(task))) missing.push(task);
  return missing;
}

async function isAfterDone(work: ArrayWork, { isAfterWhole }: SubmitOptions): Promise<boolean> {
  return (await readMarks(work)).afterExit === 0 && (await isAfterWhole());
}

function allTasks({ tasks }: ArrayWork): number[] {
  return Array.from({ length: tasks }, (_, i) => i + 1);
}

function idOf(queued: readonly QueuedJob[], name: string): string | undefined {
  return queued.find(job => job.name === name)?.id;
}

function submission(work: ArrayWork, array: string | undefined, after?: string): Submission {
  const made = { array, after };
  const ids = Object.fromEntries(Object.entries(made).filter(([, id]) => id !== undefined));
  return { ...digestsOf(work), ...ids, units: work.units.total, date: new Date().toISOString() };
}

/** The same for the same tasks, and for the same after them; what they are given of the cluster is no part of it. */
function digestsOf({ tasks, task, after, cwd }: ArrayWork): Pick<Submission, "tasks" | "afterTasks"> {
  const digest = (...parts: unknown[]): string =>
    createHash("sha256")
      .update(JSON.stringify([cwd, ...parts]))
      .digest("hex");
  return { tasks: digest(tasks, task), afterTasks: digest(after) };
}

function otherWork({ folder }: ArrayWork, queued: readonly QueuedJob[]): InputError {
  const ids = [...new Set(queued.map(({ id }) => id))];
  return new InputError("other work of this folder is in the queue", {
    file: folder,
    expected: `the command that it was submitted with; or \`scancel ${ids.join(" ")}\` first, or another place`,
    actual: `${queued[0].name}, ${queued[0].state.toLowerCase()}`,
  });
}
