// What every loss must pass. A method's own test file gives the formula in loops, and what is special to it.
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { NdArray } from "../../src/core/arrays.js";
import { checkedOptions } from "../../src/core/options.js";
import { Random } from "../../src/core/random.js";
import type { TrainedMethod } from "../../src/methods/method.js";
import { useTestBackend } from "../backbone/wasm.js";
import { relativeError } from "./loss-cases.js";
import type { MethodCase } from "./method-cases.js";
import { caseProgram, float32, lossAndGradients, methodGoldens } from "./method-cases.js";

type Rows = readonly (readonly number[])[];

/** A batch in plain numbers, for a formula in loops. */
export interface NaiveBatch<Options> {
  /** (batch, bits) */
  readonly codes: Rows;
  /** Where the gradient is asked for: `codes` before they were moved for a difference. */
  readonly at: Rows;
  /** One-hot or multi-hot, (batch, classes). */
  readonly labels: Rows;
  readonly options: Options;
  /** Constants and parameters by name, as rows. */
  readonly arrays: Readonly<Record<string, Rows>>;
}

/** How a loss is tried. */
export interface MethodSuite<Options> {
  /** The loss in float64 loops. */
  readonly naive: (batch: NaiveBatch<Options>) => number;
  /** Options to draw from. */
  readonly options: fc.Arbitrary<Partial<Options>>;
  /** Whether items may have several classes or none. Default true. */
  readonly severalClasses?: boolean;
  /** Whether a difference of 1e-4 in the codes meets no kink, where the formula has some. Default: it has none. */
  readonly isSmooth?: (batch: Pick<NaiveBatch<Options>, "codes" | "labels" | "options">) => boolean;
}

