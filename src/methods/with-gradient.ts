import * as tf from "@tensorflow/tfjs";

/**
 * A function of one tensor with a gradient of our own instead of autodiff's.
 * @param value computes f(x)
 * @param gradient computes dL/dx from dL/df(x) and x
 * @returns f(x), differentiable once
 */
export function withGradient<R extends tf.Tensor>(
  x: tf.Tensor,
  value: (x: tf.Tensor) => R,
  gradient: (dy: R, x: tf.Tensor) => tf.Tensor,
): R {
  const operation = tf.customGrad((...inputs) => {
    const [input, save] = inputs as [tf.Tensor, tf.GradSaveFunc];
    save([input]);
    return { value: value(input), gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradient(dy as R, saved[0]) };
  });
  return operation(x) as R;
}
