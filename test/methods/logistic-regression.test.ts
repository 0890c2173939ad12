import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LinearClassifier } from "../../src/methods/logistic-regression.js";
import { logisticRegression, predictClasses } from "../../src/methods/logistic-regression.js";
import { ENGINE, rowsOf } from "./fit-goldens.js";
import { float32 } from "./method-cases.js";

/** test/goldens/classifier.json: what scikit-learn gives. */
interface Case {
  readonly name: string;
  readonly penalty: number;
  readonly dim: number;
  readonly classes: number;
  readonly labels: number[];
  readonly rows: number[];
  readonly fresh: number[];
  readonly scores: number[];
  readonly predicted: number[];
}

const CASES: readonly Case[] = JSON.parse(readFileSync(new URL("../goldens/classifier.json", import.meta.url), "utf8"));

const fit = ({ rows, labels, dim, classes, penalty }: Case): Promise<LinearClassifier> =>
  logisticRegression(
    { features: float32(rows, [labels.length, dim]), labels: Int32Array.from(labels), classes },
    { penalty, engine: ENGINE },
  );

/** Scores that sum to 0 in each row: a softmax knows them only up to a constant. */
function centredScores({ weights, offsets }: LinearClassifier, { fresh, dim }: Case): number[] {
  return rowsOf(fresh, dim).flatMap(row => {
    const scores = rowsOf(weights.data, dim).map((weight, c) =>
      weight.reduce((sum, value, i) => sum + value * row[i], offsets.data[c]),
    );
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    return scores.map(score => score - mean);
  });
}

describe("logistic regression", () => {
  it.each(CASES.map(one => [one.name, one] as const))("is scikit-learn's: %s", async (_, one) => {
    const found = await fit(one);
    const scores = centredScores(found, one);
    const most = Math.max(...scores.map((score, at) => Math.abs(score - one.scores[at])));
    expect(most).toBeLessThan(2e-2);
    const classes = predictClasses(float32(one.fresh, [one.predicted.length, one.dim]), found);
    // A row may fall on the other side where scikit-learn's two best scores are closer than we are to them.
    const unlike = [...classes].filter((label, row) => {
      const [first, second] = rowsOf(one.scores, one.classes)[row].sort((a, b) => b - a);
      return label !== one.predicted[row] && first - second > 2 * most;
    });
    expect(unlike).toEqual([]);
    expect(new Set(classes).size).toBeGreaterThan(1);
  });

  it("gives the same bits again", async () => {
    const [a, b] = [await fit(CASES[0]), await fit(CASES[0])];
    expect(a).toEqual(b);
  });

  it("leaves its rows as they are", async () => {
    const features = float32(CASES[0].rows, [CASES[0].labels.length, CASES[0].dim]);
    const before = features.data.slice();
    const labels = Int32Array.from(CASES[0].labels);
    await logisticRegression({ features, labels, classes: 3 }, { penalty: 1, engine: ENGINE });
    expect(features.data).toEqual(before);
  });
});
