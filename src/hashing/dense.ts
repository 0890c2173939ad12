import * as tf from "@tensorflow/tfjs";

/**
 * A fully connected layer, y = x·Wᵀ + b, with PyTorch's layout of W.
 *
 * Its gradient is written out because tfjs' own multiplies with transpose flags, for which the wasm backend takes a
 * path twenty times slower than a transposition followed by a plain product.
 *
 * @param x (batch, in)
 * @param weight (out, in)
 * @param bias (out)
 * @returns (batch, out)
 */
export function dense(x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  const layer = tf.customGrad((...inputs) => {
    const [rows, matrix, offset, save] = inputs as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    save([rows, matrix]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const dx = tf.matMul(dy, saved[1]); // (batch, in)
      const dWeight = tf.matMul(tf.transpose(dy), saved[0]); // (out, in)
      return [dx, dWeight, tf.sum(dy, 0)];
    };
    return { value: tf.add(tf.matMul(rows, tf.transpose(matrix)), offset), gradFunc };
  });
  return layer(x, weight, bias) as tf.Tensor2D;
}
