import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { takeRows } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { applyWhitening, fitWhitening } from "../../src/features/whitening.js";
import { formulaFeatures } from "./formula-maps.js";

interface Goldens {
  readonly kept: number;
  readonly variances: number[];
  readonly explained: number;
  readonly white: number[];
  readonly shrinkage: number;
  readonly shrunken: number[];
}
const goldens: Goldens = JSON.parse(readFileSync(new URL("../goldens/whitening.json", import.meta.url), "utf8"));
const engine = onnxEngine("cpu", { threads: 1 });
const features = formulaFeatures();
const dim = goldens.kept;

describe("fitWhitening", () => {
  it("is sklearn's PCA(whiten=True) of rows of length 1 without shrinkage", async () => {
    const whitening = await fitWhitening(features, { dim, shrinkage: 0, engine });
    whitening.variances.forEach((value, i) => void expect(value / goldens.variances[i]).toBeCloseTo(1, 5));
    expect(whitening.explained).toBeCloseTo(goldens.explained, 6);
    const white = await applyWhitening(features, whitening, { engine });
    expect(white.shape).toEqual([40, dim]);
    goldens.white.forEach((value, i) => void expect(white.data[i]).toBeCloseTo(value, 3));
  });

  it("draws variances to their mean as NumPy does", async () => {
    const whitening = await fitWhitening(features, { dim, shrinkage: goldens.shrinkage, engine });
    const white = await applyWhitening(features, whitening, { engine });
    goldens.shrunken.forEach((value, i) => void expect(white.data[i]).toBeCloseTo(value, 4));
  });

  it("learns of the rows it is told, and of nothing else", async () => {
    const rows = new Random(1).permutation(40).slice(0, 25);
    const others = { data: features.data.slice(), shape: features.shape };
    for (let row = 0; row < 40; row++) if (!rows.includes(row)) others.data.fill(Number.NaN, row * 12, row * 12 + 12);
    const [some, alone] = [
      await fitWhitening(others, { dim, rows, engine }),
      await fitWhitening(takeRows(features, rows), { dim, engine }),
    ];
    expect(some).toEqual(alone);
  });

  it("leaves a row of NaN one, and a row of zeros finite", async () => {
    const whitening = await fitWhitening(features, { dim, engine });
    const data = new Float32Array(24);
    data.fill(Number.NaN, 12);
    const white = await applyWhitening({ data, shape: [2, 12] }, whitening, { engine });
    expect(white.data.subarray(0, dim).every(Number.isFinite)).toBe(true);
    expect(white.data.subarray(dim).every(Number.isNaN)).toBe(true);
  });

  it("refuses what cannot be", async () => {
    await expect(fitWhitening(features, { dim: 13, engine })).rejects.toThrow(/whole number of 1\.\.12, for 40 rows/);
    const rows = Int32Array.of(1, 2, 3);
    await expect(fitWhitening(features, { dim: 3, rows, engine })).rejects.toThrow(/1\.\.2, for 3 rows.*found 3/);
    await expect(fitWhitening(features, { dim, shrinkage: 2, engine })).rejects.toThrow(/shrinkage.*0\.\.1; found 2/);
    const bad = { data: features.data.slice(), shape: features.shape };
    bad.data[3 * 12] = Number.NaN;
    await expect(fitWhitening(bad, { dim, engine })).rejects.toThrow(/row 3 cannot be fitted to/);
    const flat = {
      data: Float32Array.from({ length: 480 }, (_, i) => (i % 12 < 2 ? 1 + (i % 7) : 0)),
      shape: [40, 12],
    };
    await expect(fitWhitening(flat, { dim: 4, shrinkage: 0, engine })).rejects.toThrow(/do not vary in so many/);
    const whitening = await fitWhitening(features, { dim, engine });
    const other = { data: new Float32Array(10), shape: [2, 5] };
    await expect(applyWhitening(other, whitening, { engine })).rejects.toThrow(/features of length 12; found 5/);
  });
});
