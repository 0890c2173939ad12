import { Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { lbfgs } from "../../src/methods/lbfgs.js";

/** ½ xᵀAx − bᵀx with A = MᵀM + I, whose minimum solves Ax = b. */
function quadratic(size: number, seed: number) {
  const random = new Random(seed);
  const m = Matrix.from1DArray(size, size, [...random.normals(size * size)]);
  const a = m.transpose().mmul(m).add(Matrix.eye(size));
  const b = Matrix.columnVector([...random.normals(size)]);
  const slopeAt = async (at: Float64Array) => {
    const x = Matrix.columnVector([...at]);
    const ax = a.mmul(x);
    const value = 0.5 * x.transpose().mmul(ax).get(0, 0) - b.transpose().mmul(x).get(0, 0);
    return { value, gradient: Float64Array.from(Matrix.sub(ax, b).to1DArray()) };
  };
  return { slopeAt, minimum: solve(a, b).to1DArray() };
}

describe("L-BFGS", () => {
  it.each([1, 2, 3, 4])("finds the minimum of a quadratic function (seed %d)", async seed => {
    const { slopeAt, minimum } = quadratic(30, seed);
    const start = new Float64Array(30).fill(1);
    const found = await lbfgs(start, slopeAt, { tolerance: 1e-6, rounds: 1000 });
    expect(found.steepest).toBeLessThanOrEqual(1e-6);
    found.at.forEach((value, i) => {
      expect(Math.abs(value - minimum[i])).toBeLessThan(1e-5);
    });
    expect(start).toEqual(new Float64Array(30).fill(1));
  });

  it("finds the minimum where the gradient alone goes astray", async () => {
    // Σ exp(x) − x·c, minimum at log c, with slopes of very different size
    const c = [1e-3, 1, 1e3];
    const slopeAt = async (at: Float64Array) => ({
      value: at.reduce((sum, x, i) => sum + Math.exp(x) - c[i] * x, 0),
      gradient: at.map((x, i) => Math.exp(x) - c[i]),
    });
    const found = await lbfgs(new Float64Array(3), slopeAt, { tolerance: 1e-9, rounds: 1000 });
    found.at.forEach((x, i) => {
      expect(Math.abs(x - Math.log(c[i]))).toBeLessThan(1e-5);
    });
  });

  it("ends after the rounds it is given, and says how steep it is there", async () => {
    const { slopeAt } = quadratic(30, 1);
    const found = await lbfgs(new Float64Array(30), slopeAt, { tolerance: 1e-12, rounds: 3 });
    expect(found.rounds).toBe(3);
    expect(found.steepest).toBeGreaterThan(1e-3);
  });
});
