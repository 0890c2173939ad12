// The flags by which a command is run on a cluster, the same on every command that can be.
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import type { ClusterSettings, VolumeMount } from "../cluster/cluster-settings.js";
import { readClusterSettings, settingFault } from "../cluster/cluster-settings.js";
import { UsageError } from "../core/errors.js";
import { wholeNumber } from "./numbers.js";
import { MAX_SHARDS } from "./shard-option.js";

/** Where a command can be run, beside here. */
const CLUSTERS = ["slurm"] as const;
/** What can be printed instead of submitting it. */
const PRINTED_FORMS = ["slurm", "kubernetes"] as const;

/** One of {@link PRINTED_FORMS}. */
export type PrintedForm = (typeof PRINTED_FORMS)[number];

/** Flags of a cluster. */
export interface ClusterFlags {
  on?: (typeof CLUSTERS)[number];
  shards?: number;
  print?: PrintedForm;
  follow?: boolean;
  cluster?: string;
  account?: string;
  partition?: string;
  time?: string;
  memory?: string;
  cpus?: number;
  parallel?: number;
  tries?: number;
  sbatch?: readonly string[];
  setup?: readonly string[];
  container?: string;
  volume?: readonly VolumeMount[];
}

/**
 * Adds the flags of a cluster.
 * @param shards what `--shards` says of itself
 */
export function addClusterOptions(command: Command, shards: string): Command {
  for (const option of clusterOptions(shards)) command.addOption(option);
  return command;
}

function clusterOptions(shards: string): Option[] {
  const text = (flags: string, description: string): Option => new Option(flags, description);
  return [
    text("--on <cluster>", "do it as an array of jobs, and follow them: slurm").choices(CLUSTERS),
    text("--shards <n>", shards).argParser(wholeNumber(1, MAX_SHARDS)),
    text("--print [form]", "print what would be submitted, and submit nothing: slurm, or kubernetes (an Indexed Job)")
      .choices(PRINTED_FORMS)
      .preset("slurm"),
    text("--follow", "with --on: only follow what was submitted"),
    text("--no-follow", "with --on: submit, and do not follow"),
    text(
      "--cluster <file>",
      "settings of the cluster in JSON: the fields are those of the flags below, setup and program",
    ),
    text("--account <name>", "of a cluster: whose time it is"),
    text("--partition <name>", "of a cluster: which queue"),
    text("--time <limit>", "of a task: 90 (minutes), 4:00:00, 1-12 (days-hours)").argParser(formOf("time")),
    text("--memory <size>", "of a task: 8G").argParser(formOf("memory")),
    text("--cpus <n>", "cores of a task; default 4").argParser(wholeNumber(1, 1024)),
    text("--parallel <n>", "tasks at a time at most; default: as many as the cluster takes").argParser(wholeNumber(1)),
    text("--tries <n>", "how often a task is begun whose program dies; default 3").argParser(wholeNumber(1, 100)),
    text("--sbatch <option>", "one more option of sbatch, as --sbatch=--constraint=avx512; may come again").argParser(
      (line: string, earlier?: readonly string[]) => more(formOf("sbatch")(line), earlier),
    ),
    text("--setup <line>", "a line of shell before the command, as 'module load nodejs'; may come again").argParser(
      more,
    ),
    text("--container <image>", "of --print kubernetes: the image that has hashbook"),
    text(
      "--volume <claim:path>",
      "of --print kubernetes: a volume claim and where it is mounted; may come again",
    ).argParser(volumeOption),
  ];
}

function more(line: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, line];
}

function formOf(name: keyof ClusterSettings): (value: string) => string {
  return value => {
    const expected = settingFault(name, value);
    if (expected !== undefined) throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}

function volumeOption(text: string, earlier: readonly VolumeMount[] = []): readonly VolumeMount[] {
  const at = text.indexOf(":");
  const volume = { claim: text.slice(0, at), path: text.slice(at + 1) };
  const expected = settingFault("volumes", [volume]);
  if (expected !== undefined) throw new InvalidArgumentError(`Expected ${expected}.`);
  return [...earlier, volume];
}

/** What is asked to be done with a cluster: to submit, or only to print what would be. */
export interface AskedOfCluster {
  readonly print?: PrintedForm;
}

/** What the flags ask to be done with a cluster; undefined: nothing, the command is done here. */
export function askedOfCluster(flags: ClusterFlags): AskedOfCluster | undefined {
  const { on, print, follow } = flags;
  if (print !== undefined) return { print };
  if (on !== undefined) return {};
  const stray = OF_CLUSTERS.find(name => flags[name] !== undefined);
  if (stray !== undefined || follow !== undefined) {
    throw new UsageError(`--${stray ?? (follow ? "follow" : "no-follow")} goes with --on slurm or --print`);
  }
  return undefined;
}

/** Flags that say nothing where no cluster is asked for. */
const OF_CLUSTERS = [
  "shards",
  "cluster",
  "account",
  "partition",
  "time",
  "memory",
  "cpus",
  "parallel",
  "tries",
  "sbatch",
  "setup",
  "container",
  "volume",
] as const satisfies readonly (keyof ClusterFlags)[];

/** The settings of the flags, over those of the file. */
export async function clusterSettingsOf(flags: ClusterFlags): Promise<ClusterSettings> {
  const { cluster, account, partition, time, memory, cpus, parallel, tries, sbatch, setup, container } = flags;
  const said = {
    account,
    partition,
    time,
    memory,
    cpus,
    parallel,
    tries,
    sbatch,
    setup,
    container,
    volumes: flags.volume,
  };
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { ...(cluster === undefined ? {} : await readClusterSettings(cluster)), ...given };
}

/**
 * The words that a command was called with, without its name and those of some options: what a task is called with.
 * @param names of options to be left out beside those of a cluster: "--json"
 */
export function wordsForTask(command: Command, names: readonly string[]): string[] {
  const without = new Set([...clusterOptions("").map(({ long }) => long), ...names]);
  const { rawArgs: called } = command.parent as Command & { readonly rawArgs: readonly string[] }; // not in its types
  const words = called.slice(called.indexOf(command.name()) + 1);
  const left: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [name] = words[at].split("=");
    const option = command.options.find(one => one.long === name || one.short === words[at]);
    if (option === undefined || !without.has(option.long)) {
      left.push(words[at]);
      continue;
    }
    // As commander takes them: a value that may be left out is none where the next word is an option.
    const next = words[at + 1] ?? "-";
    if (!words[at].includes("=") && (option.required || (option.optional && !next.startsWith("-")))) at++;
  }
  return left;
}

/**
 * Environment variables that tasks are to have as here: where things are, how work is done. What grants access is not
 * among them: they are written into scripts that others may read.
 */
export function environmentForTasks(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const isKept = (name: string): boolean =>
    /^HASHBOOK_(TEST_|PROGRESS$|SLOW_TESTS$)/.test(name) || /TOKEN|SECRET|PASSWORD|KEY/.test(name);
  const isOurs = (name: string): boolean => (name.startsWith("HASHBOOK_") && !isKept(name)) || PASSED_ON.includes(name);
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && isOurs(name) ? [[name, value]] : [])),
  );
}

const PASSED_ON: readonly string[] = ["UV_THREADPOOL_SIZE", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT"];
