import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { Engine } from "../../src/compute/program.js";
import type { AnySchema } from "../../src/core/options.js";
import { cosineBaseline } from "../../src/experiments/baselines.js";
import { compareMethods } from "../../src/experiments/compare-methods.js";
import type { ExperimentData } from "../../src/experiments/experiment-data.js";
import { bySeeds, resultRows } from "../../src/experiments/result.js";
import { precisionRecallOf } from "../../src/experiments/result-figures.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { defineMethod } from "../../src/methods/define-method.js";
import type { Batch, Method } from "../../src/methods/method.js";
import { defineMetric } from "../../src/metrics/metric.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";
import { meanAndDeviation } from "../../src/training/mean-and-deviation.js";
import type { TrainSettings } from "../../src/training/train-config.js";
import { trainConfig } from "../../src/training/train-config.js";
import { rows } from "../training/toy.js";
import { toyExperiment } from "./toy-experiment.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { featureSet, split } = toyExperiment();
const { features } = featureSet;
const data = { featureSet, split };
const config = { ...trainConfig("dch", 16), hidden: [16], batch: 40, epochs: 15, learningRate: 5e-3 };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-experiments-"));
});
afterAll(async () => rm(folder, { recursive: true }));

describe("runExperiment", () => {
  it("trains, measures and records; the second time it reads the same", async () => {
    const first = await runExperiment(data, config, { engine, folder });
    expect(first.cached).toBe(false);
    expect((await readdir(first.folder)).sort()).toEqual(["codes.npy", "head.json", "head.safetensors", "record.json"]);
    const courses: number[] = [];
    const onEpoch = (epochs: readonly unknown[]): void => void courses.push(epochs.length);
    const second = await runExperiment(data, config, { engine, folder, onEpoch });
    expect([second.cached, courses]).toEqual([true, [15]]);
    const lasting = ({ evaluateSeconds: _, ...rest }: typeof first.record) => rest;
    expect(lasting(second.record)).toEqual(JSON.parse(JSON.stringify(lasting(first.record))));
    expect(second.codes).toEqual(first.codes);
    expect(second.model).toEqual(first.model);
    const again = packCodes(binarize(await encodeFeatures(features, second.model, { engine })));
    expect(again).toEqual(first.codes);
  });

  it("refuses queries that are learned from or chose the epoch; says so everywhere when that is allowed", async () => {
    const some = split.query.slice(0, 5);
    const leaky = {
      ...split,
      asPublished: "no list",
      query: Int32Array.from([...some, ...split.train.slice(0, 3)]).sort(),
    };
    const run = (settings: object, more: object = {}, options: object = {}) =>
      runExperiment({ ...data, split: leaky, ...more }, settings as typeof config, { engine, folder, ...options });
    await expect(run(config)).rejects.toThrow(/3 of 8 queries were trained on; expected .*allowSeen/);
    await expect(run({ method: "lsh", bits: 16 })).rejects.toThrow(/3 of 8 queries were fitted to/);
    const validation = { ...split, query: some.slice(0, 2), train: split.train.slice(4) };
    await expect(run(config, { validation })).rejects.toThrow(/: 2 of 8 queries validated the training;/);
    const { record } = await run(config, {}, { allowSeen: true });
    expect(record.seen).toEqual([{ what: "queries", as: "trained", count: 3, of: 8 }]);
    expect(resultRows([record])[0].method).toBe("DCH (3 of 8 queries were trained on)");
    expect(JSON.stringify(precisionRecallOf([record] as never))).toContain("3 of 8 queries were trained on");
  });

  it("notes in head.json which classes the model has learned, where the features say their names", async () => {
    const classNames = ["a", "b", "c", "d"];
    const { labels, manifest } = featureSet;
    const train = split.train.filter(row => (labels as Int32Array)[row] < 3);
    const named = { featureSet: { ...featureSet, manifest: { ...manifest, classNames } }, split: { ...split, train } };
    const learnedBy = async (settings: TrainSettings, of: ExperimentData = named): Promise<unknown> => {
      const { folder: place } = await runExperiment(of, settings, { engine, folder: join(folder, "named") });
      return JSON.parse(await readFile(join(place, "head.json"), "utf8")).learnedClasses;
    };
    expect(await learnedBy(config)).toEqual(["a", "b", "c"]);
    expect(await learnedBy({ method: "lsh", bits: 8 })).toEqual([]);
    const nameless = { ...named, featureSet };
    expect(await learnedBy({ ...config, seed: 5 }, nameless)).toBeUndefined();
  });

  it("keeps trainings apart by config, and measures one by any queries", async () => {
    const first = await runExperiment(data, config, { engine, folder });
    const seeded = await runExperiment(data, { ...config, seed: 1 }, { engine, folder });
    const fewer = await runExperiment({ ...data, split: { ...split, query: rows(0, 20) } }, config, { engine, folder });
    expect(seeded.folder).not.toBe(first.folder);
    expect([fewer.folder, fewer.cached]).toEqual([first.folder, true]);
    expect(fewer.record.evaluation.queries).toBe(20);
  });

  it("beats both baselines on held-out queries, and rows say so", async () => {
    const { record } = await runExperiment(data, config, { engine, folder });
    const { record: lsh } = await runExperiment(data, { method: "lsh", bits: 16 }, { engine, folder });
    const cosine = await cosineBaseline(data, { engine });
    const table = resultRows([record, lsh, cosine]);
    expect(table.map(row => row.method)).toEqual(["DCH", "LSH (not learned)", "cosine on features"]);
    expect(table[0].mAP).toBeGreaterThan(Math.max(Number(table[1].mAP), Number(table[2].mAP)));
    expect(table.map(row => row["bytes/item"])).toEqual([2, 2, 48]);
    expect(table[2].bits).toBe("–");
    expect(lsh.evaluation.mAP.all.tieAware).toBeGreaterThan(0.25); // four classes: chance is 1/4
  });
});

