import * as tf from "@tensorflow/tfjs";
import { withGradient } from "./with-gradient.js";

/**
 * Inner products of all pairs of rows, G = H·Hᵀ. The gradient is (dG + dGᵀ)·H, one product where tfjs would take two,
 * without transpose flags (see `dense`).
 *
 * @param h (batch, bits)
 * @returns (batch, batch)
 */
export function gram(h: tf.Tensor2D): tf.Tensor2D {
  return withGradient<tf.Tensor2D>(
    h,
    rows => tf.matMul(rows, tf.transpose(rows)),
    (dy, rows) => tf.matMul(tf.add(dy, tf.transpose(dy)), rows),
  );
}
