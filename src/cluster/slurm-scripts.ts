// The scripts of an array job and of the job that depends on it. Three things that Slurm does not do are done in them: it
// does not begin a task again whose program died; it does not say how many tasks there are in all when some of them are
// submitted again; and it forgets the exit code of a job soon after its end, so each leaves a mark.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { packageFolder } from "../core/paths.js";
import type { ArrayWork } from "./array-work.js";
import { filesOfWork, logOf, rangesText, SOME_FAILED } from "./array-work.js";
import type { ClusterSettings } from "./cluster-settings.js";
import { DEFAULT_CPUS, DEFAULT_TRIES } from "./cluster-settings.js";
import type { Word } from "./shell-text.js";
import { hereDocument, lineComment, shellCommand, shellQuoted } from "./shell-text.js";

/** Seconds before the next try, times the number of the last one: what was in the way may be gone then. */
const PAUSE_SECONDS = 5;

/** Names of both jobs in the queue, by which they are found again: the same for the same folder. */
export function jobNames({ name, folder, after }: ArrayWork): { readonly tasks: string; readonly after: string } {
  const key = createHash("sha256").update(folder).digest("hex").slice(0, 10);
  return { tasks: `hashbook-${name}-${key}`, after: `hashbook-${after.name}-${key}` };
}

/** The script of a task. @param tasks that are submitted, ascending */
export function taskScript(work: ArrayWork, settings: ClusterSettings, tasks: readonly number[]): string {
  const atOnce = settings.parallel === undefined ? "" : `%${settings.parallel}`;
  const options = [`--job-name=${jobNames(work).tasks}`, `--array=${rangesText(tasks)}${atOnce}`];
  return script(work, settings, {
    log: logOf(work, "task")
      .replaceAll("%", "%%")
      .replace(/\.log$/, "-%a.log"),
    options,
    variables: [
      `n=${work.tasks} # of all tasks: SLURM_ARRAY_TASK_COUNT is that of the submitted ones`,
      "i=$SLURM_ARRAY_TASK_ID",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
      'mark=$i what="task $i of $n" job=${SLURM_ARRAY_JOB_ID}_$i',
    ],
    command: work.task,
    final: "0 | 2) break ;; esac # done; or bad usage, which stays so",
  });
}

/** The script of what comes after the tasks. */
export function afterScript(work: ArrayWork, settings: ClusterSettings): string {
  const { name, command, needsAll } = work.after;
  return script(work, settings, {
    log: logOf(work, name).replaceAll("%", "%%"),
    options: [`--job-name=${jobNames(work).after}`],
    variables: [`mark=${name} what=${name} job=$SLURM_JOB_ID`],
    command,
    final: needsAll
      ? "0 | 2) break ;; esac # done; or bad usage, which stays so"
      : `0 | 2 | ${SOME_FAILED}) break ;; esac # done; bad usage, or done but for a run that failed: both stay so`,
  });
}

/** How the job of what comes after waits for the tasks. */
export function dependencyOptions({ after }: Pick<ArrayWork, "after">, array: string): string[] {
  if (!after.needsAll) return [`--dependency=afterany:${array}`];
  return [`--dependency=afterok:${array}`, "--kill-on-invalid-dep=yes"];
}

/**
 * One script that submits both, for who wants to read or change it first.
 * @param notes a sentence each, for its reader
 */
export function submittingScript(work: ArrayWork, settings: ClusterSettings, notes: readonly string[] = []): string {
  const { logs, marks } = filesOfWork(work);
  const all = Array.from({ length: work.tasks }, (_, i) => i + 1);
  return [
    "#!/bin/bash",
    `# Submits an array of ${work.tasks} tasks, and a job that comes after them: bash FILE`,
    ...notes.map(lineComment),
    "set -eu",
    `mkdir -p ${shellQuoted(logs)} ${shellQuoted(marks)}`,
    hereDocument("array=$(sbatch --parsable", taskScript(work, settings, all), "TASK"),
    ")",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
    hereDocument(`sbatch ${dependencyOptions(work, '"${array%%;*}"').join(" ")}`, afterScript(work, settings), "AFTER"),
    "",
  ].join("\n");
}

/** What the two scripts differ in. */
interface ScriptParts {
  /** Where the log goes, as sbatch takes it. */
  readonly log: string;
  /** Of sbatch, beside those that both have. */
  readonly options: readonly string[];
  /** Lines that set `mark`, `what` and `job`, and what the command needs. */
  readonly variables: readonly string[];
  readonly command: readonly Word[];
  /** Exit codes that another try would not change, in a `case` of the shell. */
  readonly final: string;
}

function script(work: ArrayWork, settings: ClusterSettings, parts: ScriptParts): string {
  const { cpus = DEFAULT_CPUS, tries = DEFAULT_TRIES, setup = [], program = ownProgram() } = settings;
  const command = shellCommand([...program, ...parts.command]);
  return [
    "#!/bin/bash",
    ...directives(settings, parts).map(option => `#SBATCH ${directiveText(option)}`),
    ...parts.variables,
    `cores=${cpus}`,
    `marks=${shellQuoted(filesOfWork(work).marks)}`,
    `cd -- ${shellQuoted(work.cwd)} || exit 1`,
    ...Object.entries(work.environment).map(([name, value]) => `export ${name}=${shellQuoted(value)}`),
    'export HASHBOOK_PROGRESS="$marks/$mark.json"',
    'rm -f "$marks/$mark.exit"',
    ...setup,
    "stopped=",
    "trap 'stopped=yes' TERM",
    `for ((try = 1; ; try++)); do # Slurm begins no task again whose program died`,
    `  echo "hashbook: $what, try $try of ${tries}, job $job on $(hostname), $(date -u +%FT%TZ)"`,
    "  status=0",
    `  ${command} || status=$?`,
    `  case $status in ${parts.final}`,
    `  if [ "$stopped" ] || ((try >= ${tries})); then break; fi`,
    '  echo "hashbook: $what ended with $status and is tried again"',
    `  sleep $((${PAUSE_SECONDS} * try))`,
    '  if [ "$stopped" ]; then break; fi',
    "done",
    'echo "hashbook: $what ended with $status"',
    'echo "$status" >"$marks/$mark.part" && mv "$marks/$mark.part" "$marks/$mark.exit" # Slurm forgets it soon',
    'exit "$status"',
    "",
  ].join("\n");
}

/** This Node and this hashbook, which all nodes see on clusters that share their homes. */
function ownProgram(): readonly string[] {
  return [process.execPath, join(packageFolder, "bin", "hashbook.js")];
}

function directives(settings: ClusterSettings, { log, options }: ScriptParts): string[] {
  const { account, partition, time, memory, cpus = DEFAULT_CPUS, sbatch = [] } = settings;
  const given = { account, partition, time, mem: memory };
  return [
    ...options,
    `--output=${log}`,
    "--open-mode=append",
    "--requeue",
    `--cpus-per-task=${cpus}`,
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    ...sbatch,
  ];
}

/**
 * An option as sbatch reads it in a script: it knows quotes, and escapes in them.
 * @throws {InputError} for a line break, where it would end
 */
function directiveText(option: string): string {
  if (/[\r\n]/.test(option)) {
    throw new InputError("sbatch takes no line break in an option", {
      expected: "folders and settings without one",
      actual: JSON.stringify(option),
    });
  }
  if (/^[\w@%+=:,./-]+$/.test(option)) return option;
  return `"${option.replaceAll(/["\\]/g, "\\$&")}"`;
}
