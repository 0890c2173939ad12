import { join } from "node:path";
import type { Word } from "./shell-text.js";

/** Work that is cut into tasks of one command, and what is done when these are over. */
export interface ArrayWork {
  /** What it is, for queues and lists: "extract". Lower-case letters and "-". */
  readonly name: string;
  /** Where its outcome is: an --out, or the folder of a study. */
  readonly place: string;
  /** Where its scripts, logs and marks are: a folder that all nodes see. Absolute. */
  readonly folder: string;
  /** How many tasks it is cut into: numbers 1 to this. */
  readonly tasks: number;
  /** The command of a task: hashbook's words, in which {@link TASK_OF_ALL} is which of them. */
  readonly task: readonly Word[];
  /** What is done when the tasks are over. */
  readonly after: AfterTasks;
  /** Folder that relative paths in the commands are to. Absolute. */
  readonly cwd: string;
  /** Environment variables that the commands need. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files and folders that the tasks read and write, as they were given. */
  readonly paths: readonly NamedPath[];
  /** Whether the tasks write below HASHBOOK_HOME what comes after them reads. */
  readonly needsHome: boolean;
  /** What whoever prints it should know; a sentence each. */
  readonly notes?: readonly string[];
  /** What is counted while it goes on. */
  readonly units: { readonly name: string; readonly total: number };
}

/** A path that tasks need. */
export interface NamedPath {
  /** Whose value it is: "--out". */
  readonly what: string;
  readonly path: string;
}

/** What is done when the tasks are over. */
export interface AfterTasks {
  /** "merge" or "collect": of its script, its log and its mark. */
  readonly name: string;
  readonly command: readonly Word[];
  /**
   * Whether it needs all tasks to have gone well, or only to be over. What takes tasks as they are ends with
   * {@link SOME_FAILED} when it is done and one has failed.
   */
  readonly needsAll: boolean;
}

/** Exit code of what takes tasks as they are, where one of them has failed: it is done, and another try changes nothing. */
export const SOME_FAILED = 3;

/** Which of the tasks one is, as `--shard` takes it; the scripts set the variables. */
export const TASK_OF_ALL: Word = { shell: '"$i/$n"' };

/** How many cores a task has; the scripts set the variable, so that with others it is the same work. */
export const CORES_OF_TASK: Word = { shell: '"$cores"' };

/** Files of the work, all in its folder. */
export function filesOfWork({
  folder,
  after,
}: Pick<ArrayWork, "folder"> & { readonly after: { readonly name: string } }): {
  readonly taskScript: string;
  readonly afterScript: string;
  readonly logs: string;
  readonly marks: string;
  readonly submitted: string;
} {
  return {
    taskScript: join(folder, "task.sh"),
    afterScript: join(folder, `${after.name}.sh`),
    logs: join(folder, "logs"),
    marks: join(folder, "marks"),
    submitted: join(folder, "submitted.json"),
  };
}

/** The log of a task, by its number, or of what comes after them, by its name. */
export function logOf(work: Pick<ArrayWork, "folder" | "after">, task: number | string): string {
  return join(filesOfWork(work).logs, typeof task === "number" ? `task-${task}.log` : `${task}.log`);
}

/** Numbers as `sbatch --array` takes them: `1-3,7`. @param tasks ascending */
export function rangesText(tasks: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const task of tasks) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === task - 1) last[1] = task;
    else ranges.push([task, task]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}
