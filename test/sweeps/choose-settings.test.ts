import { describe, expect, it } from "vitest";
import { methodOf } from "../../src/methods/known-methods.js";
import { choicesOf } from "../../src/sweeps/choose-settings.js";
import { axesOf } from "../../src/sweeps/sweep-axes.js";

const axes = axesOf(methodOf("dch"), {
  ...{ methods: ["dch"], bits: [8] },
  settings: { learningRate: { from: 1e-4, to: 1e-2, logarithmic: true }, keep: ["last", "best"] },
  options: { dch: { gamma: { from: 3, to: 6, whole: true } } },
});
const drawn = (draws: number, seed = 0, of = "dch") => choicesOf(axes, of, { draws, seed });

describe("choicesOf", () => {
  it("draws by a seed: more draws begin with the same, another seed or method has others", () => {
    const many = drawn(200);
    expect(many).toHaveLength(200);
    expect(new Set(many.map(choice => JSON.stringify(choice))).size).toBe(200);
    expect(drawn(20)).toEqual(many.slice(0, 20));
    expect(drawn(20, 1)).not.toEqual(many.slice(0, 20));
    expect(drawn(20, 0, "hashnet")).not.toEqual(many.slice(0, 20));
  });

  it("draws within bounds: evenly on a logarithmic axis, whole numbers with both bounds, all of a list", () => {
    const many = drawn(400);
    const rates = many.map(choice => choice[0] as number);
    expect(rates.every(rate => rate >= 1e-4 && rate <= 1e-2)).toBe(true);
    // Half of them below the geometric mean, but for four deviations of a fair coin.
    expect(Math.abs(rates.filter(rate => rate < 1e-3).length - 200)).toBeLessThan(4 * Math.sqrt(400 / 4));
    expect(new Set(many.map(choice => choice[1]))).toEqual(new Set(["last", "best"]));
    expect([...new Set(many.map(choice => choice[2]))].sort()).toEqual([3, 4, 5, 6]);
  });
});
