import { beforeAll, describe, expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { takeRows } from "../../src/core/arrays.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import type { Head } from "../../src/hashing/head-file.js";
import { itq } from "../../src/methods/itq.js";
import { fitMethod } from "../../src/training/fit-method.js";
import { itqHead } from "../../src/training/itq-head.js";
import { trainHead } from "../../src/training/train-head.js";
import { rows, toyData } from "./toy.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { features, labels } = toyData(5);
const train = rows(0, 120);
const settings = { bits: 12, hidden: [16], batch: 32, epochs: 3 };
let embedding: Head;
let hashing: Head;

beforeAll(async () => {
  const trained = (method: string) => trainHead({ features, labels, train }, { ...settings, method }, { engine });
  embedding = (await trained("arcface-triplet")).head;
  hashing = (await trained("dch")).head;
});

/** ITQ apart from the head: fitted to what it gives of the train rows, by the formula. */
async function apart(head: Head, bits: number): Promise<number[][]> {
  const values = await encodeFeatures(features, { ...head, activation: "none" }, { engine });
  const { model } = await fitMethod(takeRows(values, train), { method: itq, bits }, { engine });
  const { mean, axes } = model.arrays;
  const dim = values.shape[1];
  const along = (row: Float32Array, bit: number): number =>
    row.reduce((sum, value, i) => sum + (value - mean.data[i]) * axes.data[bit * dim + i], 0);
  return Array.from({ length: values.shape[0] }, (_, n) =>
    Array.from({ length: bits }, (_bit, bit) => along(values.data.subarray(n * dim, (n + 1) * dim), bit)),
  );
}

function expectClose(actual: NdArray<Float32Array>, expected: readonly (readonly number[])[]): void {
  const scale = Math.max(...expected.flat().map(Math.abs));
  const differences = expected.flat().map((value, at) => Math.abs(actual.data[at] - value));
  expect(Math.max(...differences)).toBeLessThan(1e-4 * scale);
}

describe("a head with ITQ folded into its last layer", () => {
  it.each([12, 5])("gives what ITQ gives of an embedding, at %s bits", async bits => {
    const head = await itqHead(embedding, takeRows(features, train), { bits, engine });
    expect(head.output).toBe("codes");
    expectClose(await encodeFeatures(features, head, { engine }), await apart(embedding, bits));
  });

  it("gives what ITQ gives of a hash layer before its tanh, with as many bits unless it is told otherwise", async () => {
    const head = await itqHead(hashing, takeRows(features, train), { engine });
    expect(head.config.bits).toBe(12);
    const codes = await encodeFeatures(features, head, { engine });
    expectClose(codes, await apart(hashing, 12));
    // bits of centred, turned values are balanced where the signs of the embedding need not be
    const ones = binarize(codes).data.reduce((sum, bit) => sum + Number(bit > 0), 0);
    expect(Math.abs(ones / codes.data.length - 0.5)).toBeLessThan(0.1);
  });

  it("refuses what is fitted, and more bits than the head gives values", async () => {
    const { model } = await fitMethod(features, { method: itq, bits: 8 }, { engine });
    await expect(itqHead(model, features, { engine })).rejects.toThrow(/itq is fitted.*a trained head/);
    await expect(itqHead(embedding, features, { bits: 13, engine })).rejects.toThrow(/at most 12 bits/);
  });
});
