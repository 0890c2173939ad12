import { describe, expect, it } from "vitest";
import { continuationBeta } from "../../src/methods/continuation.js";

describe("continuationBeta", () => {
  it("is the authors' schedule for 10,000 steps: refreshed every 200", () => {
    for (let step = 0; step <= 10_000; step++) {
      const refreshed = step - (step % 200);
      expect(continuationBeta(step, 10_000)).toBe(Math.sqrt(1 + 0.005 * 200 * (refreshed / 200)));
    }
    expect(continuationBeta(199, 10_000)).toBe(1);
    expect(continuationBeta(200, 10_000)).toBe(Math.sqrt(2));
    expect(continuationBeta(10_000, 10_000)).toBeCloseTo(7.1414, 4);
  });

  it.each([1, 7, 50, 333, 1170, 25_000])("begins at 1, ends at √51 and never falls in %i steps", steps => {
    const betas = Array.from({ length: steps + 1 }, (_, step) => continuationBeta(step, steps));
    expect(betas[0]).toBe(1);
    expect(betas[steps]).toBe(Math.sqrt(51));
    betas.slice(1).forEach((beta, i) => {
      expect(beta).toBeGreaterThanOrEqual(betas[i]);
    });
    expect(new Set(betas).size).toBe(Math.min(51, steps + 1));
  });

  it("changes exactly where the stretched schedule does, in spite of rounding", () => {
    // 1/50 of 1150 steps is 23
    for (let k = 1; k <= 50; k++) {
      expect(continuationBeta(23 * k, 1150)).toBe(Math.sqrt(1 + k));
      expect(continuationBeta(23 * k - 1, 1150)).toBe(Math.sqrt(k));
    }
  });

  it("follows DeepHash-pytorch's epochs whatever the length, and none stays at 1", () => {
    const options = { continuation: "sqrt-epochs" as const, stepsPerEpoch: 7 };
    for (let step = 0; step < 150 * 7; step++) {
      const epoch = Math.floor(step / 7);
      expect(continuationBeta(step, 150 * 7, options)).toBe((Math.floor(epoch / 20) + 1) ** 0.5);
    }
    expect(continuationBeta(150 * 7, 150 * 7, options)).toBe(Math.sqrt(8));
    expect(continuationBeta(20 * 7, 20 * 7, options)).toBe(1); // the head after the 20th epoch
    expect(continuationBeta(99, 100, { continuation: "none" })).toBe(1);
  });

  it("refuses steps outside the training", () => {
    for (const [step, steps] of [
      [-1, 10],
      [11, 10],
      [0, 0],
      [Number.NaN, 10],
    ]) {
      expect(() => continuationBeta(step, steps)).toThrow(/no such training step/);
    }
  });
});