/** The engine, and how many trainings were prepared on it: programs that have a state. */
function countingEngine(): { engine: Engine; trainings: () => number } {
  let trainings = 0;
  const prepare: Engine["prepare"] = definition => {
    if (definition.state !== undefined && Object.keys(definition.state).length > 0) trainings++;
    return engine.prepare(definition);
  };
  return { engine: { ...engine, prepare }, trainings: () => trainings };
}

/** A loss of one's own, in a source that a test can change. */
const probe = (loss: (codes: tf.Tensor2D, batch: Batch) => tf.Scalar, options: AnySchema = {}): Method =>
  defineMethod({ name: "probe", options, loss });
const nearness = (codes: tf.Tensor2D, { similar, bits }: Batch): tf.Scalar =>
  tf.mean(tf.square(tf.sub(tf.div(tf.matMul(codes, tf.transpose(codes)), bits), similar)));

describe("what is computed once", () => {
  const short = { bits: 8, hidden: [16], batch: 40, epochs: 2 };

  it("is not trained again for a metric, a cutoff or other queries", async () => {
    const { engine: counted, trainings } = countingEngine();
    const options = { folder: join(folder, "metrics"), engine: counted };
    for (const method of ["hashnet", "dch"]) await runExperiment(data, { ...short, method }, options);
    expect(trainings()).toBe(2);
    const first = defineMetric({
      name: "first-rank",
      definition: "1 / rank of the first relevant item",
      perQuery: ({ relevantRanks }) => 1 / relevantRanks[0],
    });
    for (const method of ["hashnet", "dch"]) {
      const measured = { ...options, metrics: [first, "ndcg@10"], cutoffs: [5] };
      const { record, cached } = await runExperiment(data, { ...short, method }, measured);
      expect(cached).toBe(true);
      expect(Object.keys(record.evaluation.metrics ?? {})).toEqual(["first-rank", "ndcg@10"]);
      expect(Object.keys(record.evaluation.mAP)).toContain("5");
    }
    expect(trainings()).toBe(2);
  });

  it("is measured by the protocol of its data, or the one that is asked for, by name too", async () => {
    const lsh = { method: "lsh", bits: 16 };
    const headlines = async (from: object, options: object = {}) => {
      const { record } = await runExperiment({ ...data, ...from }, lsh, { engine, folder, ...options });
      const { results } = await compareMethods(
        { ...data, engine, ...from },
        { methods: ["lsh"], bits: [16], baselines: "none", folder, ...options },
      );
      return [record, ...results].map(({ headline }) => headline?.protocol);
    };
    expect(await headlines({})).toEqual([undefined, undefined, undefined]);
    expect(await headlines({ protocol: protocolOf("coco") })).toEqual(["coco", "coco", "coco"]);
    expect(await headlines({ protocol: protocolOf("coco") }, { protocol: "voc2012" })).toEqual(
      Array(3).fill("voc2012"),
    );
    const run = (protocol: unknown) => runExperiment(data, lsh, { engine, folder, protocol: protocol as string });
    await expect(run("cocoa")).rejects.toThrow('there is no protocol "cocoa"; expected "coco"?');
    await expect(run({ protocol: "coco" })).rejects.toThrow(/^this is no protocol; expected the name of one/);
  });

  it("is trained anew when its loss computes something else, and nothing else is", async () => {
    const { engine: counted, trainings } = countingEngine();
    const options = { folder: join(folder, "losses"), engine: counted };
    const run = (method: Method | string) => runExperiment(data, { ...short, method }, options);
    const before = [await run(probe(nearness)), await run("dch")];
    // The same operations in another source, with an option that does nothing: nothing is computed otherwise.
    const rewritten = probe(
      (codes, batch) => {
        const inner = tf.div(tf.matMul(codes, tf.transpose(codes)), batch.bits);
        return tf.mean(tf.square(tf.sub(inner, batch.similar)));
      },
      { unused: { type: "number", default: 3 } },
    );
    expect((await run(rewritten)).folder).toBe(before[0].folder);
    expect(trainings()).toBe(2);
    const changed = await run(probe((codes, batch) => tf.mul(nearness(codes, batch), 2)));
    expect(changed.folder).not.toBe(before[0].folder);
    expect(trainings()).toBe(3);
    expect((await run("dch")).cached).toBe(true);
    expect(trainings()).toBe(3);
  });

  it("does not depend on the order of settings, or on options that the method does not have", async () => {
    const { engine: counted, trainings } = countingEngine();
    const options = { folder: join(folder, "order"), engine: counted };
    const one = await runExperiment(
      data,
      { method: "dch", ...short, seed: 1, options: { gamma: 9, lambda: 0 } },
      options,
    );
    const settings = { options: { lambda: 0, gamma: 9 }, seed: 1, epochs: 2, batch: 40, hidden: [16], bits: 8 };
    const two = await runExperiment(data, { ...settings, method: "dch" }, options);
    expect(two.folder).toBe(one.folder);
    // The quantisation's kind says nothing where its weight is 0.
    const idle = { ...settings, method: "dch", options: { lambda: 0, gamma: 9, quantization: "quadratic" } };
    expect((await runExperiment(data, idle, options)).folder).toBe(one.folder);
    expect(trainings()).toBe(1);
  });

  it("goes on where it was killed, to the same codes", async () => {
    const whole = await runExperiment(data, { ...short, method: "dch" }, { engine, folder: join(folder, "whole") });
    const options = { engine, folder: join(folder, "killed") };
    const kill = async (epochs: readonly unknown[]): Promise<void> => {
      if (epochs.length === 1) throw new Error("killed");
    };
    await expect(runExperiment(data, { ...short, method: "dch" }, { ...options, onEpoch: kill })).rejects.toThrow();
    const courses: number[] = [];
    const resumed = await runExperiment(
      data,
      { ...short, method: "dch" },
      { ...options, onEpoch: epochs => void courses.push(epochs.length) },
    );
    expect(courses).toEqual([2]); // the second epoch alone was done
    expect(resumed.codes).toEqual(whole.codes);
  });

  it("two that compute the same at once compute it once", async () => {
    const options = { engine, folder: join(folder, "both") };
    const run = () => runExperiment(data, { ...short, method: "dch", seed: 5 }, options);
    const both = await Promise.all([run(), run()]);
    expect(both.map(({ cached }) => cached).sort()).toEqual([false, true]);
    expect(both[0].codes).toEqual(both[1].codes);
    expect(both[0].record.date).toBe(both[1].record.date);
    const left = await readdir(both[0].folder);
    expect(left.sort()).toEqual(["codes.npy", "head.json", "head.safetensors", "record.json"]);
  });

  it("holds fits by what they give: another seed of LSH, another folder", async () => {
    const options = { engine, folder: join(folder, "fits") };
    const run = (seed: number) => runExperiment(data, { method: "lsh", bits: 8, seed }, options);
    const [one, again, other] = [await run(0), await run(0), await run(1)];
    expect([one.cached, again.cached, other.cached]).toEqual([false, true, false]);
    expect(again.codes).toEqual(one.codes);
    await expect(runExperiment(data, { method: "lsh", bits: 8, epochs: 3 }, options)).rejects.toThrow(
      /no option "lsh.epochs"; expected/,
    );
  });
});

