// What a command does that is run on a cluster: prints, submits, follows.
import type { ArrayWork } from "../cluster/array-work.js";
import { filesOfWork, rangesText } from "../cluster/array-work.js";
import type { ClusterSettings } from "../cluster/cluster-settings.js";
import type { EndedWork } from "../cluster/ended-work.js";
import type { SubmitOptions, SubmittedWork } from "../cluster/submit-array.js";
import { InputError } from "../core/errors.js";
import { stopOnSignal } from "./abort-on-signal.js";
import type { ClusterFlags, PrintedForm } from "./cluster-options.js";
import { clusterSettingsOf } from "./cluster-options.js";

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
}

async function textOf(work: ArrayWork, form: PrintedForm, settings: ClusterSettings): Promise<string> {
  switch (form) {
    case "slurm":
      return (await import("../cluster/slurm-scripts.js")).submittingScript(work, settings);
    case "kubernetes": {
      const { kubernetesJobs, kubernetesSteps } = await import("../cluster/kubernetes-jobs.js");
      const { yamlText } = await import("../records/yaml-text.js");
      const documents = kubernetesJobs(work, settings).map(yamlText);
      return `${kubernetesSteps(work)
        .map(step => `# ${step}\n`)
        .join("")}${documents.join("---\n")}`;
    }
  }
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
      const { kubernetesJobs } = await import("../cluster/kubernetes-jobs.js");
      const items = kubernetesJobs(work, settings);
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
  const client = slurmClient();
  const settings = await clusterSettingsOf(flags);
  const submitted =
    flags.follow === true ? await findWork(work) : await submitArray(work, { ...whole, settings, client });
  process.stderr.write(`${submittedText(work, submitted)}\n`);
  const isInQueue = submitted.after !== undefined;
  if (!isInQueue || flags.follow === false) return { ...submitted, over: !isInQueue };
  const ids = [submitted.array, submitted.after].filter(id => id !== undefined).join(" ");
  const left = `the jobs go on; the same command finds them again, \`scancel ${ids}\` ends them`;
  const { followArray } = await import("../cluster/follow-array.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const onProgress = terminalProgress();
  const ended = await stopOnSignal(signal => followArray(work, { client, signal, onProgress }), left);
  return { ...submitted, over: ended !== undefined, ...(ended === undefined ? {} : { ended }) };
}

/** What was submitted by an earlier call. @throws {InputError} when nothing was */
async function findWork(work: ArrayWork): Promise<SubmittedWork> {
  const { readSubmission } = await import("../cluster/submission-file.js");
  const { submitted } = filesOfWork(work);
  const found = await readSubmission(submitted);
  if (found === undefined) {
    throw new InputError("nothing was submitted that could be followed", {
      file: submitted,
      expected: "the same command without --follow first",
    });
  }
  return { was: "running", array: found.array, after: found.after, tasks: [] };
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
    case "submitted": {
      const some =
        tasks.length === work.tasks ? `${tasks.length}` : `${tasks.length} of ${work.tasks} (${rangesText(tasks)})`;
      return `submitted ${tasks.length === 0 ? "" : `${some} `}${said}; logs in ${logs}`;
    }
  }
}
