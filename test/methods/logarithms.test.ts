import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { log1p, logCosh, softplus } from "../../src/methods/logarithms.js";
import { useTestBackend } from "../backbone/wasm.js";

function evaluate(f: (x: tf.Tensor) => tf.Tensor, points: readonly number[]): { value: number[]; slope: number[] } {
  const result = { value: [] as number[], slope: [] as number[] };
  tf.tidy(() => {
    const x = tf.tensor1d([...points]);
    result.value = [...f(x).dataSync()];
    result.slope = [...tf.grad(f)(x).dataSync()];
  });
  return result;
}

function expectRelative(actual: number, expected: number): void {
  // below float32's normal numbers only the size counts
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(2e-6 * Math.abs(expected) + 1e-37);
}

const MAGNITUDES = [0, 1e-30, 1e-9, 1e-8, 6e-8, 1e-7, 1.19e-7, 3e-7, 1e-4, 0.01, 0.3, 0.9, 1, 2.5, 10, 17, 40, 85];

describe.each(["wasm", "cpu"] as const)("logarithms on %s", backend => {
  beforeAll(() => useTestBackend(backend));

  it("softplus keeps its digits, value and gradient, for |x| up to 10,000", () => {
    const points = [...MAGNITUDES, 90, 500, 1e4].flatMap(x => [x, -x]).map(Math.fround);
    const { value, slope } = evaluate(softplus, points);
    points.forEach((x, i) => {
      expectRelative(value[i], Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
      expectRelative(slope[i], x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
    });
  });

  it("logCosh is good to float32's last digit beside log 2, its gradient to its own, for |x| up to 10,000", () => {
    const points = [...MAGNITUDES, 90, 500, 1e4].flatMap(x => [x, -x]).map(Math.fround);
    const { value, slope } = evaluate(logCosh, points);
    points.forEach((x, i) => {
      const size = Math.abs(x);
      const expected = size < 20 ? Math.log(Math.cosh(x)) : size - Math.LN2;
      expect(Math.abs(value[i] - expected)).toBeLessThanOrEqual(2e-7 * Math.max(1, size));
      expectRelative(slope[i], Math.tanh(x));
    });
  });

  it("log1p keeps its digits, value and gradient, from 0 to 10,000", () => {
    const points = [...MAGNITUDES, 500, 1e4].map(Math.fround);
    const { value, slope } = evaluate(log1p, points);
    points.forEach((x, i) => {
      expectRelative(value[i], Math.log1p(x));
      expectRelative(slope[i], 1 / (1 + x));
    });
  });
});
