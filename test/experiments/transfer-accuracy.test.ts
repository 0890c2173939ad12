import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { transferAccuracy } from "../../src/experiments/transfer-accuracy.js";
import { rows } from "../training/toy.js";

const engine = onnxEngine("cpu", { threads: 1 });

/** scikit-learn's answers on rows that it did not learn, see tools/make-classifier-goldens.py. */
interface Case {
  readonly name: string;
  readonly penalty: number;
  readonly dim: number;
  readonly classes: number;
  readonly labels: number[];
  readonly rows: number[];
  readonly fresh: number[];
  readonly predicted: number[];
}
const CASES: readonly Case[] = JSON.parse(readFileSync(new URL("../goldens/classifier.json", import.meta.url), "utf8"));

describe("transferAccuracy", () => {
  it.each(CASES.map(one => [one.name, one] as const))("is scikit-learn's: %s", async (_, one) => {
    const { labels, rows: known, fresh, dim, classes, penalty, predicted } = one;
    const asked = predicted.map((_v, at) => at % classes); // as the script draws them
    const [n, m] = [labels.length, asked.length];
    // class c is called 10 + 3c: classes of any numbers are learned
    const called = Int32Array.from([...labels, ...asked], label => 10 + 3 * label);
    const values = { data: Float32Array.from([...known, ...fresh]), shape: [n + m, dim] };
    const split = { query: rows(n, n + m), database: rows(0, n) };
    const accuracy = await transferAccuracy(values, { labels: called, split }, { penalty, engine });
    const right = predicted.filter((label, at) => label === asked[at]).length;
    expect(accuracy).toBeCloseTo(right / m, 12);
    expect(accuracy).toBeGreaterThan(1.2 / classes);
    expect(accuracy).toBeLessThanOrEqual(1);
  });

  it("reads bits as signs, and leaves items of unknown class out", async () => {
    const random = new Random(3);
    const labels = Int32Array.from({ length: 60 }, (_, row) => (row % 10 === 9 ? -1 : row % 3));
    const data = Int8Array.from({ length: 60 * 8 }, (_, at) => {
      const label = labels[Math.floor(at / 8)];
      return (at % 8) % 3 === label || random.uniform() < 0.2 ? 1 : -1;
    });
    const split = { query: rows(0, 20), database: rows(20, 60) };
    const packed = await transferAccuracy(packCodes({ data, shape: [60, 8] }), { labels, split }, { engine });
    const real = { data: Float32Array.from(data), shape: [60, 8] };
    expect(packed).toBe(await transferAccuracy(real, { labels, split }, { engine }));
    const known = split.query.filter(row => labels[row] >= 0);
    expect(packed).toBe(await transferAccuracy(real, { labels, split: { ...split, query: known } }, { engine }));
    expect(packed).toBeGreaterThan(0.6);
  });

  it("refuses items of several classes, a database of one class, no query", async () => {
    const values = { data: new Float32Array(40), shape: [10, 4] };
    const split = { query: rows(0, 2), database: rows(2, 10) };
    const several = multiHotLabels({ data: new Uint8Array(20).fill(1), shape: [10, 2] });
    await expect(transferAccuracy(values, { labels: several, split }, { engine })).rejects.toThrow(/one label an item/);
    const labels = new Int32Array(10);
    await expect(transferAccuracy(values, { labels, split }, { engine })).rejects.toThrow(/1 classes, 2 queries/);
    const none = { ...split, query: rows(0, 0) };
    const two = Int32Array.from({ length: 10 }, (_, row) => row % 2);
    await expect(transferAccuracy(values, { labels: two, split: none }, { engine })).rejects.toThrow(/0 queries/);
  });
});