/** Goldens eager and compiled, the formula in loops and its differences, batches of one kind of pair, extremes, leaks. */
export function describeLoss<Options>(method: TrainedMethod<Options>, suite: MethodSuite<Options>): void {
  const goldens = methodGoldens<Options>(method.name);
  describeInLoops(method, suite);

  // A loss without a published code has no goldens; then this example alone is run, and shown to leak nothing.
  if (goldens.length === 0) {
    it("compiles, to the value and gradients of eager tfjs, and leaves no tensor behind", async () => {
      await useTestBackend("cpu");
      const rows = Array.from({ length: 4 }, (_row, i) =>
        Array.from({ length: 6 }, (_bit, k) => Math.sin(7 * i + 3 * k)),
      );
      const example = exampleOf(method, rows, oneHot([0, 0, 1, 1], 2), {}, 3);
      const before = tf.memory().numTensors;
      const eager = lossAndGradients(method, example);
      expect(tf.memory().numTensors).toBe(before);
      const compiled = await compiledOutputs(method, example);
      for (const [name, values] of Object.entries(eager)) {
        expect(relativeError(compiled[name], values), name).toBeLessThan(1e-5);
      }
    });
    return;
  }

  describe.each(["wasm", "cpu"] as const)(`${method.title} on %s`, backend => {
    beforeAll(() => useTestBackend(backend));

    it.each(goldens)("$name: value and gradients are the peer's", golden => {
      const before = tf.memory().numTensors;
      expectGolden(lossAndGradients(method, golden), golden.value, golden.gradients);
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it.each(goldens)("compiled, $name: value and gradients are the peer's", async golden => {
    expectGolden(await compiledOutputs(method, golden), golden.value, golden.gradients);
  });
}

/** Loss and gradients of a case, compiled. */
async function compiledOutputs<Options>(
  method: TrainedMethod<Options>,
  example: MethodCase<Options>,
): Promise<Record<string, Float32Array>> {
  const { inputs, body } = caseProgram(method, example);
  const specs = Object.entries(inputs).map(([name, { data, shape }]) => {
    return [name, { shape, dtype: data instanceof Int32Array ? ("int32" as const) : ("float32" as const) }] as const;
  });
  const program = await onnxEngine("cpu", { threads: 1 }).prepare({ inputs: Object.fromEntries(specs), body });
  const outputs = await program.run(Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data])));
  await program.dispose();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
}

function describeInLoops<Options>(method: TrainedMethod<Options>, suite: MethodSuite<Options>): void {
  describe(`${method.title} in loops`, () => {
    beforeAll(() => useTestBackend("cpu"));

    it("equals the formula, and its gradients the formula's differences", () => {
      fc.assert(
        fc.property(batches(suite), suite.options, fc.integer(), ({ rows, labels }, drawn, seed) => {
          const example = exampleOf(method, rows, labels, drawn, seed);
          fc.pre(suite.isSmooth?.({ codes: rows, labels, options: example.options }) ?? true);
          expectNaive(suite, method, example);
        }),
        { seed: 10, numRuns: 100 },
      );
    });

    it.each([
      ["only similar pairs", [0, 0, 0, 0]],
      ["no similar pairs", [0, 1, 2, 3]],
    ])("is the formula and has a finite gradient in a batch with %s", (_, classes) => {
      const rows = Array.from({ length: 4 }, (_row, i) =>
        Array.from({ length: 6 }, (_bit, k) => Math.sin(7 * i + 3 * k) + 0.1),
      );
      expectNaive(suite, method, exampleOf(method, rows, oneHot(classes, 4), {}, 3));
    });

    it("stays finite for zero vectors, corners, equal codes of different classes and far-out codes", () => {
      const zero = [0, 0, 0, 0];
      const corner = [1, -1, 1, 1];
      const far = [300, -200, 0.1, 90];
      for (const classes of [
        [0, 0, 0, 0, 0],
        [0, 1, 0, 1, 1],
        [0, 1, 2, 3, 0],
      ]) {
        const rows = [zero, corner, corner, zero, far];
        const results = lossAndGradients(method, exampleOf(method, rows, oneHot(classes, 4), {}, 5));
        for (const values of Object.values(results)) expect([...values].every(Number.isFinite)).toBe(true);
      }
    });

    it("takes its defaults from its declaration", () => {
      expect(() => checkedOptions(method.options, {}, { of: method.name })).not.toThrow();
    });
  });
}

function expectGolden(
  actual: Readonly<Record<string, ArrayLike<number>>>,
  value: number,
  gradients: Readonly<Record<string, NdArray>>,
): void {
  expect(Math.abs(actual.loss[0] - value) / Math.abs(value), "loss").toBeLessThan(1e-5);
  for (const [name, { data }] of Object.entries(gradients)) {
    expect(relativeError(actual[`by.${name}`], data as Float32Array), `gradient by ${name}`).toBeLessThan(1e-5);
  }
}

/** A case with options, constants and parameters as a training would make them. */
function exampleOf<Options>(
  method: TrainedMethod<Options>,
  rows: Rows,
  labels: Rows,
  given: Partial<Options>,
  seed: number,
): MethodCase<Options> {
  const [bits, classes] = [rows[0].length, labels[0].length];
  const options = checkedOptions<Options>(method.options, given);
  const shape = { bits, classes, inputDim: 1 };
  const constants = method.constants?.(shape, options, new Random(seed)) ?? {};
  const parameters = method.parameters?.(shape, options, new Random(seed + 1)) ?? {};
  return { bits, classes, options, labels, codes: float32(rows.flat(), [rows.length, bits]), constants, parameters };
}

function expectNaive<Options>(
  { naive }: MethodSuite<Options>,
  method: TrainedMethod<Options>,
  example: MethodCase<Options>,
): void {
  const { labels, options, codes, constants, parameters } = example;
  const at = rowsOf(codes);
  const arrays = mapRows({ ...constants, ...parameters });
  const results = lossAndGradients(method, example);
  const expected = naive({ codes: at, at, labels, options, arrays });
  expect(Math.abs(results.loss[0] - expected)).toBeLessThan(2e-5 * Math.max(1, Math.abs(expected)));
  expectDifferences(results["by.codes"], at, moved => naive({ codes: moved, at, labels, options, arrays }));
  for (const name of Object.keys(parameters)) {
    const of = (moved: Rows): number => naive({ codes: at, at, labels, options, arrays: { ...arrays, [name]: moved } });
    expectDifferences(results[`by.${name}`], arrays[name], of);
  }
}

function expectDifferences(gradient: ArrayLike<number>, at: Rows, f: (rows: Rows) => number, step = 1e-5): void {
  const differences = at.flatMap((row, i) =>
    row.map((_, k) => {
      const moved = (by: number): number[][] => at.map((r, a) => r.map((v, b) => (a === i && b === k ? v + by : v)));
      return (f(moved(step)) - f(moved(-step))) / (2 * step);
    }),
  );
  const scale = Math.max(1e-2, ...differences.map(Math.abs));
  differences.forEach((difference, i) => {
    expect(Math.abs(gradient[i] - difference) / scale, `entry ${i}`).toBeLessThan(1e-3);
  });
}

/** Rows of codes away from 0, where signs jump, and labels. */
function batches<Options>({
  severalClasses = true,
}: MethodSuite<Options>): fc.Arbitrary<{ rows: number[][]; labels: number[][] }> {
  const entry = fc
    .double({ min: 0.05, max: 1.8, noNaN: true })
    .chain(size => fc.constantFrom(Math.fround(size), -Math.fround(size)));
  return fc.tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 9 })).chain(([batch, bits]) => {
    const one = fc.integer({ min: 0, max: 2 }).map(c => oneHot([c], 3)[0]);
    const several = fc.array(fc.constantFrom(0, 1), { minLength: 3, maxLength: 3 });
    const items = (label: fc.Arbitrary<number[]>): fc.Arbitrary<number[][]> =>
      fc.array(label, { minLength: batch, maxLength: batch });
    return fc.record({
      rows: fc.array(fc.array(entry, { minLength: bits, maxLength: bits }), { minLength: batch, maxLength: batch }),
      labels: severalClasses ? fc.oneof(items(one), items(several)) : items(one),
    });
  });
}

export function oneHot(classes: readonly number[], count: number): number[][] {
  return classes.map(c => Array.from({ length: count }, (_, i) => Number(i === c)));
}

/** 1 where two items share a class. */
export function similarity(labels: Rows): number[][] {
  return labels.map(a => labels.map(b => Number(a.some((one, c) => one * b[c] > 0))));
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** −log of the softmax's share of one class. */
export function negativeLogShare(logits: readonly number[], of: number): number {
  const top = Math.max(...logits);
  return top + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - top), 0)) - logits[of];
}

function rowsOf({ data, shape }: NdArray<Float32Array>): number[][] {
  const width = shape[shape.length - 1];
  return Array.from({ length: data.length / width }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
}

function mapRows(arrays: Readonly<Record<string, NdArray<Float32Array>>>): Record<string, number[][]> {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, rowsOf(array)]));
}
