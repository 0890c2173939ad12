import type { NdArray } from "../core/arrays.js";
import { ndarray } from "../core/arrays.js";
import type { Architecture, ConvolutionLayer } from "./architecture.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/**
 * Folds every batch norm into the convolution before it, which leaves one filter and one bias a layer:
 * γ·(w∗x − μ)/√(σ²+ε) + β = (w·s)∗x + (β − μ·s) with s = γ/√(σ²+ε), computed in float64.
 * Filters get tfjs's layout: (height, width, in, out), depthwise (height, width, channels, 1).
 *
 * @param tensors PyTorch's, checked by `checkWeights`
 * @returns `<conv>.weight` and `<conv>.bias` (out) of every layer
 */
export function foldBatchNorms({ layers, normEpsilon }: Architecture, tensors: Arrays): Arrays {
  const folded: Record<string, NdArray<Float32Array>> = {};
  for (const layer of layers) {
    const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(
      part => tensors[`${layer.norm}.${part}`].data,
    );
    const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i] + normEpsilon));
    const bias = Float32Array.from(beta, (value, i) => value - mean[i] * scale[i]);
    folded[`${layer.conv}.weight`] = scaledFilter(tensors[`${layer.conv}.weight`].data, scale, layer);
    folded[`${layer.conv}.bias`] = ndarray(bias, [bias.length]);
  }
  return folded;
}

/**
 * The way back: weights under PyTorch's names and in its layout, with batch norms that do nothing but add the bias
 * (γ = 1, μ = 0, σ² = 1 − ε). {@link foldBatchNorms} gives the folded ones again, to float32 rounding.
 */
export function unfoldBatchNorms({ layers, normEpsilon }: Architecture, folded: Arrays): Arrays {
  const tensors: Record<string, NdArray<Float32Array>> = {};
  for (const { conv, norm, shape } of layers) {
    const [outs, ins, height, width] = shape;
    const [filter, data] = [folded[`${conv}.weight`].data, new Float32Array(outs * ins * height * width)];
    let target = 0;
    for (let o = 0; o < outs; o++) {
      for (let i = 0; i < ins; i++) {
        for (let at = 0; at < height * width; at++) data[target++] = filter[(at * ins + i) * outs + o];
      }
    }
    const constantVector = (value: number): NdArray<Float32Array> =>
      ndarray(new Float32Array(outs).fill(value), [outs]);
    tensors[`${conv}.weight`] = ndarray(data, shape);
    tensors[`${norm}.weight`] = constantVector(1);
    tensors[`${norm}.bias`] = folded[`${conv}.bias`];
    tensors[`${norm}.running_mean`] = constantVector(0);
    tensors[`${norm}.running_var`] = constantVector(1 - normEpsilon);
  }
  return tensors;
}

/** (out, in, height, width) → (height, width, in, out), or (height, width, out, 1) when depthwise, out scaled. */
function scaledFilter(
  filter: Float32Array,
  scale: Float64Array,
  { shape: [outs, ins, height, width], depthwise }: ConvolutionLayer,
): NdArray<Float32Array> {
  const data = new Float32Array(filter.length);
  let source = 0;
  for (let o = 0; o < outs; o++) {
    for (let i = 0; i < ins; i++) {
      for (let at = 0; at < height * width; at++) {
        // depthwise has ins = 1, so one formula serves both layouts
        data[(at * ins + i) * outs + o] = filter[source++] * scale[o];
      }
    }
  }
  return ndarray(data, depthwise ? [height, width, outs, 1] : [height, width, ins, outs]);
}
