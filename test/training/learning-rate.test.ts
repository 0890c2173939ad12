import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkedOptions } from "../../src/core/options.js";
import type { LearningRateSchedule } from "../../src/training/learning-rate.js";
import { afterEpoch, learningRateFactor, NO_PLATEAU, SCHEDULE_OPTIONS } from "../../src/training/learning-rate.js";

/** Options with the defaults of the rest. */
const schedule = (options: Partial<LearningRateSchedule>): LearningRateSchedule =>
  checkedOptions<LearningRateSchedule>(SCHEDULE_OPTIONS, options);

interface ScheduleGolden {
  readonly options: Partial<LearningRateSchedule>;
  readonly learningRate: number;
  readonly values: number[];
  readonly rates: number[];
}

const goldens: ScheduleGolden[] = JSON.parse(
  readFileSync(new URL("../goldens/optimizers.json", import.meta.url), "utf8"),
).schedules;

describe("learningRateFactor", () => {
  it.each(goldens)("follows PyTorch, epoch by epoch: $options", ({ options: given, learningRate, values, rates }) => {
    const options = schedule(given);
    const stepsPerEpoch = 5;
    const length = { steps: stepsPerEpoch * values.length, stepsPerEpoch };
    let plateau = NO_PLATEAU;
    values.forEach((value, epoch) => {
      const rate = learningRate * learningRateFactor(epoch * stepsPerEpoch, length, options, plateau);
      expect(rate, `epoch ${epoch}`).toBeCloseTo(rates[epoch], 12);
      plateau = afterEpoch(plateau, value, options);
    });
  });

  it("falls within an epoch only along the cosine", () => {
    const length = { steps: 40, stepsPerEpoch: 10 };
    const at = (step: number, kind: LearningRateSchedule["kind"]): number =>
      learningRateFactor(step, length, schedule({ kind, every: 1 }));
    expect(at(19, "step")).toBe(at(10, "step"));
    expect(at(20, "step")).toBeLessThan(at(19, "step"));
    expect(at(1, "cosine")).toBeLessThan(1);
    expect(at(20, "cosine")).toBeCloseTo(0.5, 12);
    expect(at(39, "constant")).toBe(1);
  });

  it("refuses what is out of bounds", () => {
    for (const wrong of [{ factor: 2 }, { every: 0 }, { floor: -1 }, { patience: -1 }]) {
      expect(() => schedule({ kind: "step", ...wrong })).toThrow(/cannot be this/);
    }
    expect(() => schedule({ kind: "linear" as "step" })).toThrow(/"constant", "step", "cosine", "plateau"/);
  });
});
