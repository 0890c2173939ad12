import { describe, expect, it } from "vitest";
import { challengeSet } from "../../src/challenge/challenge-set.js";
import { productFold } from "../../src/challenge/product-folds.js";
import type { NdArray } from "../../src/core/arrays.js";
import { takeRows } from "../../src/core/arrays.js";
import { answerFold } from "../../src/experiments/answer-fold.js";
import { fitLearnedWhitening } from "../../src/features/learned-whitening.js";
import { applyWhitening } from "../../src/features/whitening.js";
import { toyChallenge } from "./toy-challenge.js";

const { engine, dataset, features } = toyChallenge();
const fold = { fold: 1, of: 3 };
const split = productFold(dataset.labels, fold);
const heldOut = challengeSet(dataset, { fold });
const data = { engine, dataset, featureSets: { toy: { features } }, split, heldOut };

/** The gallery of the fold by cosine, best first, a loop. */
function byCosine({ data: values, shape: [, dim] }: NdArray<Float32Array>): number[][] {
  const row = (at: number): Float32Array => values.subarray(at * dim, (at + 1) * dim);
  const product = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
  return Array.from(heldOut.rows.query, query => {
    const scores = Array.from(heldOut.rows.gallery, item => {
      const [a, b] = [row(query), row(item)];
      return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
    });
    return [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 10);
  });
}

describe("answerFold", () => {
  it("ranks the fold's gallery for its queries", async () => {
    const found = await answerFold(data, { name: "cosine", ranking: { ranking: "features" } });
    expect(Array.from(found.ranked.data)).toEqual(byCosine(features).flat());
    expect(found.perQuery).toHaveLength(heldOut.rows.query.length);
  });

  it("learns of the products outside alone", async () => {
    const candidate = { name: "learned", whiten: 5, whitenBy: "products", ranking: { ranking: "features" } } as const;
    const found = await answerFold(data, candidate);
    const outside = takeRows(features, split.train);
    const labels = split.train.map(item => dataset.labels[item]);
    const whitening = await fitLearnedWhitening(outside, labels, { dim: 5, engine });
    const white = await applyWhitening(features, whitening, { engine });
    expect(Array.from(found.ranked.data)).toEqual(byCosine(white).flat());
  });

  it("names a candidate that asks for what is not there", async () => {
    const candidate = { name: "other", features: "large", ranking: { ranking: "features" } } as const;
    await expect(answerFold(data, candidate)).rejects.toThrow(/"other" asks for features that are not there.*toy/);
  });
});
