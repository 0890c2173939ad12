import { describe, expect, it } from "vitest";
import { chosenPlace, untoldFromBest } from "../../src/challenge/choice-rule.js";
import { compareFolds } from "../../src/challenge/compare-folds.js";
import { drawnFoldScores } from "./fold-cases.js";

const cost = (bytesPerImage: number, msPerQuery: number | null = 1) => ({ bytesPerImage, msPerQuery });

describe("chosenPlace", () => {
  const compared = compareFolds(drawnFoldScores([0, 0.2, 0.2, 0.199], { noise: 0.02 }));
  const mean = (place: number): number => compared.ways[place].score.mean;
  const best = [1, 2, 3].reduce((leader, one) => (mean(one) > mean(leader) ? one : leader));

  it("takes the highest mean, whatever it costs", () => {
    expect(chosenPlace(compared, [cost(8), cost(9000), cost(9000), cost(9000)], "best")).toBe(best);
  });

  it("takes the cheapest of those that cannot be told from the best", () => {
    expect(untoldFromBest(compared)).toEqual([1, 2, 3]);
    expect(chosenPlace(compared, [cost(1), cost(64), cost(8), cost(16)], "cheapest")).toBe(2);
    expect(chosenPlace(compared, [cost(1), cost(8, 3), cost(8, 2), cost(8, 5)], "cheapest")).toBe(2);
    expect(chosenPlace(compared, [cost(1), cost(8), cost(8), cost(8)], "cheapest")).toBe(best);
  });

  it("takes the cheaper of equals", () => {
    const [one] = drawnFoldScores([0]);
    const twins = compareFolds([one, { ...one, name: "twin" }]);
    expect(chosenPlace(twins, [cost(64), cost(8)], "best")).toBe(1);
    expect(chosenPlace(twins, [cost(8), cost(8)], "best")).toBe(0);
  });
});
