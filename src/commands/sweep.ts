import { Command, InvalidArgumentError, Option } from "commander";
import type { CompareRunsOptions } from "../comparison/compare.js";
import { UsageError } from "../core/errors.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import type { Shard } from "../features/feature-manifest.js";
import { isMethodFile } from "../methods/load-method.js";
import { mlflowServer } from "../records/mlflow-client.js";
import type { StudyRecord } from "../records/study-record.js";
import type { SweptData } from "../sweeps/open-swept-study.js";
import { checkedStudyName } from "../sweeps/study-name.js";
import type { SweepOptions } from "../sweeps/sweep-options.js";
import { abortOnSignal } from "./abort-on-signal.js";
import type { ClusterFlags } from "./cluster-options.js";
import { addClusterOptions, askedOfCluster } from "./cluster-options.js";
import type { ComparisonFlags } from "./comparison-outputs.js";
import {
  addComparisonOptions,
  comparisonOutputs,
  comparisonText,
  metricsOfFlags,
  writeComparison,
} from "./comparison-outputs.js";
import { wholeNumber } from "./numbers.js";
import { filesOfData } from "./read-files.js";
import { shardOption } from "./shard-option.js";
import type { SweepDataFlags } from "./sweep-data.js";
import { addSweepDataOptions, checkBegunOn, openSweepData } from "./sweep-data.js";
import type { SweepStudyFlags } from "./sweep-study.js";
import { dataFlagsOf, studyOfFlags } from "./sweep-study.js";

