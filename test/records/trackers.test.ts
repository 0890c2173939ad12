// The tools that people look at runs with read ours, themselves. Needs HASHBOOK_TEST_TRACKERS, a Python with
// `pip install -r test/records/requirements.txt`.
import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, rm, truncate } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Experiment } from "../../src/experiments/run-experiment.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { courseRows } from "../../src/records/course-rows.js";
import { dataIdentity } from "../../src/records/data-identity.js";
import { COURSE_EVENTS } from "../../src/records/event-file.js";
import { openRunRecorder } from "../../src/records/open-run-recorder.js";
import type { Run } from "../../src/records/run-record.js";
import { writeStudyRows } from "../../src/records/study-rows.js";
import { finishedRun, toySettings, toyStudyData } from "./toy-study.js";

const python = process.env.HASHBOOK_TEST_TRACKERS;
if (python === undefined) console.warn("TensorBoard, DVC and MLflow skipped: HASHBOOK_TEST_TRACKERS names no Python");

const reader = fileURLToPath(new URL("read_with_trackers.py", import.meta.url));
const data = toyStudyData();
let folder: string;
let experiment: Experiment;
let run: Run;

/** What a tracker reads. */
async function readWith(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(python!, [reader, ...args], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n", stdout.length - 2)));
}

/** What a recorder needs of a study beside the run. */
const writeRows = (study: string): Promise<void> =>
  writeStudyRows(study, dataIdentity(data), { ...data, labels: data.featureSet.labels });

/** Steps and values of a metric of the course, as float32 where a tracker has them so. */
function pointsOf(metric: string, round: (value: number) => number = value => value): [step: number, value: number][] {
  const rows = courseRows(experiment.record.epochs, experiment.record.steps);
  return rows.flatMap(({ step, values }) => {
    const value = (values as Record<string, number | undefined>)[metric];
    return value === undefined ? [] : [[step, round(value)] as [number, number]];
  });
}

const COURSE = ["train/loss", "train/beta", "train/quantisation", "train/learningRate", "val/mAP"];

describe.skipIf(python === undefined)("a run as other tools read it", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-trackers-"));
    experiment = await runExperiment(data, toySettings("dch", 8, 0), { folder: join(folder, "experiments") });
    await writeRows(join(folder, "toy"));
    const recorder = await openRunRecorder(join(folder, "toy"), "dch-8-s0");
    run = await recorder.finish(finishedRun("dch-8-s0", data, experiment));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true }));

  it("TensorBoard shows its course and how it does", async () => {
    const scalars = (await readWith("tensorboard", run.folder)) as Record<string, [number, number][]>;
    for (const metric of COURSE) expect(scalars[metric], metric).toEqual(pointsOf(metric, Math.fround));
    const { mAP } = experiment.record.evaluation;
    expect(scalars["test/mAP"]).toEqual([[experiment.record.steps.length - 1, Math.fround(mAP.all.tieAware)]]);
  }, 60_000);

  it("TensorBoard shows one course of a run that was killed amid an event and gone on with", async () => {
    const place = join(folder, "killed");
    const { epochs, steps } = experiment.record;
    await (await openRunRecorder(place, "run")).course(epochs.slice(0, 2), steps.slice(0, (2 * steps.length) / 3));
    await truncate(join(place, "run", COURSE_EVENTS), 300);
    await (await openRunRecorder(place, "run")).course(epochs, steps);
    const scalars = (await readWith("tensorboard", join(place, "run"))) as Record<string, [number, number][]>;
    for (const metric of COURSE) expect(scalars[metric], metric).toEqual(pointsOf(metric, Math.fround));
  }, 60_000);

  it("DVC shows its params, metrics and plots", async () => {
    const copy = join(folder, "dvc");
    await cp(run.folder, copy, { recursive: true });
    const read = (await readWith("dvc", copy)) as Record<"params" | "metrics", unknown> & {
      readonly plots: Record<string, readonly Record<string, string>[]>;
    };
    expect(read.params).toEqual(JSON.parse(JSON.stringify(experiment.record.config)));
    const { mAP, top1 } = experiment.record.evaluation;
    expect(read.metrics).toMatchObject({ test: { mAP: mAP.all.tieAware, "top-1": top1, "mAP@10": mAP[10].tieAware } });
    const points = (file: string, name: string) =>
      read.plots[join("plots", "metrics", file)].map(point => [Number(point.step), Number(point[name])]);
    expect(points("train/loss.tsv", "loss")).toEqual(pointsOf("train/loss"));
    expect(points("val/mAP.tsv", "mAP")).toEqual(pointsOf("val/mAP"));
  }, 120_000);

  it("pandas, with which people read Lightning's metrics.csv, reads ours", async () => {
    const table = (await readWith("csv", run.folder)) as Record<string, (number | null)[]>;
    for (const metric of COURSE) {
      const points = table.step.flatMap((step, at) => (table[metric][at] === null ? [] : [[step, table[metric][at]]]));
      expect(points, metric).toEqual(pointsOf(metric));
    }
  }, 60_000);

  it("trackio takes metrics.csv, with names of ten letters that it can tell apart", async () => {
    const copy = join(folder, "trackio");
    await cp(run.folder, copy, { recursive: true });
    const logs = (await readWith("trackio", copy)) as Record<string, number | undefined>[];
    const points = (name: string) => logs.flatMap(log => (log[name] === undefined ? [] : [[log.step, log[name]]]));
    for (const metric of COURSE) expect(points(metric.slice(0, 10)), metric).toEqual(pointsOf(metric));
  }, 60_000);
});

