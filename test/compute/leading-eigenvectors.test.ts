import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { leadingEigenvectors } from "../../src/compute/leading-eigenvectors.js";
import { Random } from "../../src/core/random.js";

/** Q·diag(values)·Qᵀ for a random orthogonal Q, rounded to symmetry. */
function symmetric(values: readonly number[], seed: number): Matrix {
  const size = values.length;
  const draws = Matrix.from1DArray(size, size, [...new Random(seed).normals(size * size)]);
  const { eigenvectorMatrix: q } = new EigenvalueDecomposition(draws.add(draws.transpose()), { assumeSymmetric: true });
  const matrix = q.mmul(Matrix.diag([...values])).mmul(q.transpose());
  return matrix.add(matrix.transpose()).mul(0.5);
}

function expectLeading(matrix: Matrix, count: number, tolerance: number): void {
  const size = matrix.rows;
  const data = Float64Array.from(matrix.to1DArray());
  const { values, vectors } = leadingEigenvectors(data, size, { count, random: new Random(1) });
  const full = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const expected = [...full.realEigenvalues].sort((a, b) => b - a);
  const largest = Math.max(...expected.map(Math.abs), 1e-300);
  const rows = Matrix.from1DArray(count, size, [...vectors]);
  for (let i = 0; i < count; i++) expect(Math.abs(values[i] - expected[i]) / largest).toBeLessThan(tolerance);
  const products = rows.mmul(rows.transpose());
  expect(
    products
      .sub(Matrix.eye(count))
      .to1DArray()
      .every(v => Math.abs(v) < 1e-7),
  ).toBe(true);
  const images = rows.mmul(matrix);
  for (let i = 0; i < count; i++) {
    const row = rows.getRow(i);
    images.getRow(i).forEach((value, k) => {
      expect(Math.abs(value - values[i] * row[k]) / largest).toBeLessThan(1e-6);
    });
    expect(Math.max(...row)).toBeGreaterThanOrEqual(-Math.min(...row));
  }
}

describe("leadingEigenvectors", () => {
  it("are those of a full decomposition, for spectra that fall fast or hardly", () => {
    const slow = Array.from({ length: 160 }, (_, i) => 1 / (1 + i));
    const flat = Array.from({ length: 160 }, (_, i) => 1 - i / 1000);
    const steep = Array.from({ length: 160 }, (_, i) => 0.7 ** i);
    for (const spectrum of [slow, flat, steep]) expectLeading(symmetric(spectrum, 3), 24, 1e-9);
  });

  it("are those of a full decomposition for any small symmetric matrix, also of low rank and for all vectors", () => {
    const eigenvalue = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(eigenvalue, { minLength: 1, maxLength: 12 }), fc.nat(), fc.integer(), (values, k, seed) => {
        const distinct = values.map((value, i) => (i % 3 === 2 ? 0 : value + i * 1e-3));
        expectLeading(symmetric(distinct, seed), 1 + (k % values.length), 1e-9);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it("finds what there is in a matrix of zeros and in the identity", () => {
    expectLeading(Matrix.zeros(5, 5), 3, 1e-12);
    expectLeading(Matrix.eye(6), 6, 1e-12);
  });

  it("gives the same for the same seed, and the same vectors for another", () => {
    const data = Float64Array.from(symmetric([9, 7, 4, 3, 2, 1], 5).to1DArray());
    const of = (seed: number): Float64Array =>
      leadingEigenvectors(data, 6, { count: 3, random: new Random(seed) }).vectors;
    expect(of(1)).toEqual(of(1));
    of(1).forEach((value, i) => {
      expect(value).toBeCloseTo(of(2)[i], 7);
    });
  });
});