interface SweepFlags extends SweepDataFlags, SweepStudyFlags, ComparisonFlags, ClusterFlags {
  name?: string;
  workers?: number;
  select?: boolean;
  allowSeen: boolean;
  cosine: boolean;
  mlflow?: string;
  shard?: Shard;
  collect: boolean;
  failedExit: number;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook sweep --dataset fashion-mnist-10k -m method=hashnet,dch,lsh bits=16,32,48,64 seed=0..2 \\
      --metric mAP@5000 --latex table.tex --figures figures/ --fonts latex
  $ hashbook sweep --data work/ -m method=dch,./mine.js bits=48 seed=0..4 dch.gamma=5,10,20 epochs=60 --name gamma
  $ hashbook sweep --data work/ -m method=dch bits=32 'learningRate=log(1e-4,1e-2)' --random 20 --select
  $ hashbook sweep --data work/ -m method=hashnet,dch bits=16,32,48,64 seed=0..4 --on slurm --cpus 4 --time 2:00:00

-m takes words name=values, as Hydra's -m does; commas separate what is tried, 0..2 are 0, 1 and 2, [512,256] is one value:
  method=     known names, and files that define one (train --help)
  bits= seed= whole numbers
  epochs= learningRate= optimizer.kind= …   settings of all trainings (train --help); fits have none of them
  dch.gamma= …                              options of a method; dch.preset=NAME begins with a preset of it
With --random N so many settings are drawn for each method, of lists and of ranges: interval(5,50), log(1e-4,1e-2),
integers(4,64).
--file names a study as hb.sweep takes it: {"methods": ["dch", "./mine.js"], "bits": [32], "seeds": [0, 1], "settings":
{"epochs": 60}, "options": {"dch": {"gamma": [5, 10]}}, "data": {"folder": "work/"}}; paths are to the file. A module
exports it as its default, or a function of { tf, defineMethod } that gives it; ranges: { from, to, logarithmic, whole }.

Every method is run at every length with every seed and all settings, as many trainings at a time as there are cores, each
in a process of its own. The same command after a kill or Ctrl-C goes on where it was; one that asks for more under the same
--name adds to it. A run that fails is listed, keeps no other from running, and the command then ends with 1.
With --select the settings of each method and length are chosen by the mean over seeds of the final models' mAP on rows held
out of the train rows; only the chosen ones are judged by the queries, and the record says so.
With --on slurm the runs are spread over the tasks of an array, every n-th to one of --shards n, as many at a time in each as
it has cores; a job that comes after them collects them, and the command follows and compares. Ctrl-C leaves the jobs alone;
the same command finds them again, or submits what is missing. On several machines without Slurm: --shard i/n, then --collect.
All is recorded in runs/studies/<name>/. Then the study is compared, as hashbook compare does it.`;

/** `hashbook sweep`: a study of many trainings. */
export function sweepCommand(): Command {
  return addClusterOptions(
    addComparisonOptions(addSweepDataOptions(new Command("sweep"))),
    "with --on or --print: tasks that the runs are spread over; default: so many that each has as many runs as cores",
  )
    .description("run a study: methods by bits by seeds by settings; resumes")
    .option("-m, --multirun <words...>", "what is run, as method=hashnet,dch bits=16,32 seed=0..2")
    .option("--file <file>", "what is run, instead of -m: JSON, or a module of JavaScript or TypeScript")
    .option("--name <id>", "of the study; default: made of what is asked for and the data", flagOf(checkedStudyName))
    .option("--workers <n>", "trainings at a time; default: the cores", wholeNumber(1, 1024))
    .option("--random <n>", "draw so many settings for each method instead of trying all", wholeNumber(1))
    .option("--random-seed <n>", "of the draws", wholeNumber(0), 0)
    .option("--select", "choose settings by validation, and judge only the chosen ones by the queries")
    .option("--allow-seen", "go on where queries are learned from, and say so", false)
    .option("--no-cosine", "do not measure exhaustive search on the features")
    .option("--mlflow <url>", "send what is recorded to a tracking server too", flagOf(mlflowServer))
    .option(
      "--shard <i/n>",
      "run only part i of n (1 to n) of the runs, where others run the rest; then --collect",
      shardOption,
    )
    .option("--collect", "run nothing: choose, measure and compare what parts have run", false)
    .addOption(
      new Option("--failed-exit <code>", "of --collect on a cluster: where it is done and a run has failed")
        .argParser(wholeNumber(1, 125))
        .default(1)
        .hideHelp(),
    )
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(sweepFlags);
}

/** Reads a text that a check takes. */
function flagOf(check: (text: string) => unknown): (text: string) => string {
  return text => {
    try {
      check(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
    return text;
  };
}

async function sweepFlags(flags: SweepFlags, command: Command): Promise<void> {
  const onCluster = checkClusterFlags(flags);
  const asked = await studyOfFlags(flags);
  await checkOverwritesNothing(comparisonOutputs(flags), {
    "--file": flags.file,
    "-m": asked.methods.flatMap(method => (typeof method === "string" && isMethodFile(method) ? [method] : [])),
    "--metric": flags.metric,
    ...(asked.data !== undefined && "folder" in asked.data ? { data: filesOfData(asked.data.folder) } : {}),
    "--data": filesOfData(flags.data),
  });
  const metrics = await metricsOfFlags(flags);
  const { data: _, ...definition } = asked;
  await checkBegunOn(flags.name ?? definition.name, flags);
  const dataFlags = dataFlagsOf(flags, asked);
  const { allowSeen, cosine, mlflow, shard, collect } = flags;
  const { name = definition.name, workers = definition.workers, select = definition.select } = flags;
  const options = { ...definition, name, workers, select, cosine, allowSeen, mlflow, shard, collect };
  if (onCluster !== undefined) {
    const { sweepOnCluster } = await import("./sweep-on-cluster.js");
    const study = await sweepOnCluster({ flags, dataFlags, options, asked: onCluster, command });
    if (study !== undefined) await report(study, flags, { metrics });
    return;
  }
  const data = await openSweepData(dataFlags);
  const { sweep } = await import("../sweeps/sweep.js");
  const { signal, forget } = abortOnSignal();
  try {
    const study = await sweep(data, { ...options, signal });
    if (shard === undefined) await report(study, flags, { metrics, signal });
    else await reportPart(study, data, { ...options, shard, json: flags.json });
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`hashbook: ${(error as Error).message}; what is finished is kept\n`);
    process.exitCode = 130;
  } finally {
    forget();
  }
}

/** What a cluster is asked for. @throws {UsageError} where flags do not go together */
function checkClusterFlags(flags: SweepFlags): ReturnType<typeof askedOfCluster> {
  const { shard, collect } = flags;
  const asked = askedOfCluster(flags);
  const parts = [
    shard === undefined ? "" : "--shard",
    collect ? "--collect" : "",
    asked === undefined ? "" : "a cluster",
  ];
  const said = parts.filter(part => part !== "");
  if (said.length < 2) return asked;
  throw new UsageError(`${said.join(" and ")} do not go together`, {
    expected: "--shard i/n for each part, then --collect once; on a cluster neither: its tasks do both",
  });
}

/** What became of the runs of a part: one that failed makes the command fail. */
async function reportPart(
  study: StudyRecord,
  data: SweptData,
  { shard, json, ...options }: SweepOptions & { readonly shard: Shard; readonly json: boolean },
): Promise<void> {
  const { planSweep } = await import("../sweeps/plan-sweep.js");
  const { runsOfShard } = await import("../sweeps/runs-of-shard.js");
  const { cells } = await planSweep(data, options);
  const own = new Set(runsOfShard(cells, shard).map(({ name }) => name));
  const done = study.runs.filter(({ record }) => own.has(record.name)).map(({ record }) => record.name);
  const failed = study.failed.filter(({ name }) => own.has(name));
  if (failed.length > 0) process.exitCode = 1;
  const { id, folder } = study;
  if (json) process.stdout.write(`${JSON.stringify({ study: id, folder, shard, runs: done, failed })}\n`);
  else
    process.stdout.write(
      `${done.length} of ${own.size} runs of part ${shard.index} of ${shard.of} are done: study ${id}\n`,
    );
}

/** Compares what was run, writes the tables that are asked for, and prints: what failed makes the command fail. */
async function report(study: StudyRecord, flags: SweepFlags, options: CompareRunsOptions): Promise<void> {
  const { id, folder, runs, failed, missing, selection } = study;
  if (failed.length > 0 || (flags.collect && missing.length > 0)) process.exitCode = flags.failedExit;
  const isJudged = runs.some(({ result }) => result !== undefined);
  const { compare } = await import("../comparison/compare.js");
  const comparison = isJudged ? await compare(study, options) : undefined;
  if (comparison !== undefined) await writeComparison(comparison, study, flags);
  if (flags.json) {
    const documents = runs.map(({ record, validationMAP, result }) => ({
      name: record.name,
      ...(validationMAP === undefined ? {} : { validationMAP }),
      ...(result === undefined ? {} : { mAP: result.evaluation.mAP }),
    }));
    const document = { study: id, folder, runs: documents, failed, missing, selection, comparison };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const table = comparison === undefined ? [] : [await comparisonText(comparison)];
  process.stdout.write(`${[...table, ...selectionLines(selection), `Study ${id}, in ${folder}`].join("\n")}\n`);
}

/** What was chosen by validation, a line a method and length. */
function selectionLines(selection: StudyRecord["selection"]): string[] {
  if (selection === undefined) return [];
  const lines = Object.entries(selection.chosen).map(([group, { runs, candidates }]) => {
    return `  ${group}: ${runs.join(", ")}, of ${candidates.length} settings`;
  });
  return [`Settings chosen by ${selection.by}:`, ...lines];
}
