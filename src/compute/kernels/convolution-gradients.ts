import type { TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Graph } from "../graph.js";
import { pads, TO_NCHW, TO_NHWC, weights } from "./convolution.js";
import type { Kernel, KernelTable } from "./kernel.js";

// ONNX has no gradients of convolutions. Towards the input one is a transposed convolution; towards the filter it is,
// for each place of the filter, a product of what that place saw with the output's gradient.

type Conv2DInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;
type Shape4D = [number, number, number, number];

interface GradientAttributes {
  readonly strides: number | [number, number];
  readonly pad: "valid" | "same" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  /** Of depthwise kernels only. */
  readonly dilations?: number | [number, number];
}

function infoOf(
  x: readonly number[],
  filter: readonly number[],
  attrs: GradientAttributes,
  depthwise: boolean,
): Conv2DInfo {
  const { strides, pad, dimRoundingMode, dilations = 1 } = attrs;
  const sizes: [Shape4D, Shape4D] = [x as Shape4D, filter as Shape4D];
  return tf.backend_util.computeConv2DInfo(...sizes, strides, dilations, pad, dimRoundingMode, depthwise);
}

function towardsInput(depthwise: boolean): Kernel {
  return (graph, { dy, filter }, attrs) => {
    const info = infoOf(attrs.inputShape, filter.shape, attrs, depthwise);
    const { batchSize, inChannels, inHeight, inWidth, padInfo } = info;
    const { effectiveFilterHeight, effectiveFilterWidth, strideHeight, strideWidth } = info;
    // What the strides left over at the end: pixels that no window began at.
    const restHeight = (inHeight + padInfo.top + padInfo.bottom - effectiveFilterHeight) % strideHeight;
    const restWidth = (inWidth + padInfo.left + padInfo.right - effectiveFilterWidth) % strideWidth;
    const inputs = [graph.transpose(dy, TO_NCHW), weights(graph, filter, depthwise)];
    const dx = graph.emit("ConvTranspose", inputs, [batchSize, inChannels, inHeight, inWidth], dy.dtype, {
      strides: [strideHeight, strideWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      kernel_shape: [info.filterHeight, info.filterWidth],
      pads: pads(info),
      output_padding: [restHeight, restWidth],
      group: depthwise ? inChannels : 1,
    });
    return graph.transpose(dx, TO_NHWC);
  };
}

/** What place (row, column) of the filter sees: (batch, outHeight, outWidth, channels) of the padded image. */
function seenBy(graph: Graph, padded: TensorInfo, info: Conv2DInfo, row: number, column: number): TensorInfo {
  const { batchSize, outHeight, outWidth, inChannels, strideHeight, strideWidth } = info;
  const begin = [row * info.dilationHeight, column * info.dilationWidth];
  const end = [begin[0] + (outHeight - 1) * strideHeight + 1, begin[1] + (outWidth - 1) * strideWidth + 1];
  const ranges = [begin, end, [1, 2], [strideHeight, strideWidth]].map(values => graph.int64s(values));
  return graph.emit("Slice", [padded, ...ranges], [batchSize, outHeight, outWidth, inChannels], padded.dtype);
}

function paddedImage(
  graph: Graph,
  x: TensorInfo,
  { padInfo, inHeight, inWidth, batchSize, inChannels }: Conv2DInfo,
): TensorInfo {
  const { top, left, bottom, right } = padInfo;
  if (top + left + bottom + right === 0) return x;
  const shape = [batchSize, inHeight + top + bottom, inWidth + left + right, inChannels];
  return graph.emit("Pad", [x, graph.int64s([0, top, left, 0, 0, bottom, right, 0])], shape, x.dtype);
}

/** One part of the gradient a place of the filter, joined: (filterHeight, filterWidth, …shape of a part). */
function eachPlace(graph: Graph, info: Conv2DInfo, part: (row: number, column: number) => TensorInfo): TensorInfo {
  const { filterHeight, filterWidth } = info;
  const parts: TensorInfo[] = [];
  for (let row = 0; row < filterHeight; row++)
    for (let column = 0; column < filterWidth; column++) parts.push(part(row, column));
  const [rows, columns] = parts[0].shape;
  const stacked = graph.emit("Concat", parts, [parts.length * rows, columns], parts[0].dtype, { axis: 0 });
  return graph.reshape(stacked, [filterHeight, filterWidth, rows, columns]);
}

const towardsFilter: Kernel = (graph, { x, dy }, attrs) => {
  const info = infoOf(x.shape, attrs.filterShape, attrs, false);
  const { batchSize, outHeight, outWidth, inChannels, outChannels } = info;
  const places = batchSize * outHeight * outWidth;
  const padded = paddedImage(graph, x, info);
  const flatDy = graph.reshape(dy, [places, outChannels]);
  return eachPlace(graph, info, (row, column) => {
    const seen = graph.reshape(seenBy(graph, padded, info, row, column), [places, inChannels]);
    return graph.emit("MatMul", [graph.transpose(seen, [1, 0]), flatDy], [inChannels, outChannels], x.dtype);
  });
};

const towardsDepthwiseFilter: Kernel = (graph, { x, dy }, attrs) => {
  const info = infoOf(x.shape, attrs.filterShape, attrs, true);
  const { batchSize, outHeight, outWidth, inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  const padded = paddedImage(graph, x, info);
  const shape = [batchSize * outHeight * outWidth, inChannels, multiplier];
  const ofChannels = graph.reshape(dy, shape);
  return eachPlace(graph, info, (row, column) => {
    const seen = graph.reshape(seenBy(graph, padded, info, row, column), [shape[0], inChannels, 1]);
    const product = graph.emit("Mul", [seen, ofChannels], shape, x.dtype);
    return graph.emit("ReduceSum", [product, graph.int64s([0])], [inChannels, multiplier], x.dtype, { keepdims: 0 });
  });
};

/** Gradients of convolutions, as tfjs' autodiff asks for them. */
export const CONVOLUTION_GRADIENTS: KernelTable = {
  Conv2DBackpropInput: towardsInput(false),
  Conv2DBackpropFilter: towardsFilter,
  DepthwiseConv2dNativeBackpropInput: towardsInput(true),
  DepthwiseConv2dNativeBackpropFilter: towardsDepthwiseFilter,
};
