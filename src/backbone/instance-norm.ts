import * as tf from "@tensorflow/tfjs";

/** What is added to the variance: PyTorch's default for instance norms. */
const EPSILON = 1e-5;

/**
 * Instance norm of the first half of the channels, which takes mean and variance over the places of one image; the
 * others stay as they are, for their batch norm is folded.
 * @param x (batch, height, width, channels)
 * @param weights holds `<name>.weight` and `<name>.bias`, (⌊channels/2⌋)
 * @returns of the same shape
 */
export function instanceNormalised(
  x: tf.Tensor4D,
  weights: Readonly<Record<string, tf.Tensor>>,
  name: string,
): tf.Tensor4D {
  const channels = x.shape[3];
  const half = Math.floor(channels / 2);
  const [own, rest] = tf.split<tf.Tensor4D>(x, [half, channels - half], 3);
  const mean = tf.mean(own, [1, 2], true); // (batch, 1, 1, half)
  const centred = tf.sub(own, mean);
  const variance = tf.mean(tf.mul(centred, centred), [1, 2], true);
  const scale = tf.mul(weights[`${name}.weight`], tf.rsqrt(tf.add(variance, EPSILON)));
  const normalised = tf.add<tf.Tensor4D>(tf.mul(centred, scale), weights[`${name}.bias`]);
  return tf.concat<tf.Tensor4D>([normalised, rest], 3);
}
