import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { bernoulliCentres, hadamardCentres } from "../../src/methods/hash-centres.js";

function rows(centres: { data: Float32Array; shape: readonly number[] }): number[][] {
  const [count, bits] = centres.shape;
  return Array.from({ length: count }, (_, i) => [...centres.data.subarray(i * bits, (i + 1) * bits)]);
}

function distances(codes: number[][]): number[] {
  return codes.flatMap((a, i) => codes.slice(0, i).map(b => a.filter((value, k) => value !== b[k]).length));
}

const shapeOf = (bits: number, classes: number): { bits: number; classes: number; inputDim: number } => ({
  bits,
  classes,
  inputDim: 1,
});

describe("hash centres", () => {
  it("are refused where classes would have to share them", () => {
    for (const centres of [hadamardCentres, bernoulliCentres]) {
      expect(centres(shapeOf(3, 8), new Random(0)).shape).toEqual([8, 3]);
      expect(() => centres(shapeOf(3, 9), new Random(0))).toThrow(/expected at least 4 bits for 9 classes; found 3/);
    }
  });

  it("are Hadamard rows: half of the bits differ, or all, up to twice as many classes as bits", () => {
    for (const bits of [1, 2, 8, 16, 64]) {
      const found = distances(rows(hadamardCentres(shapeOf(bits, 2 * bits), new Random(0))));
      expect(found.every(d => d === bits / 2 || d === bits)).toBe(true);
      expect(found.filter(d => d === bits).length).toBe(bits);
    }
  });

  it("are balanced and far apart at 48 bits, where there is no Hadamard matrix of such rows", () => {
    const codes = rows(hadamardCentres(shapeOf(48, 100), new Random(0)));
    for (const code of codes) expect(code.reduce((sum, bit) => sum + bit, 0)).toBe(0);
    const found = distances(codes);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(10);
    expect(found.reduce((sum, d) => sum + d, 0) / found.length).toBeCloseTo(24, 0);
  });

  it("keep the Hadamard rows and add balanced ones for more than twice as many classes as bits", () => {
    const codes = rows(hadamardCentres(shapeOf(8, 20), new Random(0)));
    expect(codes.slice(0, 16)).toEqual(rows(hadamardCentres(shapeOf(8, 16), new Random(5))));
    for (const code of codes.slice(16)) expect(code.reduce((sum, bit) => sum + bit, 0)).toBe(0);
  });

  it("are ±1, of the asked shape and the same for the same seed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer(),
        (bits, classes, seed) => {
          fc.pre(classes <= 2 ** bits);
          for (const draw of [hadamardCentres, bernoulliCentres]) {
            const centres = draw(shapeOf(bits, classes), new Random(seed));
            expect(centres.shape).toEqual([classes, bits]);
            expect([...centres.data].every(bit => Math.abs(bit) === 1)).toBe(true);
            expect(draw(shapeOf(bits, classes), new Random(seed))).toEqual(centres);
          }
        },
      ),
      { seed: 4, numRuns: 60 },
    );
  });

  it("are fair bits from Bernoulli's draw", () => {
    const { data } = bernoulliCentres(shapeOf(64, 500), new Random(0));
    expect(Math.abs(data.reduce((sum, bit) => sum + bit, 0)) / data.length).toBeLessThan(0.02);
  });
});
