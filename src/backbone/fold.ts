import type { NdArray } from "../core/arrays.js";
import { ndarray } from "../core/arrays.js";
import type { Architecture, ConvolutionLayer } from "./architecture.js";
import { instanceChannels, NORM_PARTS } from "./architecture.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/**
 * Folds every batch norm into the convolution before it, which leaves one filter and one bias a layer:
 * γ·(w∗x − μ)/√(σ²+ε) + β = (w·s)∗x + (β − μ·s) with s = γ/√(σ²+ε), computed in float64. One that stands alone becomes
 * a convolution of each channel with one number, s, and the bias. Filters get tfjs's layout: (height, width, in, out),
 * depthwise (height, width, channels, 1).
 *
 * @param tensors PyTorch's, checked by `checkWeights`
 * @returns `<conv>.weight` and `<conv>.bias` (out) of every convolution, `<alone>.weight` and `.bias` of the norms alone,
 *   and the weight and bias of instance norms as they are
 */
export function foldBatchNorms({ layers, normEpsilon }: Architecture, tensors: Arrays): Arrays {
  const folded: Record<string, NdArray<Float32Array>> = {};
  for (const layer of layers) {
    if ("alone" in layer) {
      const { scale, bias } = normParts(layer.alone, tensors, normEpsilon);
      folded[`${layer.alone}.weight`] = ndarray(Float32Array.from(scale), [1, 1, layer.channels, 1]);
      folded[`${layer.alone}.bias`] = ndarray(Float32Array.from(bias), [layer.channels]);
      continue;
    }
    const { conv, norm, instanceNorm, shape } = layer;
    const scale = new Float64Array(shape[0]).fill(1);
    const bias = new Float64Array(shape[0]);
    if (norm !== undefined) {
      const parts = normParts(norm, tensors, normEpsilon);
      scale.set(parts.scale, instanceChannels(layer));
      bias.set(parts.bias, instanceChannels(layer));
    }
    folded[`${conv}.weight`] = scaledFilter(tensors[`${conv}.weight`].data, scale, layer);
    folded[`${conv}.bias`] = ndarray(Float32Array.from(bias), [shape[0]]);
    if (instanceNorm === undefined) continue;
    for (const part of ["weight", "bias"]) folded[`${instanceNorm}.${part}`] = tensors[`${instanceNorm}.${part}`];
  }
  return folded;
}

/** What a batch norm does to a channel x: scale·x + bias. */
function normParts(norm: string, tensors: Arrays, epsilon: number): { scale: Float64Array; bias: Float64Array } {
  const [gamma, beta, mean, variance] = NORM_PARTS.map(part => tensors[`${norm}.${part}`].data);
  const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i] + epsilon));
  return { scale, bias: Float64Array.from(beta, (value, i) => value - mean[i] * scale[i]) };
}

/**
 * The way back: weights under PyTorch's names and in its layout, with batch norms that do nothing but scale and add the
 * bias (μ = 0, σ² = 1 − ε; behind a convolution γ = 1). {@link foldBatchNorms} gives the folded ones again, to float32
 * rounding.
 */
export function unfoldBatchNorms({ layers, normEpsilon }: Architecture, folded: Arrays): Arrays {
  const tensors: Record<string, NdArray<Float32Array>> = {};
  const setNorm = (norm: string, gamma: Float32Array, beta: Float32Array): void => {
    const values = { weight: gamma, bias: beta, running_mean: gamma.map(() => 0) };
    for (const [part, data] of Object.entries(values)) tensors[`${norm}.${part}`] = ndarray(data, [gamma.length]);
    tensors[`${norm}.running_var`] = ndarray(
      gamma.map(() => 1 - normEpsilon),
      [gamma.length],
    );
  };
  for (const layer of layers) {
    if ("alone" in layer) {
      setNorm(layer.alone, folded[`${layer.alone}.weight`].data, folded[`${layer.alone}.bias`].data);
      continue;
    }
    const { conv, norm, instanceNorm, shape } = layer;
    tensors[`${conv}.weight`] = ndarray(unscaledFilter(folded[`${conv}.weight`].data, shape), shape);
    const beta = folded[`${conv}.bias`].data.slice(instanceChannels(layer));
    if (norm !== undefined) setNorm(norm, new Float32Array(beta.length).fill(1), beta);
    if (instanceNorm === undefined) continue;
    for (const part of ["weight", "bias"]) tensors[`${instanceNorm}.${part}`] = folded[`${instanceNorm}.${part}`];
  }
  return tensors;
}

/** (height, width, in, out) → (out, in, height, width); depthwise (height, width, out, 1), by the same formula. */
function unscaledFilter(filter: Float32Array, [outs, ins, height, width]: ConvolutionLayer["shape"]): Float32Array {
  const data = new Float32Array(filter.length);
  let target = 0;
  for (let o = 0; o < outs; o++) {
    for (let i = 0; i < ins; i++) {
      for (let at = 0; at < height * width; at++) data[target++] = filter[(at * ins + i) * outs + o];
    }
  }
  return data;
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
