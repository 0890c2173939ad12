import * as tf from "@tensorflow/tfjs";

/** Added to squared norms: the gradient of a zero row stays finite. */
const NORM_EPSILON = 1e-12;

/**
 * Rows at length 1; a zero row stays one.
 * @param rows (n, dim)
 */
export function unitRows(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.div(rows, tf.sqrt(tf.add(tf.sum(tf.square(rows), 1, true), NORM_EPSILON)));
}
