import type { TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Graph } from "../graph.js";
import { applyActivation } from "./elementwise.js";
import type { Kernel, KernelTable } from "./kernel.js";

// tfjs keeps the channels last (NHWC), ONNX first (NCHW). Each kernel transposes in and out; between two layers
// onnxruntime's optimiser removes the pair.
export const TO_NCHW: readonly number[] = [0, 3, 1, 2];
export const TO_NHWC: readonly number[] = [0, 2, 3, 1];

type Conv2DInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

/** ONNX's order of paddings: begins, then ends. */
export function pads({ padInfo }: Conv2DInfo): number[] {
  return [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right];
}

function outputShape({ batchSize, outChannels, outHeight, outWidth }: Conv2DInfo): number[] {
  return [batchSize, outChannels, outHeight, outWidth];
}

function convolution(depthwise: boolean): Kernel {
  return (graph, { x, filter, bias, preluActivationWeights }, attrs) => {
    if (preluActivationWeights || attrs.dataFormat === "NCHW") {
      throw new Error("Kernel 'Conv2D_NCHW_or_prelu' not registered for backend 'hashbook-trace'");
    }
    const xShape = x.shape as [number, number, number, number];
    const filterShape = filter.shape as [number, number, number, number];
    const info = tf.backend_util.computeConv2DInfo(
      xShape,
      filterShape,
      attrs.strides,
      attrs.dilations ?? 1,
      attrs.pad,
      attrs.dimRoundingMode,
      depthwise,
    );
    const inputs = [graph.transpose(x, TO_NCHW), weights(graph, filter, depthwise)];
    if (bias) inputs.push(graph.reshape(bias, [info.outChannels])); // (outChannels)
    const y = graph.emit("Conv", inputs, outputShape(info), x.dtype, {
      strides: [info.strideHeight, info.strideWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      kernel_shape: [filterShape[0], filterShape[1]],
      pads: pads(info),
      group: depthwise ? info.inChannels : 1,
    });
    return graph.transpose(applyActivation(graph, y, attrs.activation), TO_NHWC);
  };
}

/** tfjs (height, width, in, out or multiplier) → ONNX (out, in of the group, height, width). */
export function weights(graph: Graph, filter: TensorInfo, depthwise: boolean): TensorInfo {
  if (!depthwise) return graph.transpose(filter, [3, 2, 0, 1]);
  const [height, width, channels, multiplier] = filter.shape;
  const grouped = graph.transpose(filter, [2, 3, 0, 1]); // (channels, multiplier, height, width)
  return graph.reshape(grouped, [channels * multiplier, 1, height, width]);
}

function pooling(op: "MaxPool" | "AveragePool"): Kernel {
  return (graph, { x }, { filterSize, strides, pad, dimRoundingMode }) => {
    const xShape = x.shape as [number, number, number, number];
    const info = tf.backend_util.computePool2DInfo(xShape, filterSize, strides, 1, pad, dimRoundingMode);
    const y = graph.emit(op, [graph.transpose(x, TO_NCHW)], outputShape(info), x.dtype, {
      kernel_shape: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      pads: pads(info),
    });
    return graph.transpose(y, TO_NHWC);
  };
}

/** Convolutions and pooling of images (batch, height, width, channels). */
export const CONVOLUTION: KernelTable = {
  Conv2D: convolution(false),
  FusedConv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  FusedDepthwiseConv2D: convolution(true),
  MaxPool: pooling("MaxPool"),
  AvgPool: pooling("AveragePool"),
  FusedBatchNorm: (graph, { x, mean, variance, offset, scale }, { varianceEpsilon }) => {
    const widened = graph.emit("Add", [variance, graph.scalar(varianceEpsilon)], variance.shape, x.dtype);
    const deviation = graph.emit("Sqrt", [widened], variance.shape, x.dtype);
    const centred = graph.emit("Sub", [x, mean], x.shape, x.dtype);
    const scaled = graph.emit("Div", [centred, deviation], x.shape, x.dtype);
    const stretched = scale ? graph.emit("Mul", [scaled, scale], x.shape, x.dtype) : scaled;
    return offset ? graph.emit("Add", [stretched, offset], x.shape, x.dtype) : stretched;
  },
};
