import { execFile } from "node:child_process";
import { InputError, UnavailableError } from "../core/errors.js";
import type { ClusterSettings } from "./cluster-settings.js";
import { DEFAULT_CPUS } from "./cluster-settings.js";

/** A job that Slurm has in its queue. */
export interface QueuedJob {
  /** Of an array that of the whole. */
  readonly id: string;
  /** Of a task of an array. Undefined: it is none. */
  readonly task?: number;
  readonly name: string;
  /** As Slurm calls it: PENDING, RUNNING, COMPLETING … */
  readonly state: string;
  /** Why it waits, as Slurm calls it. */
  readonly reason: string;
}

/** What is asked of Slurm. */
export interface SlurmClient {
  /** Submits a script. @returns the job's number @throws {InputError} in Slurm's own words, when it refuses it */
  submit(script: string, options: readonly string[]): Promise<string>;
  /** The jobs of some names that are still to end. */
  queue(names: readonly string[]): Promise<QueuedJob[]>;
  /** How a job ended, in Slurm's words: "TIMEOUT"; undefined where it does not remember. */
  endOf(id: string, task?: number): Promise<string | undefined>;
}

/**
 * Slurm as its commands give access to it.
 * @param settings what is asked for, to be named where Slurm refuses it
 */
export function slurmClient(settings: ClusterSettings = {}): SlurmClient {
  return {
    async submit(script, options) {
      const { code, stdout, stderr } = await run("sbatch", ["--parsable", ...options, script]);
      const id = stdout.trim().split(";")[0];
      if (code === 0 && /^\d+$/.test(id)) return id;
      throw new InputError("Slurm refuses the job", {
        file: script,
        expected: expectedOf(stderr, settings),
        actual: wordsOf(stderr) || `exit code ${code} of sbatch`,
      });
    },
    async queue(names) {
      const { code, stdout, stderr } = await run("squeue", [
        "-h",
        "-r",
        "--name",
        names.join(","),
        "-o",
        "%F|%K|%j|%T|%r",
      ]);
      if (code !== 0) throw notAnswered("squeue", stderr);
      return stdout.split("\n").flatMap(queuedJob);
    },
    async endOf(id, task) {
      if (task === undefined) return stateIn(await shownJobs(id));
      // Tasks that never began are one job as long as nothing tells them apart, and end as one: by `scancel`, for example.
      const never = async (): Promise<string[]> => (await shownJobs(id)).filter(line => NEVER_BEGAN.test(line));
      return stateIn(await shownJobs(`${id}_${task}`)) ?? stateIn(await never());
    },
  };
}

/** Slurm's number of a task that is none yet. */
const NEVER_BEGAN = /\bArrayTaskId=4294967294\b/;

/** What Slurm remembers of a job, a line for each of its tasks. */
async function shownJobs(id: string): Promise<string[]> {
  const { code, stdout } = await run("scontrol", ["show", "job", "-o", id]);
  return code === 0 ? stdout.split("\n") : [];
}

function stateIn([line = ""]: readonly string[]): string | undefined {
  return /\bJobState=(\w+)/.exec(line)?.[1];
}

function queuedJob(line: string): QueuedJob[] {
  const [id, task, name, state, reason] = line.split("|");
  if (reason === undefined) return [];
  return [{ id, name, state, reason, ...(/^\d+$/.test(task) ? { task: Number(task) } : {}) }];
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      const code = error?.code;
      if (typeof code === "string") reject(notThere(program, error!));
      else resolve({ code: error === null ? 0 : (code ?? 1), stdout, stderr });
    });
  });
}

function notThere(program: string, cause: NodeJS.ErrnoException | Error): UnavailableError {
  return new UnavailableError(`${program}, a command of Slurm, cannot be run here`, {
    expected: "to be called on a machine of the cluster; or --print, for scripts to be submitted elsewhere",
    actual: cause.message,
    cause,
  });
}

function notAnswered(program: string, stderr: string): UnavailableError {
  return new UnavailableError(`Slurm does not answer ${program}`, {
    expected: "its controller to be reached; the jobs themselves go on, and the same command finds them",
    actual: wordsOf(stderr),
  });
}

/** What Slurm said, in one line, without its prefixes. */
function wordsOf(stderr: string): string {
  const lines = stderr.split("\n").map(line => line.replace(/^\w+: (error|fatal): /, "").trim());
  return lines.filter(line => line !== "").join("; ");
}

/** What Slurm's words may speak of, and the setting that is meant. */
const SPOKEN_OF: readonly (readonly [words: RegExp, setting: (settings: ClusterSettings) => string])[] = [
  [/cpu|core|processor|node configuration/i, ({ cpus = DEFAULT_CPUS }) => `fewer --cpus (asked for: ${cpus} a task)`],
  [/partition/i, ({ partition = "the cluster's default" }) => `another --partition (asked for: ${partition})`],
  [/account/i, ({ account = "the user's own" }) => `another --account (asked for: ${account})`],
  [/memory|node configuration/i, ({ memory = "the cluster's default" }) => `less --memory (asked for: ${memory})`],
  [/time/i, ({ time = "the partition's default" }) => `less --time (asked for: ${time})`],
  [/array/i, () => "fewer --shards: clusters take arrays of up to their MaxArraySize, often 1001"],
];

/** Settings that Slurm's words speak of; where they speak of none, all that there are. */
function expectedOf(stderr: string, settings: ClusterSettings): string {
  const meant = SPOKEN_OF.filter(([words]) => words.test(stderr)).map(([, setting]) => setting(settings));
  return meant.join(", or ") || "other settings (--account, --partition, --time, --memory, --cpus, --sbatch)";
}
