import * as tf from "@tensorflow/tfjs";
import { softplus } from "./logarithms.js";

/**
 * Negative log-likelihood of each pair when x is the logit of "similar": log(1 + exp(x)) − s·x for s of 0 or 1.
 * softplus(x) − x = softplus(−x), so a similar pair only turns the sign, and nothing cancels.
 * @param logits (batch, batch)
 * @param similar 0/1, (batch, batch)
 */
export function pairLikelihood(logits: tf.Tensor2D, similar: tf.Tensor2D): tf.Tensor2D {
  const sign = tf.sub(1, tf.mul(similar, 2));
  return softplus(tf.mul<tf.Tensor2D>(logits, sign));
}
