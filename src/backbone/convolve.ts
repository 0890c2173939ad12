import * as tf from "@tensorflow/tfjs";

/** How a folded convolution is applied. */
export interface ConvolveOptions {
  /** Step of the window, pixels. Default 1. */
  readonly stride?: number;
  /** Zeros around the image: a number on every side (PyTorch) or "same" (TensorFlow). Default "same". */
  readonly pad?: "same" | number;
  /** Filters each channel on its own. Default false. */
  readonly depthwise?: boolean;
  /** Default "linear". */
  readonly activation?: "linear" | "relu" | "relu6";
}

/**
 * Convolution, bias and activation of one folded layer.
 * @param x (batch, height, width, in)
 * @param weights holds `<name>.weight` and `<name>.bias`
 * @returns (batch, ⌈height/stride⌉, ⌈width/stride⌉, out) with "same" padding
 */
export function convolve(
  x: tf.Tensor4D,
  weights: Readonly<Record<string, tf.Tensor>>,
  name: string,
  { stride = 1, pad = "same", depthwise = false, activation = "linear" }: ConvolveOptions = {},
): tf.Tensor4D {
  const apply = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  return apply({
    x,
    filter: weights[`${name}.weight`] as tf.Tensor4D,
    strides: stride,
    pad,
    bias: weights[`${name}.bias`],
    activation,
  });
}
