// The real thing: a Slurm of three nodes on this machine. What is killed here is a node and a program.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFashionMnist10k } from "../../src/datasets/fashion-mnist.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { toyExperiment } from "../experiments/toy-experiment.js";
import { writeDataFolder } from "../features/written-data-folder.js";
import type { SlurmCluster } from "./slurm-cluster.js";
import { processesWith, slurmTrouble, startSlurm } from "./slurm-cluster.js";

const IMAGES = 2000;
const SHARDS = 4;
const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));

const trouble = slurmTrouble();
if (trouble !== undefined) console.info(`no Slurm is brought up, its tests are skipped: ${trouble}`);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe.skipIf(trouble !== undefined)("on a Slurm of three nodes", () => {
  let cluster: SlurmCluster;
  let folder: string;
  /** Blanks and quotes as in other people's folders. */
  const at = (...parts: string[]): string => join(folder, 'it\'s "here" $HOME', ...parts);

  /** A command that goes on; `ended` tells how it came out. */
  function begin(
    args: readonly string[],
    home = "home",
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended>; said(): string } {
    const env = { ...cluster.env, HASHBOOK_HOME: at(home) };
    const child = spawn(process.execPath, [CLI, ...args], { cwd: at(), env });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", text => (stdout += text));
    child.stderr.on("data", text => (stderr += text));
    const ended = new Promise<Ended>(resolve => child.once("close", code => resolve({ code, stdout, stderr })));
    return { child, ended, said: () => stderr };
  }
  const run = (...args: readonly string[]): Promise<Ended> => begin(args).ended;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hashbook-slurm-test-"));
    mkdirSync(at(), { recursive: true });
    cluster = startSlurm(3);
    const dataset = await openFashionMnist10k();
    for (const name of dataset.classNames) mkdirSync(at("pictures", name.replaceAll("/", "-")), { recursive: true });
    await Promise.all(
      Array.from({ length: IMAGES }, async (_, row) => {
        const { data, width, height } = (await dataset.image(row)) as RawImage;
        const className = dataset.classNames[dataset.labels[row]].replaceAll("/", "-");
        const file = at("pictures", className, `${String(row).padStart(5, "0")}.png`);
        await sharp(data, { raw: { width, height, channels: 1 } })
          .png()
          .toFile(file);
      }),
    );
  });
  afterAll(() => {
    cluster?.down();
    rmSync(folder, { recursive: true, force: true });
  });

  it("extracts, with a node and a program killed, left and found again, the bytes of an undivided run", {
    timeout: 280_000,
  }, async () => {
    const extraction = ["extract", "--dataset", "pictures", "--engine", "cpu", "--batch", "8"];
    const onSlurm = [...extraction, "--out", "o u't", "--on", "slurm", "--shards", `${SHARDS}`, "--cpus", "2"];
    // Each node has a copy of the pictures; what is extracted of it is of the same dataset.
    const copy = 'mkdir -p "copy of $SLURMD_NODENAME" && cp -a pictures "copy of $SLURMD_NODENAME/"';
    onSlurm.push("--setup", copy, "--node-root", "copy of $SLURMD_NODENAME/pictures");
    const first = begin(onSlurm);
    const marks = at("o u't", "cluster", "marks");
    const rowsOf = (task: number): number => {
      const file = join(marks, `${task}.json`);
      return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { done: number }).done : 0;
    };
    /** The program of a task, held where it is at work: a fast machine would be done with it before the others begin. */
    const held = async (task: number): Promise<number> => {
      await until(() => rowsOf(task) > 0);
      const pid = processesWith(`${task}/${SHARDS}`).find(one => processesWith("extract").includes(one))!;
      process.kill(pid, "SIGSTOP");
      return pid;
    };
    const [second, third] = await Promise.all([2, 3].map(held));
    process.kill(second, "SIGKILL");
    cluster.killNodeOf(third);
    await until(() => /^extract \d+\/2000 images/m.test(first.said()));
    first.child.kill("SIGINT"); // it is left, and the jobs go on
    const left = await first.ended;
    expect(left.stderr).toMatch(/the jobs go on; the same command finds them again, `scancel \d+ \d+` ends them/);
    expect(left.code).toBe(130);
    const again = await run(...onSlurm);
    expect(again.stderr).toMatch(/found in the queue: tasks as job \d+, merge as job \d+/);
    expect([again.code, again.stdout]).toEqual([0, `merged features (${IMAGES}, 1280) in ${at("o u't")}\n`]);
    const logs = readdirSync(at("o u't", "cluster", "logs")).map(name =>
      readFileSync(at("o u't", "cluster", "logs", name), "utf8"),
    );
    expect(logs.filter(log => /ended with 137 and is tried again/.test(log))).toHaveLength(1);
    const task3 = logs.find(log => log.includes(`task 3 of ${SHARDS}`))!;
    expect(task3.match(/task 3 of \d, try 1 of 3, job/g)).toHaveLength(2); // on the node that died, and on another
    expect((await run(...extraction, "--out", "whole")).code).toBe(0);
    for (const name of ["features.npy", "labels.npy", "ids.txt"]) {
      expect(readFileSync(at("o u't", name)).equals(readFileSync(at("whole", name))), name).toBe(true);
    }
    const done = await run(...onSlurm);
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining(`all ${SHARDS} tasks and merge are done`)]);
  });

  it("runs a study of eight runs and collects the table of a sweep on one machine", { timeout: 200_000 }, async () => {
    const { featureSet, split } = toyExperiment();
    const { labels, features } = featureSet;
    const ids = Array.from({ length: features.shape[0] }, (_, row) => `item-${row}`);
    const items = { classNames: ["a", "b", "c", "d"], labels, ids, features, roles: split };
    await writeDataFolder(at("work"), items);
    const words = ["-m", "method=dch,lsh", "bits=8,16", "seed=0..1", "epochs=2", "batch=20", "hidden=[8]"];
    const study = ["sweep", "--data", "work", "--name", "eight", "--json", ...words];
    const slurm = begin([...study, "--on", "slurm", "--shards", "3", "--cpus", "2", "--csv", "on.csv"]);
    const local = await begin([...study, "--csv", "here.csv"], "other home").ended;
    const { code, stdout, stderr } = await slurm.ended;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/submitted 3 tasks as job \d+, collect as job \d+/)]);
    const [ours, theirs] = [stdout, local.stdout].map(text => {
      const { folder: _, ...document } = JSON.parse(text);
      return document;
    });
    expect(ours.runs).toHaveLength(8);
    expect(ours).toEqual(theirs);
    expect(readFileSync(at("on.csv"), "utf8")).toBe(readFileSync(at("here.csv"), "utf8"));
    const again = await run(...study, "--on", "slurm", "--shards", "3", "--csv", "on.csv"); // with other cores
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("all 3 tasks and collect are done")]);
  });

  it("says what Slurm refuses, and how a task failed", { timeout: 100_000 }, async () => {
    const extraction = ["extract", "--dataset", "pictures", "--on", "slurm", "--engine", "cpu"];
    const refused = await run(...extraction, "--out", "a", "--shards", "200");
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/Slurm refuses the job; .*fewer --shards.*array/),
    ]);
    const nowhere = await run(...extraction, "--out", "b", "--shards", "2", "--partition", "gpu");
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      expect.stringContaining("found invalid partition specified: gpu; Batch job"),
    ]);
    const flags = ["--out", "c", "--shards", "2", "--cpus", "1", "--node-root", "$TMPDIR/nowhere", "--tries", "1"];
    const failed = await run(...extraction, ...flags);
    expect([failed.code, failed.stderr]).toEqual([
      1,
      expect.stringMatching(
        /task-1\.log: 2 of 2 tasks failed: 1 \(exit code 1\), 2 \(exit code 1\); merge was not done; .*it is not there/,
      ),
    ]);
  });
});

async function until(holds: () => boolean): Promise<void> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > 240_000) throw new Error("what was waited for did not come");
    await sleep(20);
  }
}
