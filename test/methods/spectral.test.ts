import { describe, expect, it } from "vitest";
import { spectral } from "../../src/methods/spectral.js";
import { columnsOf, encodedBoth, FEATURES, fitted, GOLDEN } from "./fit-goldens.js";
import { relativeError } from "./loss-cases.js";

describe("spectral hashing", () => {
  it.each(Object.entries(GOLDEN.spectral.codes))(
    "has SH_PyTorch's codes at %s bits, compiled and eager",
    async (key, codes) => {
      const bits = Number(key);
      const arrays = await fitted(spectral, FEATURES, { bits });
      const { compiled, eager, left } = await encodedBoth(spectral, FEATURES, arrays);
      expect(left).toBe(0);
      expect(relativeError(compiled, eager)).toBeLessThan(1e-4);
      const peers = columnsOf(codes, bits);
      columnsOf(eager, bits).forEach((column, bit) => {
        // the sign of a principal component is free, and with it that of a whole bit whose mode is odd
        const same = column.filter((value, row) => (value >= 0 ? 1 : -1) === peers[bit][row]).length;
        expect(Math.max(same, column.length - same), `bit ${bit}`).toBe(column.length);
      });
    },
  );

  it("gives bits to a component by how far it spreads", async () => {
    // four times as wide in the first dimension: modes 1, 2 and 3 of it are slower than mode 1 of the second, 4 as fast
    const rows = 400;
    const data = Float32Array.from({ length: 2 * rows }, (_, at) => {
      const row = at >> 1;
      return at % 2 === 0 ? (4 * (row % 20)) / 19 : Math.floor(row / 20) / 19;
    });
    const features = { data, shape: [rows, 2] };
    const { eager } = await encodedBoth(spectral, features, await fitted(spectral, features, { bits: 2 }));
    columnsOf(eager, 2).forEach((column, bit) => {
      column.forEach((value, row) => {
        expect(Math.abs(value)).toBeCloseTo(Math.abs(Math.cos(((bit + 1) * Math.PI * data[2 * row]) / 4)), 4);
      });
    });
  });

  it("refuses more bits than dimensions", async () => {
    await expect(fitted(spectral, FEATURES, { bits: 21 })).rejects.toThrow(/at most 20 bits/);
  });
});
