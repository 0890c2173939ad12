import { resolve } from "node:path";
import type { Command } from "commander";
import type { ArrayWork } from "../cluster/array-work.js";
import { CORES_OF_TASK, logOf, SOME_FAILED, TASK_OF_ALL } from "../cluster/array-work.js";
import { DEFAULT_CPUS } from "../cluster/cluster-settings.js";
import type { EndedWork } from "../cluster/ended-work.js";
import type { Word } from "../cluster/shell-text.js";
import { UsageError } from "../core/errors.js";
import { homeFolder, runsPath } from "../core/paths.js";
import type { StudyRecord } from "../records/study-record.js";
import type { LaidOutSweep } from "../sweeps/lay-out-sweep.js";
import type { SweepOptions } from "../sweeps/sweep-options.js";
import type { AskedOfCluster, ClusterFlags } from "./cluster-options.js";
import { clusterSettingsOf, environmentForTasks, wordsForTask } from "./cluster-options.js";
import { pathsOfStudy } from "./cluster-paths.js";
import { printWork, runOnSlurm } from "./on-cluster.js";
import type { SweepDataFlags } from "./sweep-data.js";
import { openSweepData } from "./sweep-data.js";

/** How a study is called on a cluster. */
export interface SweepCall {
  readonly flags: ClusterFlags & { readonly workers?: number; readonly json: boolean };
  readonly dataFlags: SweepDataFlags;
  readonly options: SweepOptions;
  readonly asked: AskedOfCluster;
  /** Of `sweep`, whose words its tasks are called with. */
  readonly command: Command;
}

/** Tasks at most where nothing is said: what clusters take unless told otherwise. */
const MOST_TASKS = 1000;

/**
 * `hashbook sweep --on slurm`: the runs of a study, spread over tasks, and a job that collects them.
 * @returns the study when it has been collected; undefined where it was printed, or left
 */
export async function sweepOnCluster(call: SweepCall): Promise<StudyRecord | undefined> {
  const { flags, dataFlags, options, asked } = call;
  const data = await openSweepData(dataFlags);
  const { layOutSweep } = await import("../sweeps/lay-out-sweep.js");
  const { planSweep } = await import("../sweeps/plan-sweep.js");
  if (asked.print !== undefined) {
    const { place, cells } = await planSweep(data, options);
    await printWork(await sweepWork(call, { ...place, runs: cells.map(({ name }) => name) }), asked.print, flags);
    return undefined;
  }
  const study = await layOutSweep(data, options);
  const work = await sweepWork(call, study);
  const { readStudy } = await import("../records/read-study.js");
  const { runsOfShard } = await import("../sweeps/runs-of-shard.js");
  const { openCurrentRuns } = await import("../sweeps/current-runs.js");
  const isCurrent = await openCurrentRuns(data, options);
  const isTaskWhole = async (index: number): Promise<boolean> => {
    for (const name of runsOfShard(study.runs, { index, of: work.tasks })) if (!(await isCurrent(name))) return false;
    return true;
  };
  const outcome = await runOnSlurm({ work, isTaskWhole, isAfterWhole: async () => true }, flags);
  const { over, ended } = outcome;
  if (ended !== undefined) checkEnded(work, ended);
  if (over) return readStudy(study.folder);
  if (flags.json) process.stdout.write(`${JSON.stringify({ study: study.id, folder: study.folder, ...outcome })}\n`);
  return undefined;
}

/** Says which tasks did not end well, of which the study may lack runs; the command then fails. */
function checkEnded(work: ArrayWork, { failed, exit }: EndedWork): void {
  for (const { task, words } of failed) {
    process.stderr.write(`task ${task} of ${work.tasks} failed: ${words}; see ${logOf(work, task)}\n`);
  }
  if (exit === 0) return;
  process.exitCode = 1;
  const log = logOf(work, work.after.name);
  process.stderr.write(
    `${work.after.name} ended with exit code ${exit}; see ${log}; the same command does what is missing\n`,
  );
}

async function sweepWork(
  { flags, dataFlags, options, asked, command }: SweepCall,
  { id, runs }: LaidOutSweep,
): Promise<ArrayWork> {
  const { cpus = DEFAULT_CPUS } = await clusterSettingsOf(flags);
  const { shards = Math.min(MOST_TASKS, Math.ceil(runs.length / cpus)) } = flags;
  if (shards > runs.length) {
    throw new UsageError("there are more --shards than runs", {
      expected: `up to ${runs.length}`,
      actual: `${shards}`,
    });
  }
  const workers = flags.workers ?? options.workers;
  const words = (without: readonly string[]): Word[] => [
    "sweep",
    ...wordsForTask(command, ["--json", "--name", "--workers", ...without]),
    ...["--name", id, "--workers", workers === undefined ? CORES_OF_TASK : `${workers}`],
  ];
  const place = resolve(runsPath("studies", id));
  return {
    name: "sweep",
    place,
    folder: resolve(runsPath("cluster", id)),
    tasks: shards,
    task: [...words(OUTPUTS), "--shard", TASK_OF_ALL],
    after: {
      name: "collect",
      command: [...words([]), "--collect", "--failed-exit", `${SOME_FAILED}`],
      needsAll: false,
    },
    cwd: process.cwd(),
    // A hashbook that lies elsewhere on the nodes would write its runs elsewhere; in a container the folder here means nothing.
    environment: { ...(asked.print === "kubernetes" ? {} : { HASHBOOK_HOME: homeFolder() }), ...environmentForTasks() },
    paths: pathsOfStudy(command, dataFlags, options),
    needsHome: true,
    units: { name: "runs", total: runs.length },
  };
}

/** What is written when all is collected. */
const OUTPUTS: readonly string[] = ["--latex", "--markdown", "--csv", "--figures"];
