import { open } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import type { ArrayWork } from "./array-work.js";
import { filesOfWork, logOf, SOME_FAILED } from "./array-work.js";
import type { SlurmClient } from "./slurm-client.js";
import { readSubmission } from "./submission-file.js";
import type { TaskMarks } from "./task-marks.js";

/** How work on a cluster ended. */
export interface EndedWork {
  /** Tasks that did not end well, ascending; none where what comes after needs all of them. */
  readonly failed: readonly FailedTask[];
  /** Exit code of what came after them: 0, or {@link SOME_FAILED}. */
  readonly exit: number;
}

/** A task that did not end well. */
export interface FailedTask {
  readonly task: number;
  /** Absent: it left the queue without one. */
  readonly exit?: number;
  /** What became of it, in words. */
  readonly words: string;
}

/** Failed tasks that a message names. */
const MOST_NAMED = 5;
/** Lines of a log that a message has, and the bytes that they are looked for in. */
const LAST_LINES = 3;
const TAIL_BYTES = 4096;

/**
 * How work ended, by its marks.
 * @throws {InputError} when a task failed that what comes after needs, or when that did not end well itself: with exit
 *   codes and the last lines of the log
 */
export async function outcomeOf(work: ArrayWork, marks: TaskMarks, client: SlurmClient): Promise<EndedWork> {
  const { exits, afterExit } = marks;
  const { array, after } = (await readSubmission(filesOfWork(work).submitted)) ?? {};
  const failed: FailedTask[] = [];
  for (let task = 1; task <= work.tasks; task++) {
    const exit = exits.get(task);
    if (exit === undefined) failed.push({ task, words: await lostWords(client, array, task) });
    else if (exit !== 0) failed.push({ task, exit, words: await exitWords(client, array, { task, exit }) });
  }
  const { name, needsAll } = work.after;
  if (failed.length > 0 && (needsAll || afterExit === undefined)) throw await tasksFailed(work, failed);
  if (afterExit === 0 || (afterExit === SOME_FAILED && !needsAll)) return { failed, exit: afterExit };
  const log = logOf(work, name);
  const words = afterExit === undefined ? await lostWords(client, after) : `exit code ${afterExit}`;
  const tasks = failed.length === 0 ? "all tasks are done" : `${failed.length} of ${work.tasks} tasks failed`;
  const but = failed.length === 0 ? "but" : "and";
  throw new InputError(`${tasks}, ${but} ${name} failed: ${words}`, {
    file: log,
    expected: `the cause to be mended, which this log names; the same command then does ${failed.length === 0 ? "this alone" : "only what is missing"}`,
    actual: await lastLines(log),
  });
}

/** Exit codes of what was told to end, by Ctrl-C's code and by that of SIGTERM. */
const TOLD_TO_END: readonly number[] = [130, 143];

/** The exit code, and of what was told to end what Slurm calls that: a limit of time, or `scancel`. */
async function exitWords(
  client: SlurmClient,
  array: string | undefined,
  { task, exit }: { readonly task: number; readonly exit: number },
): Promise<string> {
  const asks = array !== undefined && TOLD_TO_END.includes(exit);
  const state = asks ? await client.endOf(array, task) : undefined;
  return `exit code ${exit}${state === undefined ? "" : `, ${state}`}`;
}

async function lostWords(client: SlurmClient, id: string | undefined, task?: number): Promise<string> {
  const state = id === undefined ? undefined : await client.endOf(id, task);
  return `it left the queue without an exit code${state === undefined ? "" : ` (${state})`}`;
}

async function tasksFailed(work: ArrayWork, failed: readonly FailedTask[]): Promise<InputError> {
  const named = failed.slice(0, MOST_NAMED).map(({ task, words }) => `${task} (${words})`);
  const more = failed.length > MOST_NAMED ? ` and ${failed.length - MOST_NAMED} more` : "";
  const log = logOf(work, failed[0].task);
  const { name } = work.after;
  return new InputError(
    `${failed.length} of ${work.tasks} tasks failed: ${named.join(", ")}${more}; ${name} was not done`,
    {
      file: log,
      expected: "the cause to be mended, which this log names; the same command then does only what is missing",
      actual: await lastLines(log),
    },
  );
}

/** The last lines of a log that are not the script's own. */
async function lastLines(log: string): Promise<string> {
  const text = await tailOf(log).catch(() => undefined);
  if (text === undefined) return "no log";
  const lines = text
    .split("\n")
    .filter(line => line.trim() !== "" && !/^hashbook: .*(ended with|, try )\d*/.test(line));
  return lines.length === 0 ? "an empty log" : lines.slice(-LAST_LINES).join(" | ");
}

async function tailOf(log: string): Promise<string> {
  const handle = await open(log);
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await handle.close();
  }
}
