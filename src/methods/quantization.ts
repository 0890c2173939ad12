import * as tf from "@tensorflow/tfjs";
import { withGradient } from "./with-gradient.js";

/** |h| with gradient 0 at 0, where tfjs' own has −1. */
export function magnitudes(h: tf.Tensor2D): tf.Tensor2D {
  return withGradient<tf.Tensor2D>(
    h,
    values => tf.abs(values as tf.Tensor2D),
    (dy, values) => tf.mul(dy, tf.sign(values)),
  );
}

/** Mean of (|h| − 1)² over all entries: how far relaxed codes are from hash codes, (h − sign h)². */
export function quadraticQuantization(relaxedCodes: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.square(tf.sub(magnitudes(relaxedCodes), 1)));
}
