import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Architecture, ConvolutionLayer } from "../../src/backbone/architecture.js";
import { expectedTensors } from "../../src/backbone/architecture.js";
import { convolve } from "../../src/backbone/convolve.js";
import { foldBatchNorms, unfoldBatchNorms } from "../../src/backbone/fold.js";
import type { NdArray } from "../../src/core/arrays.js";
import { sizeOf } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { useTestBackend } from "./wasm.js";

const EPSILON = 1e-3;

function architectureOf(layer: ConvolutionLayer): Architecture {
  return { layers: [layer], normEpsilon: EPSILON } as unknown as Architecture;
}

function randomTensors(architecture: Architecture): Record<string, NdArray<Float32Array>> {
  const random = new Random(5);
  return Object.fromEntries(
    [...expectedTensors(architecture)].map(([name, shape]) => {
      const positive = name.endsWith("running_var");
      return [name, { data: random.uniforms(sizeOf(shape), positive ? 0.01 : -1, 2), shape }];
    }),
  );
}

/** Convolution with PyTorch's filter layout and padding (kernel − 1) / 2, then the batch norm, loop by loop. */
function naive(
  image: Float32Array,
  side: number,
  stride: number,
  { conv, norm, shape: [outs, ins, kernel], depthwise }: ConvolutionLayer,
  tensors: Record<string, NdArray<Float32Array>>,
): number[] {
  const channels = depthwise ? outs : ins;
  const pad = (kernel - 1) / 2;
  const result: number[] = [];
  for (let y = 0; y < side; y += stride) {
    for (let x = 0; x < side; x += stride) {
      for (let o = 0; o < outs; o++) {
        let sum = 0;
        for (let i = 0; i < ins; i++) {
          for (let ky = 0; ky < kernel; ky++) {
            for (let kx = 0; kx < kernel; kx++) {
              const [iy, ix] = [y + ky - pad, x + kx - pad];
              if (iy < 0 || ix < 0 || iy >= side || ix >= side) continue;
              const weight = tensors[`${conv}.weight`].data[((o * ins + i) * kernel + ky) * kernel + kx];
              sum += weight * image[(iy * side + ix) * channels + (depthwise ? o : i)];
            }
          }
        }
        const of = (part: string): number => tensors[`${norm}.${part}`].data[o];
        const normalised = (sum - of("running_mean")) / Math.sqrt(of("running_var") + EPSILON);
        result.push(of("weight") * normalised + of("bias"));
      }
    }
  }
  return result;
}

describe("foldBatchNorms", () => {
  beforeAll(() => useTestBackend("cpu"));

  const cases: [string, number, ConvolutionLayer][] = [
    ["a convolution", 1, { conv: "c", norm: "n", shape: [4, 3, 3, 3], depthwise: false }],
    ["a strided 5×5 convolution", 2, { conv: "c", norm: "n", shape: [2, 3, 5, 5], depthwise: false }],
    ["a pointwise convolution", 1, { conv: "c", norm: "n", shape: [5, 3, 1, 1], depthwise: false }],
    ["a depthwise convolution", 1, { conv: "c", norm: "n", shape: [6, 1, 3, 3], depthwise: true }],
  ];
  it.each(cases)("equals %s followed by its batch norm", (_name, stride, layer) => {
    const architecture = architectureOf(layer);
    const tensors = randomTensors(architecture);
    const side = 6;
    const channels = layer.depthwise ? layer.shape[0] : layer.shape[1];
    const image = new Random(9).uniforms(side * side * channels, -1, 1);
    const pad = (layer.shape[2] - 1) / 2;
    const actual = tf.tidy(() => {
      const folded = foldBatchNorms(architecture, tensors);
      const weights = Object.fromEntries(
        Object.entries(folded).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
      );
      const x = tf.tensor4d(image, [1, side, side, channels]);
      return convolve(x, weights, "c", { stride, pad, depthwise: layer.depthwise }).dataSync();
    });
    const expected = naive(image, side, stride, layer, tensors);
    expect(actual.length).toBe(expected.length);
    const scale = Math.max(...expected.map(Math.abs));
    expected.forEach((value, i) => {
      expect(Math.abs(actual[i] - value) / scale).toBeLessThan(1e-5);
    });
  });
});

it.each([
  { conv: "c", norm: "n", shape: [6, 4, 3, 3], depthwise: false },
  { conv: "c", norm: "n", shape: [5, 1, 3, 3], depthwise: true },
] as const)("unfolded weights fold to the same ones again, depthwise $depthwise", layer => {
  const architecture = architectureOf(layer);
  const folded = foldBatchNorms(architecture, randomTensors(architecture));
  const unfolded = unfoldBatchNorms(architecture, folded);
  for (const [name, shape] of expectedTensors(architecture)) expect(unfolded[name].shape, name).toEqual(shape);
  const again = foldBatchNorms(architecture, unfolded);
  for (const name of ["c.weight", "c.bias"]) {
    expect(again[name].shape).toEqual(folded[name].shape);
    again[name].data.forEach((value, i) => {
      expect(value).toBeCloseTo(folded[name].data[i], 6);
    });
  }
});
