import { mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cosineBaseline } from "../../src/experiments/baselines.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { defineMethod } from "../../src/methods/define-method.js";
import { readStudy } from "../../src/records/read-study.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { sweep } from "../../src/sweeps/sweep.js";
import type { SweepState } from "../../src/sweeps/sweep-options.js";
import { toyStudyData } from "../records/toy-study.js";

const data = toyStudyData();
const quick = { epochs: 3, batch: 20, hidden: [8] };
const onState = (): void => {};
const home = process.env.HASHBOOK_HOME;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-sweep-"));
  process.env.HASHBOOK_HOME = folder;
});
afterAll(async () => {
  if (home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = home;
  await rm(folder, { recursive: true });
});

const namesOf = ({ runs }: StudyRecord): string[] => runs.map(({ record }) => record.name);

describe("sweep", () => {
  it("runs and records every cell as runExperiment does one; the second time all is read; more is added", async () => {
    const asked = { methods: ["dch", "lsh"], bits: [8], seeds: [0, 1], settings: quick, name: "grows" };
    const states: SweepState[] = [];
    const first = await sweep(data, { ...asked, onState: state => void states.push(state) });
    const trained = "batch=20-epochs=3-hidden=8";
    const names = [`dch-8-s0-${trained}`, `dch-8-s1-${trained}`, "lsh-8-s0", "lsh-8-s1"];
    expect(namesOf(first)).toEqual(names);
    expect([first.failed, first.missing]).toEqual([[], []]);
    for (const { record, result, validationMAP } of first.runs) {
      const { method, bits, seed } = record.config;
      const settings = { method, bits, seed, ...(method === "lsh" ? {} : quick) };
      const alone = await runExperiment(data, settings, { process: { threads: 1 }, folder: join(folder, "alone") });
      expect(result?.evaluation).toEqual(JSON.parse(JSON.stringify(alone.record.evaluation)));
      if (method === "dch") expect(validationMAP).toBe(alone.record.epochs.at(-1)?.validationMAP);
      expect(validationMAP).toBeGreaterThan(0.25);
    }
    const { evaluation, byRank } = await cosineBaseline(data);
    expect(first.cosine).toMatchObject(JSON.parse(JSON.stringify({ title: "cosine on features", evaluation, byRank })));
    expect(Object.keys(first.cosine!.evaluation.mAP)).toEqual(expect.arrayContaining(["50", "5000", "54000"]));
    const ended = states.at(-1)!;
    expect(ended.cells.map(({ name, state }) => [name, state])).toEqual(names.map(name => [name, "done"]));
    expect(ended.secondsLeft).toBe(0);
    const epochs = states.flatMap(({ cells }) => (cells[0].state === "running" ? [cells[0].epoch] : []));
    expect([...new Set(epochs)]).toEqual([0, 1, 2, 3]);

    const again: SweepState[] = [];
    expect(await sweep(data, { ...asked, onState: state => void again.push(state) })).toEqual(first);
    expect(again.at(-1)!.cells.every(cell => cell.state === "done" && cell.cached)).toBe(true);

    const options = { dch: { gamma: [5, 20] } };
    const more = await sweep(data, { ...asked, methods: ["dch"], options, onState });
    expect(namesOf(more)).toEqual([
      ...names,
      ...[0, 1].map(seed => `dch-8-s${seed}-batch=20-epochs=3-gamma=5-hidden=8`),
    ]);
    expect(more.sweeps).toHaveLength(2);
  });

  it("notes a run that fails and goes on; it is tried again", async () => {
    const broken = defineMethod({
      name: "broken",
      title: "Broken",
      options: {},
      loss: codes => tf.mean(tf.log(tf.mul(codes, 0))).asScalar() as tf.Scalar,
    });
    const asked = { methods: [broken, "lsh"], bits: [8], settings: quick, name: "fails", onState };
    const study = await sweep(data, asked);
    expect(namesOf(study)).toEqual(["lsh-8-s0"]);
    expect(study.failed).toEqual([
      expect.objectContaining({
        name: "broken-8-s0-batch=20-epochs=3-hidden=8",
        message: expect.stringMatching(/loss is/),
      }),
    ]);
    const mended = defineMethod({
      ...broken,
      loss: (codes: tf.Tensor) => tf.mean(tf.square(codes)).asScalar() as tf.Scalar,
    } as never);
    const second = await sweep(data, { ...asked, methods: [mended, "lsh"] });
    expect([second.failed, second.runs.length]).toEqual([[], 2]);
    // Changed into one that fails, it does not keep the figures that the one before has given.
    const third = await sweep(data, asked);
    expect(namesOf(third)).toEqual(["lsh-8-s0"]);
    expect(third.failed.map(({ name }) => name)).toEqual(["broken-8-s0-batch=20-epochs=3-hidden=8"]);
  });

  it("makes anew what was deleted or cut of a run, and of what all runs have in common", async () => {
    const asked = { methods: ["dch"], bits: [8], settings: quick, name: "deleted", onState };
    const first = await sweep(data, asked);
    const { folder: run } = first.runs[0];
    const names = ["codes.npy", "head.safetensors", "head.json", "metrics.csv", "../labels.npy", "../split.json"];
    for (const name of [...names, "../validation/split.json"]) {
      const whole = await readFile(join(run, name));
      const undo = [() => rm(join(run, name)), () => truncate(join(run, name), whole.length >> 1)];
      for (const damage of name === "metrics.csv" ? undo.slice(0, 1) : undo) {
        await damage();
        const { evaluation } = (await sweep(data, asked)).runs[0].result!;
        expect(evaluation).toEqual(first.runs[0].result!.evaluation);
        expect((await readFile(join(run, name))).equals(whole), name).toBe(true);
      }
    }
  });

  it("judges finished runs anew by what is asked for then, without training; one that cannot be stays as it was", async () => {
    const asked = { methods: ["dch"], bits: [8], settings: quick, name: "judged", onState };
    const first = await sweep(data, asked);
    expect(first.runs[0].result!.headline).toBeUndefined();
    const protocol = { name: "ours", cutoff: 20, convention: "thuml", unlabelled: "drop" } as const;
    const second = await sweep(data, { ...asked, protocol });
    for (const result of [second.runs[0].result!, second.cosine!]) {
      expect(result.headline).toMatchObject({ protocol: "ours", cutoff: 20 });
      expect(result.headline!.ours.tieAware).toBeGreaterThan(0.25);
    }
    expect(second.runs[0].record.date).toBe(first.runs[0].record.date);
    const fails = {
      name: "fails",
      definition: "none",
      perQuery() {
        throw new Error("it cannot be");
      },
    };
    await expect(sweep(data, { ...asked, metrics: [fails], cosine: false })).rejects.toThrow(
      /finished runs could not be .*; they are as they were; found dch-8-s0.*it cannot be/,
    );
    expect((await readStudy(second.folder)).runs).toEqual(second.runs);
  });

  it("sends finished runs to a tracking server that is named later, each once; no address is refused at once", async () => {
    const asked = { methods: ["dch", "lsh"], bits: [8], settings: quick, name: "sent", cosine: false, onState };
    const first = await sweep(data, asked);
    const begun: string[] = [];
    const finished: string[] = [];
    const server = createServer(async (request, answer) => {
      let text = "";
      for await (const part of request) text += part;
      if (request.url?.endsWith("runs/create")) begun.push(JSON.parse(text).run_name);
      if (request.url?.endsWith("runs/update")) finished.push(JSON.parse(text).status);
      const run = { info: { run_id: "r" }, data: {} };
      answer.end(JSON.stringify({ experiment: { experiment_id: "1" }, run, runs: [] }));
    });
    await new Promise<void>(listening => server.listen(0, "127.0.0.1", listening));
    const mlflow = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const second = await sweep(data, { ...asked, mlflow }).finally(() => server.close());
    expect(begun.sort()).toEqual(namesOf(first));
    expect(finished).toEqual(["FINISHED", "FINISHED"]);
    expect(second.runs.map(({ record }) => record.key)).toEqual(first.runs.map(({ record }) => record.key));
    await expect(sweep(data, { ...asked, mlflow: "localhost:5000" })).rejects.toThrow(/no address of an MLflow server/);
  });

  it("refuses to run beside another sweep into the same study, and adds to it afterwards", async () => {
    const asked = { methods: ["lsh"], bits: [8], name: "twice", cosine: false, onState };
    const both = await Promise.allSettled([sweep(data, asked), sweep(data, { ...asked, bits: [16] })]);
    const refused = both.flatMap(one => (one.status === "rejected" ? [String(one.reason)] : []));
    expect(refused).toEqual([expect.stringMatching(/another process is writing here.*running a study/s)]);
    await sweep(data, asked);
    const study = await sweep(data, { ...asked, bits: [16] });
    expect([namesOf(study).sort(), study.sweeps.length]).toEqual([["lsh-16-s0", "lsh-8-s0"], 2]);
  });

  it("chooses settings by validation and judges no other run by the queries", async () => {
    const asked = {
      ...{ methods: ["dch", "lsh"], bits: [8], seeds: [0, 1], settings: quick, name: "chooses", select: true },
      options: { dch: { gamma: [1, 20, 50] } },
      onState,
    };
    const states: SweepState[] = [];
    const study = await sweep(data, { ...asked, onState: state => void states.push(state) });
    // Judged after all were trained: what was computed by this call was not there before for that.
    for (const [at, { name }] of states[0].cells.entries()) {
      const ends = states.map(({ cells }) => cells[at]).filter(cell => cell.state === "done");
      expect([name, ends[ends.length - 1].cached]).toEqual([name, ends[0].cached]);
    }
    const means = [1, 20, 50].map(gamma => {
      const own = study.runs.filter(({ record }) => record.config.options.gamma === gamma);
      return own.reduce((sum, { validationMAP }) => sum + validationMAP!, 0) / 2;
    });
    const { candidates, runs } = study.selection!.chosen["dch-8"];
    expect(candidates.map(({ validationMAP }) => validationMAP)).toEqual(means);
    const best = [1, 20, 50][means.indexOf(Math.max(...means))];
    const isChosen = ({ record }: StudyRecord["runs"][number]): boolean =>
      record.config.method === "lsh" || record.config.options.gamma === best;
    expect(study.runs.filter(isChosen).map(({ record }) => record.name)).toEqual(expect.arrayContaining([...runs]));
    for (const run of study.runs) {
      expect(run.result !== undefined).toBe(isChosen(run));
      const judged = readFile(join(run.folder, "evaluation.json"), "utf8");
      if (isChosen(run)) await judged;
      else await expect(judged).rejects.toThrow(/ENOENT/);
    }
    await expect(sweep(data, { ...asked, select: false })).rejects.toThrow(/chooses its settings by validation/);
    await expect(sweep(data, { ...asked, options: {} })).rejects.toThrow(/gamma=1.* is not asked for/);
    const { validation: _, ...without } = data;
    await expect(sweep(without, asked)).rejects.toThrow(/nothing is there to choose settings by/);
  });

  it("refuses other data under the same name, and a slip in a name before anything is trained", async () => {
    const asked = { methods: ["lsh"], bits: [8], name: "same", onState };
    await sweep(data, asked);
    const query = data.split.query.slice(1);
    const fewer = { ...data, split: { ...data.split, query } };
    await expect(sweep(fewer, asked)).rejects.toThrow(/of other data.*queries, database/s);
    await expect(sweep(data, { ...asked, method: ["dch"] } as never)).rejects.toThrow(
      /unknown option "method".*"methods"/,
    );
    await expect(sweep(data, { ...asked, options: { dhc: {} } })).rejects.toThrow(/no method of the study.*lsh/);
    await expect(sweep(data, { ...asked, methods: ["dch"], options: { dch: { gama: 3 } } })).rejects.toThrow(/"gamma"/);
    await expect(sweep(data, { ...asked, methods: ["dch"], settings: { epochs: [3, 0] } })).rejects.toThrow(
      /at least 1/,
    );
  });
});
