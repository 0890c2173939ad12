import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { bootstrapInterval, quantile } from "../../src/metrics/bootstrap.js";

describe("bootstrapInterval", () => {
  it("is as wide as the normal approximation says, and wider with more confidence", () => {
    const values = new Random(5).normals(900, 0.2).map(x => x + 0.5);
    const mean = values.reduce((a, b) => a + b, 0) / 900;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 900);
    const { mean: reported, low, high } = bootstrapInterval(values, { seed: 1, resamples: 4000 });
    expect(reported).toBeCloseTo(mean, 12);
    for (const [end, sign] of [
      [low, -1],
      [high, 1],
    ]) {
      expect((end - mean) / (sign * 1.96 * (deviation / 30))).toBeGreaterThan(0.9);
      expect((end - mean) / (sign * 1.96 * (deviation / 30))).toBeLessThan(1.1);
    }
    const wide = bootstrapInterval(values, { seed: 1, confidence: 0.99 });
    expect(wide.high - wide.low).toBeGreaterThan(high - low);
  });

  it("covers the true mean about as often as it promises", () => {
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const values = new Random(trial).uniforms(60);
      const { low, high } = bootstrapInterval(values, { resamples: 300, confidence: 0.9, seed: trial });
      if (low <= 0.5 && high >= 0.5) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.82);
    expect(covered / 200).toBeLessThan(0.96);
  });

  it("is seeded, leaves its input alone, and is a point for equal values", () => {
    const values = new Random(7).uniforms(50);
    const copy = values.slice();
    expect(bootstrapInterval(values, { seed: 3 })).toEqual(bootstrapInterval(values, { seed: 3 }));
    expect(bootstrapInterval(values, { seed: 3 })).not.toEqual(bootstrapInterval(values, { seed: 4 }));
    expect(values).toEqual(copy);
    expect(bootstrapInterval([0.25, 0.25, 0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25 });
  });

  it("takes quantiles as numpy.quantile does, and refuses what cannot be drawn", () => {
    const sorted = Float64Array.of(1, 2, 4, 8);
    expect([0, 0.25, 0.5, 0.9, 1].map(share => quantile(sorted, share))).toEqual([1, 1.75, 3, 6.800000000000001, 8]);
    expect(() => bootstrapInterval([])).toThrow(/nothing to resample/);
    expect(() => bootstrapInterval([1], { confidence: 1 })).toThrow(/cannot be drawn/);
    expect(() => bootstrapInterval([1], { resamples: 0 })).toThrow(/cannot be drawn/);
  });
});
