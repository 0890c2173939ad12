import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitBalance, bitCorrelation, bitStatistics } from "../../src/codes/bit-statistics.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";

const matrices = fc
  .record({ rows: fc.integer({ min: 2, max: 30 }), bits: fc.integer({ min: 1, max: 20 }) })
  .chain(({ rows, bits }) =>
    fc
      .array(fc.constantFrom(-1, 1), { minLength: rows * bits, maxLength: rows * bits })
      .map(values => ({ data: Int8Array.from(values), shape: [rows, bits] })),
  );

describe("statistics of bits", () => {
  it("agree with the definitions, naively", () => {
    fc.assert(
      fc.property(matrices, codes => {
        const [rows, bits] = codes.shape;
        const column = (bit: number) => Array.from({ length: rows }, (_, row) => codes.data[row * bits + bit]);
        const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const centred = (values: number[]) => values.map(value => value - mean(values));
        const packed = packCodes(codes);
        const balance = bitBalance(packed);
        const { data } = bitCorrelation(packed);
        for (let i = 0; i < bits; i++) {
          expect(balance[i]).toBeCloseTo(column(i).filter(value => value === 1).length / rows, 12);
          for (let j = 0; j < bits; j++) {
            const [a, b] = [centred(column(i)), centred(column(j))];
            const dot = (x: number[], y: number[]) => x.reduce((sum, value, k) => sum + value * y[k], 0);
            const scale = Math.sqrt(dot(a, a) * dot(b, b));
            const expected = i === j ? 1 : scale < 1e-9 ? 0 : dot(a, b) / scale;
            expect(data[i * bits + j]).toBeCloseTo(expected, 9);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("are those of sums over single codes, to the last bit, also of more than one word of codes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20 }), fc.nat(), (rows, bits, seed) => {
        const random = new Random(seed);
        const data = Int8Array.from({ length: rows * bits }, () => (random.uniform() < 0.3 ? 1 : -1));
        const sumOf = (value: (row: number) => number): number =>
          Array.from({ length: rows }, (_, row) => value(row)).reduce((sum, one) => sum + one, 0);
        const at = (row: number, bit: number): number => data[row * bits + bit];
        const means = Array.from({ length: bits }, (_, bit) => sumOf(row => at(row, bit)) / rows);
        const codes = packCodes({ data, shape: [rows, bits] });
        const { balance, correlation } = bitStatistics(codes);
        for (let i = 0; i < bits; i++) {
          expect(balance[i]).toBe((1 + means[i]) / 2);
          for (let j = 0; j < bits; j++) {
            const covariance = sumOf(row => at(row, i) * at(row, j)) / rows - means[i] * means[j];
            const deviation = Math.sqrt((1 - means[i] ** 2) * (1 - means[j] ** 2));
            expect(correlation.data[i * bits + j]).toBe(i === j ? 1 : deviation === 0 ? 0 : covariance / deviation);
          }
        }
        expect([bitBalance(codes), bitCorrelation(codes)]).toEqual([balance, correlation]);
      }),
      { numRuns: 30 },
    );
  });
});
