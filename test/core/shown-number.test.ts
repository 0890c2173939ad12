import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalsOf, roundedNumber, shownDeviation, shownNumber } from "../../src/core/shown-number.js";

describe("shownNumber", () => {
  it.each([
    [0.8404, 3, "0.840"],
    [3e-4, 3, "0.00030"],
    [0.0042, 3, "0.004"],
    [-3e-4, 3, "-0.00030"],
    [2.5e-9, 3, "2.5e-9"],
    [0.9997, 3, "0.9997"],
    [0.99996, 4, "0.99996"],
    [1, 3, "1.000"],
    [0, 3, "0.000"],
    [12.3456, 1, "12.3"],
    [0.04, 1, "0.040"],
    [0.4, 0, "0.40"],
    [Number.NaN, 3, "NaN"],
    [Number.NEGATIVE_INFINITY, 3, "-Infinity"],
  ])("shows %d with %d digits as %s", (value, digits, shown) => {
    expect(shownNumber(value, digits)).toBe(shown);
  });

  it("is never zero or one where the number is not, and off by half of the last place or a twentieth of it at most", () => {
    const small = fc.double({ min: 1e-12, max: 1, minExcluded: true, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 6 }), (value, digits) => {
        const shown = Number(shownNumber(value, digits));
        expect(shown).toBeGreaterThan(0);
        if (1 - value > 1e-11) expect(shown).toBeLessThan(1);
        expect(Math.abs(shown - value)).toBeLessThanOrEqual(1.0001 * Math.max(0.05 * value, 0.5 * 10 ** -digits));
      }),
    );
  });
});

it("roundedNumber keeps what is shown", () => {
  expect([0.84049, 3e-4, 0, 8.449].map(value => roundedNumber(value, 3))).toEqual([0.84, 3e-4, 0, 8.449]);
});

describe("shownDeviation", () => {
  it("never shows a deviation as zero that is not, and no false digits of none", () => {
    expect(shownDeviation(0.84, 0.0031)).toBe("0.840 ± 0.003");
    expect(shownDeviation(0.84, 0.00031)).toBe("0.8400 ± 0.0003");
    expect(shownDeviation(0.84, 0)).toBe("0.840 ± 0");
  });
});

it("decimalsOf counts the digits a number is written with", () => {
  expect([1, 0.84, 8.4, 1e-7, 2.5e-7, 1e21, -0.5].map(decimalsOf)).toEqual([0, 2, 1, 7, 8, 0, 1]);
});
