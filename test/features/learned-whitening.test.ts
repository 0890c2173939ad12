import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { takeRows } from "../../src/core/arrays.js";
import { fitLearnedWhitening } from "../../src/features/learned-whitening.js";
import { applyWhitening } from "../../src/features/whitening.js";
import { formulaFeatures } from "./formula-maps.js";

interface Golden {
  readonly perClass: number;
  readonly kept: number;
  readonly shrinkage: number;
  readonly products: number[];
}
const goldens: Golden[] = JSON.parse(
  readFileSync(new URL("../goldens/learned-whitening.json", import.meta.url), "utf8"),
);
const engine = onnxEngine("cpu", { threads: 1 });
const features = formulaFeatures();
const classesOf = (perClass: number): Int32Array =>
  Int32Array.from({ length: 40 }, (_, row) => 3 * Math.floor(row / perClass));

/** Inner products of the first rows along a whitening. */
async function productsOf(whitening: Parameters<typeof applyWhitening>[1], rows: number): Promise<number[]> {
  const { data, shape } = await applyWhitening(features, whitening, { engine });
  const row = (i: number): Float32Array => data.subarray(i * shape[1], (i + 1) * shape[1]);
  return Array.from({ length: rows * rows }, (_, at) => {
    const [a, b] = [row(Math.floor(at / rows)), row(at % rows)];
    return a.reduce((sum, value, i) => sum + value * b[i], 0);
  });
}

describe("fitLearnedWhitening", () => {
  it.each(goldens)("is SciPy's discriminant of $perClass rows a class, shrinkage $shrinkage", async golden => {
    const { perClass, kept, shrinkage, products } = golden;
    const whitening = await fitLearnedWhitening(features, classesOf(perClass), { dim: kept, shrinkage, engine });
    const largest = Math.max(...products.map(Math.abs));
    const ours = await productsOf(whitening, 6);
    products.forEach((value, i) => void expect((ours[i] - value) / largest).toBeCloseTo(0, 4));
    expect(whitening.directions.shape).toEqual([kept, 12]);
    expect(whitening.explained).toBeGreaterThan(0);
    expect(whitening.explained).toBeLessThanOrEqual(1 + 1e-6);
  });

  it("learns of the rows it is told, of those with a class alone, and of nothing else", async () => {
    const labels = classesOf(5);
    const unknown = labels.map((label, row) => (row % 7 === 0 ? -1 : label));
    const rows = Int32Array.from({ length: 40 }, (_, row) => row).filter(row => row % 3 !== 0);
    const known = rows.filter(row => row % 7 !== 0);
    const others = { data: features.data.slice(), shape: features.shape };
    for (let row = 0; row < 40; row++) if (!known.includes(row)) others.data.fill(Number.NaN, row * 12, row * 12 + 12);
    const some = await fitLearnedWhitening(others, unknown, { dim: 3, rows, engine });
    const alone = await fitLearnedWhitening(
      takeRows(features, known),
      known.map(row => labels[row]),
      { dim: 3, engine },
    );
    expect(some).toEqual(alone);
  });

  it("keeps one direction less than classes unless told", async () => {
    expect((await fitLearnedWhitening(features, classesOf(5), { engine })).directions.shape).toEqual([7, 12]);
  });

  it("refuses what cannot be", async () => {
    const of = (perClass: number, options = {}) =>
      fitLearnedWhitening(features, classesOf(perClass), { engine, ...options });
    await expect(of(40)).rejects.toThrow("expected two classes or more");
    await expect(of(1)).rejects.toThrow("one of them with two rows or more");
    await expect(of(5, { dim: 8 })).rejects.toThrow(/1\.\.7, for 8 classes and 12 values/);
    await expect(of(5, { shrinkage: 2 })).rejects.toThrow("a number of 0..1");
  });

  it("says when features do not vary within classes", async () => {
    const same = { data: Float32Array.from({ length: 4 * 3 }, (_, at) => (at < 6 ? 1 : at)), shape: [4, 3] };
    const data = same.data.slice();
    data.copyWithin(9, 6, 9); // each class holds one picture twice
    const flat = fitLearnedWhitening({ data, shape: [4, 3] }, Int32Array.of(0, 0, 1, 1), { engine });
    await expect(flat).rejects.toThrow("do not vary");
  });
});
