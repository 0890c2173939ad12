import fc from "fast-check";
import { expect, it } from "vitest";
import { popcount } from "../../src/codes/popcount.js";

it("counts the ones of a 32-bit word, signed or not", () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }), word => {
      expect(popcount(word)).toBe((word >>> 0).toString(2).replaceAll("0", "").length);
    }),
  );
});
