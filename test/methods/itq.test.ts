import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { itq, itqRotation } from "../../src/methods/itq.js";
import { pcah } from "../../src/methods/pcah.js";
import { ENGINE, encodedBoth, FEATURES, fitted, GOLDEN, rowsOf } from "./fit-goldens.js";
import { relativeError } from "./loss-cases.js";
import { float32 } from "./method-cases.js";

const { bits, n } = GOLDEN;

/** ‖B − V‖²/n with B = sign(V). */
function quantizationError(turned: ArrayLike<number>): number {
  return Array.from(turned, value => (Math.abs(value) - 1) ** 2).reduce((sum, value) => sum + value, 0) / n;
}

describe("ITQ", () => {
  it.each(Object.entries(GOLDEN.itq.rotated))(
    "turns as its authors' code does after %s rounds from the same start",
    async (rounds, expected) => {
      const projected = float32(GOLDEN.pca.projected, [n, bits]);
      const start = Matrix.from1DArray(bits, bits, GOLDEN.itq.start);
      const rotation = await itqRotation(projected, start, { iterations: Number(rounds), engine: ENGINE });
      const turned = Matrix.from1DArray(n, bits, [...projected.data]).mmul(rotation);
      expect(relativeError(turned.to1DArray(), expected)).toBeLessThan(1e-4);
    },
  );

  it("turns orthogonally, and never away from the corners", async () => {
    const projected = float32(GOLDEN.pca.projected, [n, bits]);
    const start = Matrix.from1DArray(bits, bits, GOLDEN.itq.start);
    let last = Number.POSITIVE_INFINITY;
    for (const iterations of [0, 1, 2, 4, 8, 16, 32]) {
      const rotation = await itqRotation(projected, start, { iterations, engine: ENGINE });
      const identity = rotation.mmul(rotation.transpose()).sub(Matrix.eye(bits));
      expect(identity.to1DArray().every(value => Math.abs(value) < 1e-7)).toBe(true);
      const error = quantizationError(
        Matrix.from1DArray(n, bits, [...projected.data])
          .mmul(rotation)
          .to1DArray(),
      );
      expect(error).toBeLessThanOrEqual(last * (1 + 1e-6));
      last = error;
    }
  });

  it("encodes PCAH's projections, turned: about as near to corners as the authors' code, compiled and eager", async () => {
    const arrays = await fitted(itq, FEATURES, { bits, seed: 3 });
    const { compiled, eager, left } = await encodedBoth(itq, FEATURES, arrays);
    expect(left).toBe(0);
    expect(relativeError(compiled, eager)).toBeLessThan(1e-5);
    const plain = (await encodedBoth(pcah, FEATURES, await fitted(pcah, FEATURES, { bits }))).eager;
    const lengths = (data: Float32Array): number[] => rowsOf(data, bits).map(row => Math.hypot(...row));
    expect(relativeError(lengths(eager), lengths(plain))).toBeLessThan(1e-4);
    const peers = quantizationError(GOLDEN.itq.rotated["50"]);
    expect(quantizationError(eager)).toBeLessThan(quantizationError(plain));
    expect(Math.abs(quantizationError(eager) / peers - 1)).toBeLessThan(0.02);
  });

  it("is a function of its seed, and PCAH turned at random without rounds", async () => {
    const of = (seed: number, iterations: number): Promise<unknown> =>
      fitted(itq, FEATURES, { bits, seed, options: { iterations } });
    expect(await of(1, 5)).toEqual(await of(1, 5));
    expect(await of(1, 0)).not.toEqual(await of(2, 0));
  });

  it("refuses more bits than dimensions", async () => {
    await expect(fitted(itq, FEATURES, { bits: 21 })).rejects.toThrow(/more bits than principal components/);
  });
});