describe("results over seeds", () => {
  it("are of one setting: another setting with another seed is another row", async () => {
    const run = (seed: number, gamma: number) =>
      runExperiment(data, { method: "dch", bits: 8, epochs: 1, seed, options: { gamma } }, { engine, folder });
    const records = [await run(0, 1), await run(1, 50), await run(1, 1), await run(0, 50)].map(({ record }) => record);
    expect(bySeeds(records).map(group => group.map(({ seed }) => seed))).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it("keep what was asked for, also where it computes the same", async () => {
    const ask = (similarWeight: number) =>
      runExperiment(data, { method: "dch", bits: 8, epochs: 1, options: { similarWeight } }, { engine, folder });
    const [two, nine] = [await ask(2), await ask(9)];
    expect(nine.folder).toBe(two.folder); // it counts under "fixed" only
    expect(nine.record.config.options.similarWeight).toBe(9);
  });
});

describe("compareMethods", () => {
  it("gives seeds one row and one curve of means and deviations, one's own method beside ours", async () => {
    const { results } = await compareMethods(
      { ...data, engine },
      {
        folder,
        methods: [probe(nearness), "dch", "lsh"],
        bits: [8],
        seeds: [0, 1, 2],
        config: { hidden: [16], epochs: 2 },
      },
    );
    // nine of the methods, the predicted class, ITQ with each seed, cosine
    expect(results).toHaveLength(14);
    const table = resultRows(results);
    const names = ["probe", "DCH", "LSH (not learned)", "predicted class (trivial)", "ITQ", "cosine on features"];
    expect(table.map(row => row.method)).toEqual(names);
    expect(table.map(row => row.classes)).toEqual(["seen", "seen", "–", "seen", "–", "–"]);
    expect(table.map(row => row.bits)).toEqual([8, 8, 8, 2, 8, "–"]);
    expect(table[0].mAP).toMatch(/^0\.\d{3} ± 0\.\d{3}$/);
    const values = results.slice(0, 3).map(({ evaluation }) => evaluation.mAP.all.tieAware);
    const { mean, deviation } = meanAndDeviation(values);
    expect(table[0].mAP).toBe(`${mean.toFixed(3)} ± ${deviation.toFixed(3)}`);
    const figure = precisionRecallOf(results);
    expect(figure.data.filter(trace => (trace as { fill?: string }).fill === "toself")).toHaveLength(4);
    expect(figure.data.filter(trace => (trace as { showlegend?: boolean }).showlegend !== false)).toHaveLength(6);
  });
});