describe.skipIf(python === undefined)("a run that is sent to MLflow", () => {
  let server: ChildProcess;
  let address: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-mlflow-"));
    experiment = await runExperiment(data, toySettings("dch", 8, 0), { folder: join(folder, "experiments") });
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    const store = ["--backend-store-uri", `sqlite:///${folder}/db.sqlite`, "--artifacts-destination", folder];
    const place = ["--host", "127.0.0.1", "--port", `${port}`, "--workers", "1"];
    server = spawn(join(dirname(python!), "mlflow"), ["server", ...store, ...place], {
      cwd: folder,
      env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" },
      stdio: "ignore",
      detached: true, // a group of its own, to be ended with its workers
    });
    await vi.waitFor(async () => expect((await fetch(`${address}/health`)).ok).toBe(true), { timeout: 110_000 });
  }, 120_000);
  afterAll(async () => {
    const ended = new Promise(resolve => server.once("exit", resolve));
    process.kill(-server.pid!, "SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  }, 30_000);

  it("is there with all it has, once, though its recorder was killed", async () => {
    const { epochs, steps } = experiment.record;
    const faults: string[] = [];
    const options = { mlflow: address, onMlflowFault: (sentence: string) => faults.push(sentence) };
    await writeRows(join(folder, "it's a study"));
    const killed = await openRunRecorder(join(folder, "it's a study"), "dch-8-s0", options);
    await killed.course(epochs.slice(0, 1), steps.slice(0, steps.length / 3));
    const [first] = await vi.waitFor(async () => {
      const runs = (await readWith("mlflow", address, "it's a study")) as MlflowRead[];
      expect(runs[0].metrics["train/loss"]).toHaveLength(steps.length / 3);
      return runs;
    }, 30_000);
    expect(first.status).toBe("RUNNING");
    const recorder = await openRunRecorder(join(folder, "it's a study"), "dch-8-s0", options);
    await recorder.course(epochs, steps);
    await recorder.finish(finishedRun("dch-8-s0", data, experiment));
    expect(faults).toEqual([]);
    const runs = (await readWith("mlflow", address, "it's a study")) as MlflowRead[];
    expect(runs).toHaveLength(1);
    const [{ name, status, params, metrics }] = runs;
    expect({ name, status }).toEqual({ name: "dch-8-s0", status: "FINISHED" });
    expect(params).toMatchObject({ method: "dch", bits: "8", seed: "0", gamma: "20", "optimizer.kind": "adam" });
    for (const metric of COURSE.slice(0, 4)) expect(metrics[metric], metric).toEqual(pointsOf(metric));
    const last = steps.length - 1;
    expect(metrics["test/mAP at 10"]).toEqual([[last, experiment.record.evaluation.mAP[10].tieAware]]);
  }, 120_000);

  it("is there as failed where it failed", async () => {
    const recorder = await openRunRecorder(join(folder, "failing"), "dch-8-s1", { mlflow: address });
    await recorder.fail("the loss is NaN");
    const [{ status, tags }] = (await readWith("mlflow", address, "failing")) as MlflowRead[];
    expect(status).toBe("FAILED");
    expect(tags["hashbook.failure"]).toBe("the loss is NaN");
  }, 60_000);
});

/** A run as MLflow's client gives it. */
interface MlflowRead {
  readonly name: string;
  readonly status: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, readonly [step: number, value: number][]>>;
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
