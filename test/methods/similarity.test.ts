import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { MultiHotLabels } from "../../src/core/labels.js";
import { readLabels } from "../../src/core/labels.js";
import { labelJaccard, labelSimilarity } from "../../src/methods/similarity.js";
import { multiHotMatrix } from "../../src/training/dense-labels.js";
import { useTestBackend } from "../backbone/wasm.js";

describe("similarity of labels", () => {
  beforeAll(() => useTestBackend("cpu"));

  it("is 1 for pairs that share a label; Jaccard counts shared among all, by sets", () => {
    const labelSets = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 6 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(labelSets, sets => {
        const [similarity, jaccard] = tf.tidy(() => {
          const multiHot = tf.tensor2d(sets.map(set => Array.from({ length: 7 }, (_, k) => Number(set.includes(k)))));
          return [labelSimilarity(multiHot).arraySync(), labelJaccard(multiHot).arraySync()];
        });
        sets.forEach((a, i) => {
          sets.forEach((b, j) => {
            const both = a.filter(label => b.includes(label)).length;
            const either = new Set([...a, ...b]).size;
            expect(similarity[i][j]).toBe(both > 0 ? 1 : 0);
            expect(jaccard[i][j]).toBeCloseTo(either === 0 ? 0 : both / either, 6);
          });
        });
      }),
      { seed: 2, numRuns: 50 },
    );
  });

  it("is scikit-learn's jaccard_score (tools/make-multi-label-goldens.py)", async () => {
    const golden = (name: string): URL => new URL(`../goldens/multi-label/${name}`, import.meta.url);
    const { pairs } = JSON.parse(readFileSync(golden("expected.json"), "utf8"));
    const labels = await readLabels(fileURLToPath(golden("labels.npy")));
    const { data, shape } = multiHotMatrix(labels as MultiHotLabels);
    const [similarity, jaccard] = tf.tidy(() => {
      const of = tf.gather(tf.tensor2d(data, shape), pairs.rows) as tf.Tensor2D;
      return [labelSimilarity(of).arraySync(), labelJaccard(of).arraySync()];
    });
    for (const [i, row] of pairs.jaccard.entries()) {
      for (const [j, value] of row.entries()) {
        expect(jaccard[i][j]).toBeCloseTo(value, 6);
        expect(similarity[i][j]).toBe(pairs.shared[i][j].length > 0 ? 1 : 0);
      }
    }
  });
});
