import { describe, expect, it } from "vitest";
import { compareFolds } from "../../src/challenge/compare-folds.js";
import { foldRows, foldVerdict } from "../../src/experiments/fold-rows.js";
import { drawnFoldScores } from "../challenge/fold-cases.js";

const named = (names: readonly string[], results: ReturnType<typeof drawnFoldScores>) =>
  results.map((one, i) => ({ ...one, name: names[i] }));

describe("foldRows", () => {
  it("tell mean, deviation, the difference to the first with its interval, and each fold", () => {
    const results = named(["base", "better"], drawnFoldScores([0, 0.1], { folds: 3, noise: 0.02 }));
    const [base, better] = foldRows(results);
    const { value, low, high } = compareFolds(results).ways[1].difference;
    expect(base).toMatchObject({ method: "base", "to the first": "–", interval: "–" });
    expect(better).toMatchObject({
      method: "better",
      "to the first": `+${value.toFixed(3)}`,
      interval: `+${low.toFixed(3)} to +${high.toFixed(3)}`,
      "fold 2": Number(results[1].scores[1].toFixed(3)),
    });
  });
});

describe("foldVerdict", () => {
  it("says that the best beats the first where the corrected interval does", () => {
    const told = named(["base", "good", "best"], drawnFoldScores([0, 0.1, 0.2], { noise: 0.02 }));
    expect(foldVerdict(told)).toMatch(
      /^\*\*best beats base\*\*: 0\.\d+ against 0\.\d+ \(\+0\.\d+, 95 % interval \+0\.\d+ to \+0\.\d+, corrected for 2 comparisons\)\. So does good\.$/,
    );
  });

  it("does not say so of the best of many that are alike", () => {
    const alike = drawnFoldScores(Array<number>(7).fill(0), { seed: 3 });
    const best = compareFolds(alike)
      .ways.slice(1)
      .reduce((a, b) => (b.score.mean > a.score.mean ? b : a));
    expect(best.score.mean).toBeGreaterThan(compareFolds(alike).ways[0].score.mean); // what it used to say "beats" of
    expect(foldVerdict(alike)).toMatch(
      /^\*\*way \d cannot be told from way 0\*\*: .* corrected for 6 comparisons, which includes 0\)\.$/,
    );
  });

  it("says what is worse", () => {
    expect(foldVerdict(drawnFoldScores([0, -0.2], { noise: 0.02 }))).toMatch(/^\*\*way 1 is worse than way 0\*\*/);
  });
});
