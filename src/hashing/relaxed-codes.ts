import * as tf from "@tensorflow/tfjs";

/**
 * Relaxed codes, h = tanh(β·z): as β grows they approach the hash codes sign(z) (HashNet, section 3.2).
 * @param z output of the hash layer, (batch, bits)
 * @param beta sharpness β > 0: 1 for DCH, for HashNet `continuationBeta` of the step. A tensor where it changes from
 *   step to step in a traced function.
 * @returns (batch, bits), each in (−1, 1)
 */
export function relaxCodes(z: tf.Tensor2D, beta: tf.Scalar | number = 1): tf.Tensor2D {
  return tf.tanh(beta === 1 ? z : tf.mul<tf.Tensor2D>(z, beta));
}
