import { describe, expect, it } from "vitest";
import { addRadiusCurve, hammingBall } from "../../src/metrics/radius.js";

// Distances 1 1 2 4: relevant are ranks 2 (distance 1), 3 (distance 2) and 4 (distance 4).
const ranking = {
  groups: { sizes: Uint32Array.of(0, 2, 1, 0, 1), relevant: Uint32Array.of(0, 1, 1, 0, 1) },
  relevantRanks: Int32Array.of(2, 3, 4),
};

describe("hammingBall", () => {
  it("is inclusive, and its average precision knows nothing outside", () => {
    expect(hammingBall(ranking, 2)).toEqual({ size: 3, hits: 2, averagePrecision: (1 / 2 + 2 / 3) / 2 });
    expect(hammingBall(ranking, 1)).toEqual({ size: 2, hits: 1, averagePrecision: 1 / 2 });
  });

  it("may be empty, and may be larger than the codes are long", () => {
    expect(hammingBall(ranking, 0)).toEqual({ size: 0, hits: 0, averagePrecision: 0 });
    expect(hammingBall(ranking, 9)).toMatchObject({ size: 4, hits: 3 });
  });

  it("gives 0 when it holds nothing relevant", () => {
    const missed = {
      groups: { sizes: Uint32Array.of(1, 0, 2, 1), relevant: Uint32Array.of(0, 0, 0, 1) },
      relevantRanks: Int32Array.of(4),
    };
    expect(hammingBall(missed, 2)).toEqual({ size: 3, hits: 0, averagePrecision: 0 });
  });
});

it("addRadiusCurve counts an empty ball as precision 0", () => {
  const sums = { precision: new Float64Array(5), recall: new Float64Array(5) };
  addRadiusCurve(ranking, sums);
  addRadiusCurve(ranking, sums);
  expect([...sums.precision]).toEqual([0, 1, 4 / 3, 4 / 3, 3 / 2]);
  expect([...sums.recall]).toEqual([0, 2 / 3, 4 / 3, 4 / 3, 2]);
});
