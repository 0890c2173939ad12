import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { pcah } from "../../src/methods/pcah.js";
import { principalAxes } from "../../src/methods/principal-axes.js";
import { columnsOf, ENGINE, encodedBoth, FEATURES, fitted, GOLDEN, rowsOf } from "./fit-goldens.js";
import { relativeError } from "./loss-cases.js";

const { bits, dim, n } = GOLDEN;

describe("principal axes", () => {
  it("are faiss' up to their signs", async () => {
    const { axes } = await principalAxes(FEATURES, { count: bits, engine: ENGINE, random: new Random(0) });
    const peers = rowsOf(GOLDEN.pca.axes, dim);
    rowsOf(axes.data, dim).forEach((axis, i) => {
      const cosine = axis.reduce((sum, value, k) => sum + value * peers[i][k], 0);
      expect(Math.abs(cosine)).toBeGreaterThan(1 - 1e-5);
      expect(Math.max(...axis)).toBeGreaterThanOrEqual(-Math.min(...axis));
    });
  });

  it("are those of a full eigen-decomposition of the covariance, over several blocks of rows", async () => {
    const [rows, width, count] = [5000, 60, 16];
    const random = new Random(4);
    const spread = Float32Array.from({ length: width }, (_, i) => 5 / (1 + i));
    const data = random.normals(rows * width).map((value, at) => value * spread[at % width] + 3);
    const found = await principalAxes({ data, shape: [rows, width] }, { count, engine: ENGINE, random: new Random(0) });
    const centred = Matrix.from1DArray(rows, width, [...data]).center("column");
    const covariance = centred.transpose().mmul(centred).div(rows);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
    const order = realEigenvalues.map((value, at) => ({ value, at })).sort((a, b) => b.value - a.value);
    rowsOf(found.axes.data, width).forEach((axis, i) => {
      const expected = eigenvectorMatrix.getColumn(order[i].at);
      const cosine = axis.reduce((sum, value, k) => sum + value * expected[k], 0);
      expect(Math.abs(cosine)).toBeGreaterThan(1 - 1e-6);
      expect(found.variances[i] / order[i].value).toBeCloseTo(1, 5);
    });
  });

  it("refuses more bits than dimensions", async () => {
    const fit = fitted(pcah, FEATURES, { bits: dim + 1 });
    await expect(fit).rejects.toThrow(/at most 20 bits for features of 20 dimensions; found 21 bits/);
    await expect(fitted(pcah, FEATURES, { bits: dim })).resolves.toBeDefined();
  });
});

describe("PCAH", () => {
  it("projects as faiss does up to signs, compiled and eager, and leaves nothing behind", async () => {
    const { compiled, eager, left } = await encodedBoth(pcah, FEATURES, await fitted(pcah, FEATURES, { bits }));
    expect(left).toBe(0);
    expect(relativeError(compiled, eager)).toBeLessThan(1e-5);
    const peers = columnsOf(GOLDEN.pca.projected, bits);
    columnsOf(eager, bits).forEach((column, i) => {
      const sign = Math.sign(column.reduce((sum, value, k) => sum + value * peers[i][k], 0));
      expect(
        relativeError(
          column.map(value => sign * value),
          peers[i],
        ),
      ).toBeLessThan(2e-4);
    });
    expect(eager.length).toBe(n * bits);
  });

  it("is the same for every seed", async () => {
    const [a, b] = [await fitted(pcah, FEATURES, { bits, seed: 1 }), await fitted(pcah, FEATURES, { bits, seed: 2 })];
    expect(relativeError(a.axes.data, b.axes.data)).toBeLessThan(1e-5);
  });
});
