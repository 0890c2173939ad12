import { describe, expect, it } from "vitest";
import { challengeConfig } from "../../src/challenge/challenge-config.js";
import { challengeSet } from "../../src/challenge/challenge-set.js";
import { compareRankings } from "../../src/challenge/compare-rankings.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { featureSides } from "../../src/experiments/challenge-candidates.js";
import { scoreByProducts, scoreByProductsFigure, scoreOverFolds } from "../../src/experiments/score-over-folds.js";

const labels = Int32Array.from({ length: 60 }, (_, row) => row % 12);
const dataset: Dataset = {
  name: "d",
  description: "",
  classNames: Array.from({ length: 12 }, (_, i) => `P${i}`),
  ids: Array.from(labels, (label, row) => `P${label}/${row}.jpg`),
  labels,
  contentHash: "",
  image: async () => "",
};
const random = new Random(1);
const centres = random.normals(12 * 10);
const noise = random.normals(60 * 10, 1.5);
const features = {
  data: noise.map((value, at) => value + centres[labels[Math.floor(at / 10)] * 10 + (at % 10)]),
  shape: [60, 10],
};
const engine = onnxEngine("cpu");
const data = { engine, dataset, featureSet: { features } };
const configs = { DCH: { ...challengeConfig("dch", 8, { perProduct: 3, epochs: 2 }), batch: 16 } };
const methods = { Hamming: { ranking: "hamming" }, asymmetric: { ranking: "asymmetric" } } as const;

describe("scoreOverFolds", () => {
  it("scores every method on every fold; features as the comparison does", async () => {
    const seen: string[] = [];
    const results = await scoreOverFolds(data, configs, methods, {
      of: 3,
      onProgress: ({ done, total }) => seen.push(`${done}/${total}`),
    });
    expect(results.map(({ name }) => name)).toEqual(["cosine on features", "DCH: Hamming", "DCH: asymmetric"]);
    expect(seen).toEqual(["1/3", "2/3", "3/3"]);
    for (const fold of [1, 2, 3]) {
      const set = challengeSet(dataset, { fold: { fold, of: 3 } });
      const method = { ranking: "features" } as const;
      const candidate = { name: "x", sides: featureSides(features, set.rows), method };
      const [{ score }] = await compareRankings(set, [candidate], { engine });
      expect(results[0].scores[fold - 1]).toBeCloseTo(score.score, 12);
      expect(results[0].queries[fold - 1].products).toEqual(set.labels.queries);
    }
    expect(await scoreOverFolds(data, configs, methods, { of: 3, products: 12 })).toEqual(results);
    expect(await scoreOverFolds(data, configs, methods, { of: 3, products: 4 })).not.toEqual(results);
  });
});

describe("scoreByProducts", () => {
  it("is the means at each number of products", async () => {
    const lines = await scoreByProducts(data, configs, methods, [4, 8], { of: 3 });
    expect(lines.map(({ name, x }) => [name, x])).toEqual([
      ["cosine on features", [4, 8]],
      ["DCH: Hamming", [4, 8]],
      ["DCH: asymmetric", [4, 8]],
    ]);
    const results = await scoreOverFolds(data, configs, methods, { of: 3 }); // 8 products are left by each fold
    for (const [i, { scores }] of results.entries()) {
      expect(lines[i].y[1]).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / 3, 12);
    }
    expect(lines[0].y[0]).toBe(lines[0].y[1]);
    expect(lines.map(({ dash }) => dash)).toEqual(["solid", "solid", "dash"]);
    expect(scoreByProductsFigure(lines).data).toHaveLength(3);
  });
});
