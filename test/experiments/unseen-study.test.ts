import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { unseenClassSplit } from "../../src/datasets/unseen-class-split.js";
import { cosineBaseline } from "../../src/experiments/baselines.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { transferAccuracy } from "../../src/experiments/transfer-accuracy.js";
import { unseenRows, unseenStudy } from "../../src/experiments/unseen-study.js";
import { toyExperiment } from "./toy-experiment.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { featureSet, split } = toyExperiment();
const { features, labels } = featureSet;
const dataset = { name: "toy", classNames: ["a", "b", "c", "d"], labels };
const study = { dataset, featureSet, split, engine };
const config = { hidden: [16], batch: 40, epochs: 5, learningRate: 5e-3 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-unseen-"));
});
afterAll(async () => rm(folder, { recursive: true }));

describe("unseenStudy", () => {
  it("judges where the classes were not shown, as the parts it is made of do, and computes it once", async () => {
    const options = { methods: ["hashnet"], bits: 8, seeds: [0, 1], config, folder };
    const { results, protocols, verdict } = await unseenStudy(study, options);
    expect(results.map(({ method, as }) => [method, as])).toEqual([
      ["hashnet", "method"],
      ["predicted-class", "trivial"],
      ["lsh", "lower bound"],
      ["itq", "lower bound"],
      ["cosine", "upper bound"],
    ]);
    for (const [at, seed] of [0, 1].entries()) {
      const numbers = { unseenClasses: 2, queryPerClass: 10, trainPerClass: 20, seed }; // those of the toy's own split
      const drawn = unseenClassSplit(dataset, numbers);
      expect(protocols[at]).toBe(`${drawn.protocol}; seed ${seed}`);
      const settings = { ...config, method: "hashnet", bits: 8, seed };
      const experiment = await runExperiment({ featureSet, split: drawn }, settings, { engine, folder });
      expect(results[0].unseen[at]).toBe(experiment.record.evaluation.mAP.all.tieAware);
      expect(results[0].transfer[at]).toBe(
        await transferAccuracy(experiment.codes, { labels, split: drawn }, { engine }),
      );
      const cosine = await cosineBaseline({ featureSet, split: drawn, engine });
      expect(results[4].unseen[at]).toBe(cosine.evaluation.mAP.all.tieAware);
      expect(results[4].transfer[at]).toBe(await transferAccuracy(features, { labels, split: drawn }, { engine }));
      expect(experiment.record.queryClasses).toEqual({ count: 2, learned: 0 });
    }
    const usual = await runExperiment(study, { ...config, method: "hashnet", bits: 8, seed: 1 }, { engine, folder });
    expect(results[0].seen[1]).toBe(usual.record.evaluation.mAP.all.tieAware);
    expect(usual.record.queryClasses).toEqual({ count: 4, learned: 4 });
    expect(verdict).toMatch(
      /HashNet at 8 bits .*Among classes never trained on, HashNet is .* ITQ .* cosine on features/s,
    );
    const one = await unseenStudy(study, { ...options, seeds: [0] }); // computed already
    expect(one.verdict).toMatch(
      /HashNet is not told apart from ITQ.* by one training \(.* and not told apart from cosine/,
    );
    expect(one.verdict).not.toMatch(/better|worse|\bbeats /);
    const before = await readdir(folder);
    const again = await unseenStudy(study, options);
    expect(again).toEqual({ results, protocols, verdict });
    expect(await readdir(folder)).toEqual(before);
  });

  it("gives rows of means and deviations", () => {
    const result = {
      method: "dch",
      title: "DCH",
      as: "method",
      bits: 48,
      seen: [0.8, 0.9],
      unseen: [0.5, 0.7],
    } as const;
    const cosine = {
      method: "cosine",
      title: "cosine",
      as: "upper bound",
      bits: null,
      seen: [0.5],
      unseen: [0.6],
    } as const;
    const table = unseenRows({
      results: [
        { ...result, transfer: [1, 0.9] },
        { ...cosine, transfer: [0.95] },
      ],
    });
    expect(table).toEqual([
      {
        method: "DCH",
        as: "method",
        bits: 48,
        "mAP, classes seen": "0.850 ± 0.071",
        "mAP, classes new": "0.600 ± 0.141",
        "accuracy on new classes": "0.950 ± 0.071",
      },
      {
        method: "cosine",
        as: "upper bound",
        bits: "–",
        "mAP, classes seen": 0.5,
        "mAP, classes new": 0.6,
        "accuracy on new classes": 0.95,
      },
    ]);
  });

  it("refuses items of several classes by name, before anything is trained", async () => {
    const several = multiHotLabels({ data: new Uint8Array(160 * 4).fill(1), shape: [160, 4] });
    const sets = { ...study, dataset: { ...dataset, labels: several } };
    await expect(unseenStudy(sets, { folder: join(folder, "none") })).rejects.toThrow(
      /retrieval among unseen classes takes one label an item/,
    );
    expect(await readdir(join(folder, "none")).catch(() => [])).toEqual([]);
  });
});
