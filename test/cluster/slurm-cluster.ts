import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SCRIPTS = fileURLToPath(new URL("./slurm/", import.meta.url));
const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol"];

/** Why no Slurm can be brought up here; undefined when it can. */
export function slurmTrouble(): string | undefined {
  if (process.getuid?.() !== 0) return "its daemons are begun by root alone";
  const missing = PROGRAMS.filter(name => spawnSync("sh", ["-c", `command -v ${name}`], { env: ENV }).status !== 0);
  return missing.length === 0 ? undefined : `no ${missing.join(", ")} (Debian: slurm-wlm munge)`;
}

/** Debian's daemons are in sbin. */
const ENV = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** A Slurm on this machine. */
export interface SlurmCluster {
  readonly folder: string;
  /** Environment in which its commands find it. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends the node that a process runs on, as a power cut does: its daemon and all that runs there. */
  killNodeOf(pid: number): void;
  /** Ends the cluster, and what runs on it. */
  down(): void;
}

/** Brings up a cluster of nodes n1, n2, …, of two cores each. */
export function startSlurm(nodes: number): SlurmCluster {
  const folder = mkdtempSync(join(tmpdir(), "hashbook-slurm-"));
  const port = 20_000 + (process.pid % 3000) * 10;
  execFileSync("bash", [join(SCRIPTS, "up.sh"), folder, `${nodes}`, `${port}`], {
    env: ENV,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const env = { ...ENV, SLURM_CONF: join(folder, "slurm.conf") };
  return {
    folder,
    env,
    killNodeOf(pid) {
      const name = /\0SLURMD_NODENAME=([^\0]*)/.exec(readIfAny(`/proc/${pid}/environ`))![1];
      const daemon = Number(readFileSync(join(folder, "run", `slurmd-${name}.pid`), "utf8"));
      const jobs = processesOf(folder, name);
      const victims = [daemon, ...stepsAbove(jobs), ...jobs]; // Slurm's own first: they would tell of the others' end
      for (const victim of victims) kill(victim);
    },
    down() {
      spawnSync("bash", [join(SCRIPTS, "down.sh"), folder], { env: ENV });
      for (const pid of processesOf(folder)) kill(pid);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** Processes of jobs of a cluster, or of one node of it: Slurm tells them by their environment. */
function processesOf(folder: string, node?: string): number[] {
  const marks = [
    `SLURM_CONF=${join(folder, "slurm.conf")}`,
    ...(node === undefined ? [] : [`SLURMD_NODENAME=${node}`]),
  ];
  const ofJob = (env: string): boolean =>
    env.includes("SLURM_JOB_ID=") && marks.every(mark => env.includes(`${mark}\0`));
  return processes().filter(pid => ofJob(readIfAny(`/proc/${pid}/environ`)));
}

function processes(): number[] {
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .map(Number);
}

/** The processes of Slurm that watch over some of its jobs. */
function stepsAbove(jobs: readonly number[]): number[] {
  const parents = jobs.flatMap(pid => /^PPid:\s*(\d+)$/m.exec(readIfAny(`/proc/${pid}/status`))?.[1] ?? []);
  return [...new Set(parents.map(Number))].filter(pid => readIfAny(`/proc/${pid}/cmdline`).startsWith("slurmstepd"));
}

function readIfAny(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it has ended, or is not ours
  }
}

/** Processes whose command line has a word. */
export function processesWith(word: string): number[] {
  return processes().filter(pid => readIfAny(`/proc/${pid}/cmdline`).split("\0").includes(word));
}
