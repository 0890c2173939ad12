import { expect, it } from "vitest";
import { whitening } from "../../src/challenge/whitened.js";
import { Random } from "../../src/core/random.js";

/** Vectors of 3 numbers that go together. */
function vectors(count: number, seed: number): { data: Float32Array; shape: [number, number] } {
  const random = new Random(seed);
  const data = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) {
    const [a, b, c] = random.normals(3);
    data.set([5 + 3 * a, 1 + 2 * a + 0.5 * b, -2 + 0.1 * c], 3 * i);
  }
  return { data, shape: [count, 3] };
}

it("inner products are those of C⁻¹, of vectors made equally long", () => {
  const parts = [vectors(300, 1), vectors(200, 2)];
  const whiten = whitening(parts);
  const all = [...parts[0].data, ...parts[1].data];
  const rows = Array.from({ length: 500 }, (_, i) => all.slice(3 * i, 3 * i + 3));
  const mean = [0, 1, 2].map(d => rows.reduce((sum, row) => sum + row[d], 0) / 500);
  const covariance = (i: number, j: number): number =>
    rows.reduce((sum, row) => sum + (row[i] - mean[i]) * (row[j] - mean[j]), 0) / 500;
  const trace = covariance(0, 0) + covariance(1, 1) + covariance(2, 2);
  const C = [0, 1, 2].map(i => [0, 1, 2].map(j => covariance(i, j) + (i === j ? (trace / 3) * 1e-3 : 0)));
  // C⁻¹ of three by three: cofactors over the determinant
  const minor = (i: number, j: number): number => {
    const [r, s] = [0, 1, 2].filter(at => at !== i);
    const [t, u] = [0, 1, 2].filter(at => at !== j);
    return (C[r][t] * C[s][u] - C[r][u] * C[s][t]) * ((i + j) % 2 === 0 ? 1 : -1);
  };
  const determinant = [0, 1, 2].reduce((sum, j) => sum + C[0][j] * minor(0, j), 0);
  const product = (x: number[], y: number[]): number => {
    let sum = 0;
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) sum += ((x[i] - mean[i]) * minor(j, i) * (y[j] - mean[j])) / determinant;
    return sum;
  };
  const { data } = whiten(parts[0]);
  for (const [i, j] of [
    [0, 1],
    [5, 77],
    [100, 299],
  ]) {
    const [x, y] = [rows[i], rows[j]];
    const expected = product(x, y) / Math.sqrt(product(x, x) * product(y, y));
    const found = [0, 1, 2].reduce((sum, d) => sum + data[3 * i + d] * data[3 * j + d], 0);
    expect(found).toBeCloseTo(expected, 4);
  }
});

it("a single vector, and equal ones, stay finite", () => {
  const one = { data: Float32Array.of(1, 2, 3), shape: [1, 3] };
  expect([...whitening([one])(one).data].every(Number.isFinite)).toBe(true);
  const equal = { data: new Float32Array(9).fill(4), shape: [3, 3] };
  expect([...whitening([equal])(vectors(2, 3)).data].every(Number.isFinite)).toBe(true);
});
