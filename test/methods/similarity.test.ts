import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { labelJaccard, labelSimilarity } from "../../src/methods/similarity.js";
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
});
