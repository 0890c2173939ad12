// What a command does that is run on a cluster: prints, submits, follows.
import type { ArrayWork } from "../cluster/array-work.js";
import { filesOfWork, rangesText } from "../cluster/array-work.js";
import type { ClusterSettings } from "../cluster/cluster-settings.js";
import type { EndedWork } from "../cluster/ended-work.js";
import type { KubernetesObject } from "../cluster/kubernetes-jobs.js";
import { lineComment } from "../cluster/shell-text.js";
import type { SlurmClient } from "../cluster/slurm-client.js";
import type { SubmitOptions, SubmittedWork } from "../cluster/submit-array.js";
import { InputError } from "../core/errors.js";
import { stopOnSignal } from "./abort-on-signal.js";
import type { ClusterFlags, PrintedForm } from "./cluster-options.js";
import { clusterSettingsOf } from "./cluster-options.js";
import { followLine } from "./follow-line.js";

/** What a command needs to say of work for a cluster. */
export interface ClusterTask extends Pick<SubmitOptions, "isTaskWhole" | "isAfterWhole"> {
  readonly work: ArrayWork;
}

/** What became of work on a cluster. */
export interface ClusterOutcome extends SubmittedWork {
  /** Whether all is over: found so, or followed to its end. */
  readonly over: boolean;
  /** Absent where it was left or not followed. */
  readonly ended?: EndedWork;
}

/** Prints what would be submitted: one script for Slurm, or the manifest of two Jobs. */
export async function printWork(
  work: ArrayWork,
  form: PrintedForm,
  flags: ClusterFlags & { json: boolean },
): Promise<void> {
  const settings = await clusterSettingsOf(flags);
  const text = await (flags.json ? documentOf(work, form, settings) : textOf(work, form, settings));
  process.stdout.write(text);
  if (flags.json) for (const note of notesOf(work)) process.stderr.write(`${note}\n`);
}

async function textOf(work: ArrayWork, form: PrintedForm, settings: ClusterSettings): Promise<string> {
  switch (form) {
    case "slurm":
      return (await import("../cluster/slurm-scripts.js")).submittingScript(work, settings, notesOf(work));
    case "kubernetes": {
      const { kubernetesSteps } = await import("../cluster/kubernetes-jobs.js");
      const { yamlText } = await import("../records/yaml-text.js");
      const documents = (await checkedJobs(work, settings)).map(yamlText);
      const lines = [...notesOf(work), ...kubernetesSteps(work)];
      return `${lines.map(line => `${lineComment(line)}\n`).join("")}${documents.join("---\n")}`;
    }
  }
}

/** @throws {UsageError} without an image, and for what is in no volume */
async function checkedJobs(work: ArrayWork, settings: ClusterSettings): Promise<KubernetesObject[]> {
  const { kubernetesJobs } = await import("../cluster/kubernetes-jobs.js");
  const { checkKubernetesPaths } = await import("../cluster/kubernetes-paths.js");
  const jobs = kubernetesJobs(work, settings);
  checkKubernetesPaths(work, settings);
  return jobs;
}

function notesOf({ notes = [] }: ArrayWork): readonly string[] {
  return notes.map(note => `note: ${note}`);
}

async function documentOf(work: ArrayWork, form: PrintedForm, settings: ClusterSettings): Promise<string> {
  switch (form) {
    case "slurm": {
      const { taskScript, afterScript, dependencyOptions } = await import("../cluster/slurm-scripts.js");
      const all = Array.from({ length: work.tasks }, (_, i) => i + 1);
      const after = { script: afterScript(work, settings), sbatch: dependencyOptions(work, "ARRAY") };
      return `${JSON.stringify({ task: { script: taskScript(work, settings, all) }, after })}\n`;
    }
    case "kubernetes": {
      const items = await checkedJobs(work, settings);
      return `${JSON.stringify({ apiVersion: "v1", kind: "List", items })}\n`;
    }
  }
}

/**
 * Submits what is left of the work, or finds it in the queue, and follows it until it has ended or is left by Ctrl-C, which
 * the jobs do not mind.
 */
export async function runOnSlurm({ work, ...whole }: ClusterTask, flags: ClusterFlags): Promise<ClusterOutcome> {
  const { slurmClient } = await import("../cluster/slurm-client.js");
  const { submitArray } = await import("../cluster/submit-array.js");
  const settings = await clusterSettingsOf(flags);
  const client = slurmClient(settings);
  const submitted =
    flags.follow === true ? await findWork(work, client) : await submitArray(work, { ...whole, settings, client });
  process.stderr.write(`${submittedText(work, submitted)}\n`);
  const isInQueue = submitted.after !== undefined;
  if (!isInQueue || flags.follow === false) return { ...submitted, over: !isInQueue };
  const ids = [submitted.array, submitted.after].filter(id => id !== undefined).join(" ");
  const left = `the jobs go on; the same command finds them again, \`scancel ${ids}\` ends them`;
  const { followArray } = await import("../cluster/follow-array.js");
  const line = followLine();
  const follow = (signal: AbortSignal): Promise<EndedWork> =>
    followArray(work, { client, signal, onProgress: line.show }).finally(line.end);
  const ended = await stopOnSignal(follow, left);
  return { ...submitted, over: ended !== undefined, ...(ended === undefined ? {} : { ended }) };
}

/** What was submitted by an earlier call. @throws {InputError} when nothing was */
async function findWork(work: ArrayWork, client: SlurmClient): Promise<SubmittedWork> {
  const { readSubmission } = await import("../cluster/submission-file.js");
  const { submitted } = filesOfWork(work);
  const found = await readSubmission(submitted);
  if (found === undefined) {
    throw new InputError("nothing was submitted that could be followed", {
      file: submitted,
      expected: "the same command without --follow first",
    });
  }
  const { jobNames } = await import("../cluster/slurm-scripts.js");
  const names = jobNames(work);
  const queued = await client.queue([names.tasks, names.after]);
  return { was: queued.length > 0 ? "running" : "left", array: found.array, after: found.after, tasks: [] };
}

function submittedText(work: ArrayWork, { was, array, after, tasks }: SubmittedWork): string {
  const { name } = work.after;
  const jobs = [
    array === undefined ? "" : `tasks as job ${array}`,
    after === undefined ? "" : `${name} as job ${after}`,
  ];
  const said = jobs.filter(Boolean).join(", ");
  const { logs } = filesOfWork(work);
  switch (was) {
    case "done":
      return `all ${work.tasks} tasks and ${name} are done: nothing is to be submitted`;
    case "running":
      return `found in the queue: ${said}; logs in ${logs}`;
    case "left":
      return `no longer in the queue: ${said}; logs in ${logs}`;
    case "submitted": {
      const some =
        tasks.length === work.tasks ? `${tasks.length}` : `${tasks.length} of ${work.tasks} (${rangesText(tasks)})`;
      return `submitted ${tasks.length === 0 ? "" : `${some} `}${said}; logs in ${logs}`;
    }
  }
}
