import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { cosineBaseline } from "../../src/experiments/baselines.js";
import { resultRows } from "../../src/experiments/result.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { trainConfig } from "../../src/training/train-config.js";
import { rows, toyData } from "../training/toy.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { features, labels } = toyData(7, { noise: 1.2 });
const manifest = {
  dataset: "toy",
  contentHash: "toy",
  backbone: "none",
  weightsHash: "none",
  preprocessing: { resize: 1, crop: 1, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" },
  engine: "cpu",
  shape: [160, 12],
  version: "0",
} as const;
const split = { protocol: "toy", seed: 0, query: rows(0, 40), train: rows(40, 120), database: rows(40, 160) };
const data = { featureSet: { features, labels, manifest }, split };
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
