import * as tf from "@tensorflow/tfjs";
import { withGradient } from "./with-gradient.js";

/**
 * log(1 + x) for x ≥ 0, exact to float32's last digits for small x too, on every backend: w = 1 + x rounds, and
 * (x − (w − 1)) / w adds what the rounding took. (tf.log1p is a plain log(1 + x) on some.) Gradient 1 / (1 + x).
 */
export function log1p<T extends tf.Tensor>(x: T): T {
  return withGradient<T>(x, compensatedLog1p, (dy, u) => tf.div(dy, tf.add(u, 1)));
}

/**
 * log(1 + exp(x)) = max(x, 0) + log(1 + exp(−|x|)), which neither overflows nor rounds to 0 early. The gradient is
 * the logistic function, from the same exp(−|x|) ≤ 1.
 */
export function softplus<T extends tf.Tensor>(x: T): T {
  return withGradient<T>(
    x,
    u => tf.add(tf.relu(u), compensatedLog1p(expOfMinusAbs(u))),
    (dy, u) => tf.mul(dy, logistic(u)),
  );
}

/**
 * log cosh(x) = |x| + log(1 + exp(−2|x|)) − log 2, which does not overflow. The gradient is tanh x.
 */
export function logCosh<T extends tf.Tensor>(x: T): T {
  return withGradient<T>(
    x,
    u => {
      const size = tf.abs(u);
      return tf.sub(tf.add(size, compensatedLog1p(tf.exp(tf.mul(size, -2)))), Math.LN2);
    },
    (dy, u) => tf.mul(dy, tf.tanh(u)),
  );
}

function compensatedLog1p<T extends tf.Tensor>(x: tf.Tensor): T {
  const w = tf.add(x, 1);
  return tf.add(tf.log(w), tf.div(tf.sub(x, tf.sub(w, 1)), w));
}

function expOfMinusAbs(x: tf.Tensor): tf.Tensor {
  return tf.exp(tf.neg(tf.abs(x)));
}

/** 1/(1+e) for x > 0, e/(1+e) for x ≤ 0 with e = exp(−|x|): small values keep their digits on every backend. */
function logistic(x: tf.Tensor): tf.Tensor {
  const e = expOfMinusAbs(x);
  const positive = tf.step(x);
  const numerator = tf.add(positive, tf.mul(tf.sub(1, positive), e));
  return tf.div(numerator, tf.add(e, 1));
}
