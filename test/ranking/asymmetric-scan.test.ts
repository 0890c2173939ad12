import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { asymmetricScores } from "../../src/ranking/asymmetric-scan.js";

describe("asymmetricScores", () => {
  it.each([1, 7, 8, 13, 64, 65])("is the inner product with %d bits", bits => {
    const random = new Random(bits);
    const codes = Int8Array.from({ length: 30 * bits }, () => (random.uniform() < 0.5 ? -1 : 1));
    const query = random.normals(bits);
    const out = new Float32Array(30);
    asymmetricScores(query, packCodes({ data: codes, shape: [30, bits] }), out);
    for (let item = 0; item < 30; item++) {
      const expected = query.reduce((sum, value, bit) => sum + value * codes[item * bits + bit], 0);
      expect(out[item]).toBeCloseTo(expected, 5);
    }
  });

  it("refuses a query of other bits", () => {
    const codes = packCodes({ data: new Int8Array(8).fill(1), shape: [1, 8] });
    expect(() => asymmetricScores(new Float32Array(7), codes, new Float32Array(1))).toThrow(/expected 8 bits; found 7/);
  });
});
