// Rows of unknown class in a training: left out, it is the training on the others; kept, it is another one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import type { Engine } from "../../src/compute/program.js";
import type { MultiHotLabels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { cosineBaseline } from "../../src/experiments/baselines.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import type { FeatureManifest } from "../../src/features/feature-manifest.js";
import { trainHead } from "../../src/training/train-head.js";
import { toyExperiment } from "../experiments/toy-experiment.js";
import { rows, toyData } from "./toy.js";

const { features, labels: numbers } = toyData(3, { perClass: 12, classes: 3 });
const COUNT = numbers.length;
const isUnknown = (row: number): boolean => row % 5 === 1;
const hot = Uint8Array.from({ length: COUNT * 3 }, (_, at) => {
  const [row, c] = [Math.floor(at / 3), at % 3];
  return !isUnknown(row) && numbers[row] === c ? 1 : 0;
});
const several: MultiHotLabels = multiHotLabels({ data: hot, shape: [COUNT, 3] });
const single = numbers.map((label, row) => (isUnknown(row) ? -1 : label));

const train = rows(0, 24);
const known = train.filter(row => !isUnknown(row));
const settings = { method: "dch", bits: 6, epochs: 2, batch: 8, hidden: [] };
const validation = { query: rows(24, 28), database: rows(28, COUNT) };

let engine: Engine;
let folder: string;
beforeAll(async () => {
  engine = await eagerEngine("wasm");
  folder = await mkdtemp(join(tmpdir(), "hashbook-unlabelled-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("trainHead", () => {
  it.each([
    ["single labels", single],
    ["several labels", several],
  ])("leaves them out, of validation too, and says how many: %s", async (_, labels) => {
    const all = await trainHead({ features, labels, train, validation }, settings, { engine });
    const held = {
      query: validation.query.filter(row => !isUnknown(row)),
      database: validation.database.filter(row => !isUnknown(row)),
    };
    const expected = await trainHead({ features, labels, train: known, validation: held }, settings, { engine });
    expect(all.head).toEqual(expected.head);
    expect(all.epochs.map(({ validationMAP }) => validationMAP)).toEqual(
      expected.epochs.map(({ validationMAP }) => validationMAP),
    );
    expect([all.unlabelled, expected.unlabelled, all.config.unlabelled]).toEqual([
      train.length - known.length,
      0,
      "drop",
    ]);
  });

  it("keeps those of several labels when asked, similar to none", async () => {
    const kept = await trainHead({ features, labels: several, train }, { ...settings, unlabelled: "keep" }, { engine });
    const dropped = await trainHead({ features, labels: several, train }, settings, { engine });
    expect(kept.unlabelled).toBe(train.length - known.length);
    // A class that nobody else has says the same: each of them one of its own.
    const [n, unknown] = [COUNT, Array.from(rows(0, COUNT)).filter(isUnknown)];
    const own = Uint8Array.from({ length: n * (3 + unknown.length) }, (_, at) => {
      const [row, c] = [Math.floor(at / (3 + unknown.length)), at % (3 + unknown.length)];
      return c < 3 ? hot[row * 3 + c] : Number(unknown[c - 3] === row);
    });
    const unlike = multiHotLabels({ data: own, shape: [n, 3 + unknown.length] });
    const told = await trainHead({ features, labels: unlike, train }, settings, { engine });
    expect(kept.steps.map(({ loss }) => loss)).not.toEqual(dropped.steps.slice(0, kept.steps.length).map(s => s.loss));
    for (const [at, { loss }] of told.steps.entries()) expect(kept.steps[at].loss).toBeCloseTo(loss, 4);
  });

  it("refuses to keep those of single labels, whose -1 would be a class, and other words", async () => {
    await expect(
      trainHead({ features, labels: single, train }, { ...settings, unlabelled: "keep" }, { engine }),
    ).rejects.toThrow(/row of unknown class cannot be trained on; expected .*multi-hot labels.*found -1 in row 1/);
    await expect(
      trainHead({ features, labels: single, train }, { ...settings, unlabelled: "skip" as never }, { engine }),
    ).rejects.toThrow(/unlabelled.*drop.*keep/);
  });
});

describe("runExperiment and cosineBaseline", () => {
  const manifest: FeatureManifest = { ...toyExperiment().featureSet.manifest, shape: [COUNT, 12] };
  const split = {
    query: rows(24, 30),
    train,
    database: rows(12, COUNT),
    protocol: "toy",
    seed: 0,
    asPublished: "no list",
  };
  const data = { featureSet: { features, labels: single, manifest }, split };
  const unknownIn = (list: Int32Array): number => list.filter(isUnknown).length;

  it.each(["dch", "pcah"])("leave them out of %s's training and of the measures, and tell both", async method => {
    const asked = method === "dch" ? settings : { method, bits: 6 };
    const { record } = await runExperiment(data, asked, { engine, folder });
    const only = { ...data, split: { ...data.split, train: known } };
    const expected = await runExperiment(only, asked, { engine, folder });
    expect(expected.cached).toBe(true); // the same is computed
    expect(record.evaluation).toEqual(expected.record.evaluation);
    expect([record.unlabelledRows, expected.record.unlabelledRows]).toEqual([train.length - known.length, undefined]);
    const counts = { queries: unknownIn(split.query), database: unknownIn(split.database) };
    expect(record.evaluation.unlabelled).toEqual({ ...counts, treated: "drop" });
    const judged = await runExperiment(data, asked, { engine, folder, unlabelled: "keep" });
    expect(judged.record.evaluation.unlabelled).toEqual({ ...counts, treated: "keep" });
    expect(judged.folder).toBe(expected.folder);
    const kept = runExperiment(data, { ...asked, unlabelled: "keep" }, { engine, folder });
    if (method === "dch") await expect(kept).rejects.toThrow(/row of unknown class cannot be trained on/);
    else expect((await kept).folder).not.toBe(expected.folder); // a fit reads no labels
    const cosine = (await cosineBaseline(data, { engine })).evaluation;
    expect([cosine.queries, cosine.unlabelled]).toEqual([record.evaluation.queries, record.evaluation.unlabelled]);
  });
});
