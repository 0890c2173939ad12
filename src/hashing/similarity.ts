import * as tf from "@tensorflow/tfjs";

/**
 * Similarity of all pairs of a batch: 1 when two items share a label, else 0.
 * @param labels 0/1, one-hot or multi-hot, (batch, classes)
 * @returns (batch, batch), 1 on the diagonal unless an item has no label
 */
export function labelSimilarity(labels: tf.Tensor2D): tf.Tensor2D {
  return tf.minimum(shared(labels), 1);
}

/**
 * Jaccard index of the labels of all pairs, |y_i ∩ y_j| / |y_i ∪ y_j|: HashNet's confidence c_ij of similar
 * multi-label pairs. 0 where both items have no label.
 * @param labels 0/1, multi-hot, (batch, classes)
 * @returns (batch, batch), in 0..1
 */
export function labelJaccard(labels: tf.Tensor2D): tf.Tensor2D {
  const both = shared(labels);
  const counts = tf.sum(labels, 1, true); // (batch, 1)
  const either = tf.sub(tf.add(counts, tf.transpose(counts)), both);
  return tf.div(both, tf.maximum(either, 1));
}

/** Number of labels that two items share, (batch, batch). */
function shared(labels: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(labels, tf.transpose(labels));
}
