// Normal deviates as rare as a t, by scipy: tools/make-variance-goldens.py.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { halfWidth, statisticOf } from "../../src/comparison/statistic.js";

const { deviates } = JSON.parse(readFileSync(new URL("../goldens/variance-parts.json", import.meta.url), "utf8")) as {
  readonly deviates: readonly { readonly t: number; readonly freedom: number; readonly normal: number }[];
};

describe("the statistic of a difference", () => {
  it("is the normal deviate as rare as its t, nearly, either way", () => {
    for (const { t, freedom, normal } of deviates) {
      const found = statisticOf({ value: -0.1 * t, error: 0.1, freedom });
      expect(Math.abs(found - normal), `t ${t}, ${freedom} degrees`).toBeLessThan(0.05);
    }
  });

  it("is inverted by the half width of an interval", () => {
    for (const { t, freedom } of deviates) {
      const size = { value: 0.1 * t, error: 0.1, freedom };
      expect(halfWidth(size, statisticOf(size))).toBeCloseTo(0.1 * t, 12);
    }
  });

  it("without an error is beyond all chance, without a difference none", () => {
    expect(statisticOf({ value: 0.1, error: 0, freedom: Number.NaN })).toBe(Number.POSITIVE_INFINITY);
    expect(statisticOf({ value: 0, error: 0, freedom: Number.NaN })).toBe(0);
    expect(halfWidth({ value: 1, error: 0, freedom: Number.NaN }, 2)).toBe(0);
  });
});
