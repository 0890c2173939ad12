import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineMethod } from "../../src/methods/define-method.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { openCurrentRuns } from "../../src/sweeps/current-runs.js";
import { layOutSweep } from "../../src/sweeps/lay-out-sweep.js";
import { runsOfShard } from "../../src/sweeps/runs-of-shard.js";
import { sweep } from "../../src/sweeps/sweep.js";
import type { SweepOptions } from "../../src/sweeps/sweep-options.js";
import { toyExperiment } from "../experiments/toy-experiment.js";
import { rows } from "../training/toy.js";

const home = process.env.HASHBOOK_HOME;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-sweep-parts-"));
  process.env.HASHBOOK_HOME = folder;
});
afterAll(() => {
  if (home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = home;
  rmSync(folder, { recursive: true });
});

const { featureSet, split } = toyExperiment();
const validation = { ...split, query: rows(40, 60), train: rows(60, 120), database: rows(60, 120) };
const data = { featureSet, split, validation };

/** What a study comes to, without times and places. */
function figures({ runs, failed, missing, selection, cosine }: StudyRecord): unknown {
  const all = runs.map(({ record, validationMAP, result }) => [
    record.name,
    record.key,
    validationMAP,
    result?.evaluation,
  ]);
  return { all, failed, missing, selection, cosine: cosine?.evaluation };
}

describe.each([false, true])("a study in parts, with select %s", select => {
  const options = (name: string): SweepOptions => ({
    methods: ["lsh", "itq"],
    bits: [4, 8],
    seeds: [0, 1],
    name,
    select,
    folder: join(folder, `studies-${select}`),
    workers: 2,
    onState: () => {},
  });

  it("comes to what one sweep comes to, with a part that is missing or begun again", async () => {
    const whole = await sweep(data, options("whole"));
    const laidOut = await layOutSweep(data, options("parts"));
    expect(laidOut.runs).toHaveLength(8);
    await sweep(data, { ...options("parts"), shard: { index: 1, of: 3 } });
    const some = await sweep(data, { ...options("parts"), collect: true });
    expect(some.runs.map(({ record }) => record.name).sort()).toEqual(
      [...runsOfShard(laidOut.runs, { index: 1, of: 3 })].sort(),
    );
    expect(some.missing).toHaveLength(5);
    await Promise.all([2, 3, 3].map(index => sweep(data, { ...options("parts"), shard: { index, of: 3 } })));
    const collected = await sweep(data, { ...options("parts"), collect: true });
    expect(figures(collected)).toEqual(figures(whole));
    const files = readdirSync(collected.folder, { recursive: true, encoding: "utf8" });
    expect(files.filter(name => name.includes("lock"))).toEqual([]);
  });
});

it.each([false, true])("knows which runs are finished and still what is asked for, with select %s", async select => {
  const mine = (factor: number) =>
    defineMethod({
      name: "mine",
      loss: (codes: tf.Tensor) => tf.mul(factor, tf.mean(tf.square(codes))).asScalar() as tf.Scalar,
    });
  const options = (factor: number, more: Partial<SweepOptions> = {}): SweepOptions => ({
    ...{ methods: [mine(factor), "lsh"], bits: [4], seeds: [0, 1], settings: { epochs: 1, batch: 20, hidden: [[8]] } },
    ...{ name: "current", folder: join(folder, `current-${select}`), select, workers: 2, onState: () => {} },
    ...more,
  });
  await layOutSweep(data, options(1));
  await sweep(data, options(1, { shard: { index: 1, of: 2 } }));
  const currentOf = async (asked: SweepOptions): Promise<string[]> => {
    const { runs } = await layOutSweep(data, asked);
    const isCurrent = await openCurrentRuns(data, asked);
    const found = await Promise.all(runs.map(async name => ((await isCurrent(name)) ? [name] : [])));
    return found.flat().map(name => name.slice(0, 4));
  };
  expect(await currentOf(options(1))).toEqual(["mine", "lsh-"]);
  expect(await currentOf(options(1, { mlflow: "http://127.0.0.1:1" }))).toEqual(["mine", "lsh-"]);
  expect(await currentOf(options(2))).toEqual(["lsh-"]);
  // What is chosen by validation is judged by who collects.
  expect(await currentOf(options(1, { cutoffs: [7] }))).toEqual(select ? ["mine", "lsh-"] : []);
});
