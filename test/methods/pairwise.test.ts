import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { dchLoss } from "../../src/methods/dch.js";
import { hashNetLoss } from "../../src/methods/hashnet.js";
import { useTestBackend } from "../backbone/wasm.js";
import { relativeError } from "./loss-cases.js";
import type { NaiveOptions } from "./naive-losses.js";
import { finiteDifferences, naiveDch, naiveHashNet } from "./naive-losses.js";

const LOSSES = [
  { name: "hashNetLoss", loss: hashNetLoss, naive: naiveHashNet },
  { name: "dchLoss", loss: dchLoss, naive: naiveDch },
];
type Loss = (typeof LOSSES)[number]["loss"];

function similarityOf(classes: readonly number[]): number[][] {
  return classes.map(a => classes.map(b => (a === b ? 1 : 0)));
}

function evaluate(
  loss: Loss,
  rows: number[][],
  similarity: number[][],
  options: NaiveOptions,
): { value: number; gradient: Float32Array } {
  let result: { value: number; gradient: Float32Array } = { value: Number.NaN, gradient: new Float32Array() };
  tf.tidy(() => {
    const s = tf.tensor2d(similarity);
    const { value, grad } = tf.valueAndGrad(h => loss(h as tf.Tensor2D, s, options))(tf.tensor2d(rows));
    result = { value: value.dataSync()[0], gradient: grad.dataSync() as Float32Array };
  });
  return result;
}

const batches = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 9 })).chain(([batch, bits]) => {
  // away from 0, where |h| has a kink that differences would straddle, and where cosines in float32 get rough
  const entry = fc
    .double({ min: 0.1, max: 0.999, noNaN: true })
    .chain(size => fc.constantFrom(Math.fround(size), -Math.fround(size)));
  return fc.record({
    rows: fc.array(fc.array(entry, { minLength: bits, maxLength: bits }), { minLength: batch, maxLength: batch }),
    classes: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: batch, maxLength: batch }),
  });
});
const options = fc.record(
  {
    weighting: fc.constantFrom("class-balanced" as const, "similar-only" as const, "fixed" as const, "none" as const),
    similarWeight: fc.constantFrom(0.5, 7),
    pairs: fc.constantFrom("distinct" as const, "all" as const, "partners" as const),
    reduction: fc.constantFrom("mean" as const, "weighted-mean" as const, "sum" as const),
    proxy: fc.constantFrom("cosine" as const, "squared-euclidean" as const),
    quantization: fc.constantFrom("cauchy" as const, "quadratic" as const),
    alpha: fc.constantFrom(0.2, 3),
    gamma: fc.constantFrom(3, 20),
    lambda: fc.constantFrom(0, 1),
    epsilon: fc.constantFrom(0.1, 0.5),
  },
  { requiredKeys: ["epsilon"] },
);

describe.each(LOSSES)("$name", ({ loss, naive }) => {
  beforeAll(() => useTestBackend("cpu"));

  it("equals the formula in loops, and its gradient the loops' differences", () => {
    fc.assert(
      fc.property(batches, options, fc.boolean(), ({ rows, classes }, drawn, graded) => {
        const chosen = {
          ...drawn,
          graded,
          pairs: rows.length % 2 === 0 || drawn.pairs !== "partners" ? drawn.pairs : "all",
        };
        // a shade between the classes, of which 0 stays dissimilar
        const shade = (value: number, i: number, j: number): number => (value * (3 + ((i + j) % 3))) / 5;
        const hard = similarityOf(classes);
        const similarity = graded ? hard.map((row, i) => row.map((value, j) => shade(value, i, j))) : hard;
        const { value, gradient } = evaluate(loss, rows, similarity, chosen);
        const expected = naive(rows, similarity, chosen);
        expect(Math.abs(value - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
        const differences = finiteDifferences(moved => naive(moved, similarity, chosen), rows);
        const scale = Math.max(5e-2, ...differences.map(Math.abs));
        differences.forEach((difference, i) => {
          expect(Math.abs(gradient[i] - difference) / scale).toBeLessThan(1e-3);
        });
      }),
      { seed: 11, numRuns: 150 },
    );
  });

  it("weights nothing in a batch whose pairs are all similar, or all dissimilar", () => {
    const rows = [
      [0.9, -0.3, 0.5, 0.2],
      [0.7, -0.4, 0.1, -0.6],
      [-0.8, 0.3, 0.6, 0.9],
    ];
    for (const similarity of [similarityOf([0, 0, 0]), similarityOf([0, 1, 2])]) {
      const balanced = evaluate(loss, rows, similarity, {});
      const unweighted = evaluate(loss, rows, similarity, { weighting: "none" });
      expect(balanced.value).toBeCloseTo(unweighted.value, 5);
      expect(balanced.value).toBeGreaterThan(0);
      expect(relativeError(balanced.gradient, unweighted.gradient)).toBeLessThan(1e-5);
    }
  });

  it("is 0 without pairs (and without quantisation error)", () => {
    const { value, gradient } = evaluate(loss, [[0.5, -0.5]], [[1]], {});
    expect(value).toBeCloseTo(0, 6);
    expect([...gradient].every(g => Math.abs(g) < 1e-6)).toBe(true);
  });

  it("moves similar codes together and dissimilar ones apart, however close they are", () => {
    const close = [
      [0.6, 0.6, 0.6, 0.6],
      [0.6, 0.6, 0.6, 0.5999],
    ];
    for (const similar of [true, false]) {
      const similarity = similarityOf(similar ? [0, 0] : [0, 1]);
      const { gradient } = evaluate(loss, close, similarity, { lambda: 0, epsilon: 1e-3 });
      expect([...gradient].every(Number.isFinite)).toBe(true);
      // down the gradient the last entry of the first code goes up (apart) or down (together) against the second's
      const apart = -gradient[3] + gradient[7];
      if (loss === dchLoss) expect(Math.sign(apart)).toBe(similar ? -1 : 1);
      expect(gradient.some(g => g !== 0)).toBe(true);
    }
  });

  it("stays finite for zero vectors, saturated codes and equal codes of different classes", () => {
    const zero = [0, 0, 0, 0];
    const corner = [1, -1, 1, 1];
    for (const classes of [
      [0, 0, 0, 0],
      [0, 1, 2, 3],
      [0, 1, 0, 1],
    ]) {
      const { value, gradient } = evaluate(loss, [zero, corner, corner, zero], similarityOf(classes), {});
      expect(Number.isFinite(value)).toBe(true);
      expect([...gradient].every(Number.isFinite)).toBe(true);
    }
  });

  it("refuses partners in a batch of odd size", () => {
    const rows = [[0.5], [0.3], [-0.2]];
    expect(() => evaluate(loss, rows, similarityOf([0, 0, 1]), { pairs: "partners" })).toThrow(/even batch; found 3/);
  });

  it("leaves no tensor behind and its inputs alone", () => {
    const h = tf.tensor2d([[0.5, -0.1, 0.3]]);
    const s = tf.tensor2d([[1]]);
    const before = tf.memory().numTensors;
    const { value, grad } = tf.valueAndGrad(x => loss(x as tf.Tensor2D, s))(h);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([value, grad]);
    expect(h.isDisposed || s.isDisposed).toBe(false);
    tf.dispose([h, s]);
  });
});
