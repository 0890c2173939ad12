import * as tf from "@tensorflow/tfjs";
import type { Pooling } from "./pooling.js";

/** Values below it count as it: powers and logarithms are of positive numbers. The paper's code has the same. */
export const LEAST_VALUE = 1e-6;

/**
 * One value a channel, a pure tfjs function. Powers are exponentials of logarithms, which engines have fast.
 * @param map (batch, height, width, channels)
 * @returns (batch, channels)
 */
export function pooledMap(map: tf.Tensor4D, pooling: Pooling = "average"): tf.Tensor2D {
  if (pooling === "average") return tf.mean<tf.Tensor2D>(map, [1, 2]);
  const logarithms = tf.log(tf.maximum(map, LEAST_VALUE));
  const mean = tf.mean<tf.Tensor2D>(tf.exp(tf.mul(logarithms, pooling.gem)), [1, 2]); // (batch, channels)
  return tf.exp(tf.div<tf.Tensor2D>(tf.log(mean), pooling.gem));
}

/** How the values of a map lie in an array. */
export interface MapLayout {
  readonly places: number;
  readonly channels: number;
  /** (channels, places), else (places, channels). */
  readonly channelsFirst: boolean;
}

/**
 * {@link pooledMap} of maps that come as arrays.
 * @param data (images, …), a map as `layout` says
 * @returns (images, channels)
 */
export function pooledValues(data: Float32Array, layout: MapLayout, pooling: Pooling): Float32Array {
  const { places, channels, channelsFirst } = layout;
  const [ofPlace, ofChannel] = channelsFirst ? [1, places] : [channels, 1];
  const exponent = pooling === "average" ? undefined : pooling.gem;
  const pooled = new Float32Array(data.length / places); // (images, channels)
  for (let at = 0; at < pooled.length; at++) {
    const from = Math.floor(at / channels) * places * channels + (at % channels) * ofChannel;
    let sum = 0;
    for (let place = 0; place < places; place++) {
      const value = data[from + place * ofPlace];
      sum += exponent === undefined ? value : Math.max(value, LEAST_VALUE) ** exponent;
    }
    pooled[at] = exponent === undefined ? sum / places : (sum / places) ** (1 / exponent);
  }
  return pooled;
}
