import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { dense } from "../../src/hashing/dense.js";
import { drawDropoutMasks, headForward, headShapes, initHead } from "../../src/hashing/head.js";
import { gram } from "../../src/methods/gram.js";
import { useTestBackend } from "../backbone/wasm.js";
import { relativeError } from "../methods/loss-cases.js";

const CONFIG = { inputDim: 400, hidden: [100, 30], bits: 24, dropout: 0.25 };

function momentsOf(values: Float32Array): { mean: number; deviation: number; largest: number } {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance), largest: Math.max(...values.map(Math.abs)) };
}

describe("initHead", () => {
  const head = initHead(CONFIG, new Random(1));

  it("has PyTorch's names, order and layout", () => {
    expect(Object.entries(head).map(([name, { shape, data }]) => [name, shape, data.length])).toEqual([
      ["fc.0.weight", [100, 400], 40000],
      ["fc.0.bias", [100], 100],
      ["fc.1.weight", [30, 100], 3000],
      ["fc.1.bias", [30], 30],
      ["hash.weight", [24, 30], 720],
      ["hash.bias", [24], 24],
    ]);
  });

  it("draws hidden layers uniform in ±1/√in and the hash layer N(0, 0.01²) with bias 0", () => {
    const hidden = momentsOf(head["fc.0.weight"].data);
    expect(hidden.largest).toBeLessThanOrEqual(1 / 20);
    expect(hidden.largest).toBeGreaterThan(0.999 / 20);
    expect(Math.abs(hidden.mean)).toBeLessThan(1e-3);
    expect(hidden.deviation).toBeCloseTo(1 / 20 / Math.sqrt(3), 3);
    const bias = momentsOf(head["fc.1.bias"].data);
    expect(bias.largest).toBeLessThanOrEqual(1 / 10);
    expect(bias.largest).toBeGreaterThan(0.08);
    const hash = momentsOf(head["hash.weight"].data);
    expect(Math.abs(hash.mean)).toBeLessThan(1.5e-3);
    expect(hash.deviation).toBeGreaterThan(0.0092);
    expect(hash.deviation).toBeLessThan(0.0108);
    expect(head["hash.bias"].data.every(value => value === 0)).toBe(true);
  });

  it("depends on the seed alone", () => {
    expect(initHead(CONFIG, new Random(1))).toEqual(head);
    expect(initHead(CONFIG, new Random(2))["hash.weight"]).not.toEqual(head["hash.weight"]);
    expect(initHead({ ...CONFIG, bits: 12 }, new Random(1))["fc.0.weight"]).toEqual(head["fc.0.weight"]);
  });

  it("refuses a form that cannot be", () => {
    for (const wrong of [{ bits: 0 }, { dropout: 1 }, { dropout: Number.NaN }, { hidden: [3.5] }, { inputDim: -1 }]) {
      expect(() => headShapes({ ...CONFIG, ...wrong })).toThrow(/cannot have this form/);
    }
    expect(() => headShapes({ ...CONFIG, hidden: [65536, 65536] })).toThrow(
      /take the machine's memory; expected hidden/,
    );
  });
});

describe("drawDropoutMasks", () => {
  it("zeroes the given share and keeps the mean, seeded", () => {
    const masks = drawDropoutMasks(CONFIG, 64, new Random(3));
    expect(masks.map(mask => mask.shape)).toEqual([
      [64, 100],
      [64, 30],
    ]);
    const [{ data }] = masks;
    expect(new Set(data)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(data.filter(value => value === 0).length / data.length).toBeCloseTo(0.25, 1);
    expect(drawDropoutMasks(CONFIG, 64, new Random(3))).toEqual(masks);
    expect(drawDropoutMasks({ ...CONFIG, dropout: 0 }, 64, new Random(3))).toEqual([]);
  });
});

describe.each(["wasm", "cpu"] as const)("layers on %s", backend => {
  beforeAll(() => useTestBackend(backend));
  const random = new Random(8);
  const values = (...shape: [number, number]): tf.Tensor2D =>
    tf.tensor2d(random.uniforms(shape[0] * shape[1], -1, 1), shape);

  it("dense has the value and the gradients of tfjs' own product", () => {
    tf.tidy(() => {
      const inputs = [values(5, 4), values(3, 4), tf.tensor1d([0.1, -2, 3])] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const factor = values(5, 3); // so that dy differs from place to place
      const own = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor =>
        tf.sum(tf.mul(dense(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D), factor));
      const plain = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor =>
        tf.sum(tf.mul(tf.add(tf.matMul(x, w, false, true), b), factor));
      const actual = tf.valueAndGrads(own)(inputs);
      const expected = tf.valueAndGrads(plain)(inputs);
      expect(relativeError(actual.value.dataSync(), expected.value.dataSync())).toBeLessThan(1e-5);
      actual.grads.forEach((grad, i) => {
        expect(grad.shape).toEqual(inputs[i].shape);
        expect(relativeError(grad.dataSync(), expected.grads[i].dataSync())).toBeLessThan(1e-5);
      });
    });
  });

  it("gram has the value and the gradient of tfjs' own product, for a gradient that is not symmetric", () => {
    tf.tidy(() => {
      const h = values(5, 4);
      const factor = values(5, 5);
      const own = tf.valueAndGrad(x => tf.sum(tf.mul(gram(x as tf.Tensor2D), factor)))(h);
      const plain = tf.valueAndGrad(x => tf.sum(tf.mul(tf.matMul(x, x, false, true), factor)))(h);
      expect(relativeError(own.value.dataSync(), plain.value.dataSync())).toBeLessThan(1e-5);
      expect(relativeError(own.grad.dataSync(), plain.grad.dataSync())).toBeLessThan(1e-5);
    });
  });

  it("headForward leaves nothing but its result", () => {
    const head = initHead(CONFIG, new Random(1));
    const parameters = Object.fromEntries(
      Object.entries(head).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
    );
    const features = values(2, 400);
    const before = tf.memory().numTensors;
    const z = tf.tidy(() => headForward(parameters, features));
    expect(z.shape).toEqual([2, 24]);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([z, features, parameters]);
  });
});
