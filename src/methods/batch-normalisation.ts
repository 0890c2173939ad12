import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../core/arrays.js";
import type { Normalisation } from "./method.js";

/** Added to variances, as PyTorch's BatchNorm1d. */
const EPSILON = 1e-5;
/** Weight of the newest batch in the running statistics, likewise. */
const MOMENTUM = 0.1;

/**
 * Batch normalisation of the hash layer as PyTorch's BatchNorm1d: (z − mean)/√(variance + 10⁻⁵)·scale + shift, in training
 * by the mean and (biased) variance of the batch, in use by their running means, of which the variance is unbiased.
 * The hash layer's bias has no effect on a training and a gradient of 0.
 */
export const BATCH_NORMALISATION: Normalisation<unknown> = {
  parameters: ({ bits }) => ({ scale: constantArray(bits, 1), shift: constantArray(bits, 0) }),
  state: ({ bits }) => ({ mean: constantArray(bits, 0), variance: constantArray(bits, 1) }),
  apply(z, { scale, shift, mean, variance }, training) {
    const normaliseBy = (centre: tf.Tensor, spread: tf.Tensor): Tensor2D =>
      tf.add(tf.mul(tf.div(tf.sub(z, centre), tf.sqrt(tf.add(spread, EPSILON))), scale), shift);
    if (!training) return { z: normaliseBy(mean, variance), state: { mean, variance } };
    const batch = z.shape[0];
    const centre = tf.mean<Tensor1D>(z, 0);
    const spread = tf.mean<Tensor1D>(tf.square(tf.sub(z, centre)), 0);
    const unbiased = tf.mul(spread, batch / Math.max(batch - 1, 1));
    return {
      z: normaliseBy(centre, spread),
      state: { mean: movingAverage(mean, centre), variance: movingAverage(variance, unbiased) },
    };
  },
};

/**
 * The neck of Luo et al. ("Bag of Tricks and A Strong Baseline for Deep Person Re-identification", CVPRW 2019,
 * section 3.6): {@link BATCH_NORMALISATION} without its shift, so that embeddings lie around 0.
 */
export const NECK: Normalisation<unknown> = {
  ...BATCH_NORMALISATION,
  parameters: ({ bits }) => ({ scale: constantArray(bits, 1) }),
  apply: (z, tensors, training, options) =>
    BATCH_NORMALISATION.apply(z, { ...tensors, shift: tf.zeros([z.shape[1]]) }, training, options),
};

function movingAverage(running: tf.Tensor, newest: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(running, 1 - MOMENTUM), tf.mul(newest, MOMENTUM));
}

function constantArray(bits: number, value: number): NdArray<Float32Array> {
  return { data: new Float32Array(bits).fill(value), shape: [bits] };
}
