import * as tf from "@tensorflow/tfjs";

/**
 * Similarity of all pairs of a batch: 1 when two items share a label, else 0.
 * @param labels 0/1, one-hot or multi-hot, (batch, classes)
 * @returns (batch, batch), 1 on the diagonal unless an item has no label
 */
export function labelSimilarity(labels: tf.Tensor2D): tf.Tensor2D {
  return tf.minimum(sharedLabels(labels), 1);
}

/**
 * Jaccard index of the labels of all pairs, |y_i ∩ y_j| / |y_i ∪ y_j|: HashNet's confidence c_ij of similar
 * multi-label pairs. 0 where both items have no label.
 * @param labels 0/1, multi-hot, (batch, classes)
 * @returns (batch, batch), in 0..1
 */
export function labelJaccard(labels: tf.Tensor2D): tf.Tensor2D {
  const both = sharedLabels(labels);
  const counts = tf.sum(labels, 1, true); // (batch, 1)
  const either = tf.sub(tf.add(counts, tf.transpose(counts)), both);
  return tf.div(both, tf.maximum(either, 1));
}

/**
 * Confidence of similar multi-label pairs as in the Caffe code of HashNet's authors (`continous_similarity` of
 * pairwise_loss_layer.cu): 4·|y_i ∩ y_j|² / (|y_i|·|y_j|), which is 4 where the labels are the same. (There it weighs
 * the gradient, not the printed loss; dissimilar pairs keep 1.)
 * @param labels 0/1, multi-hot, (batch, classes)
 * @returns (batch, batch), in 0..4
 */
export function labelOverlap(labels: tf.Tensor2D): tf.Tensor2D {
  const counts = tf.maximum(tf.sum(labels, 1, true), 1); // (batch, 1)
  return tf.div(tf.mul(tf.square(sharedLabels(labels)), 4), tf.mul(counts, tf.transpose(counts)));
}

/** Number of labels that two items share, (batch, batch). */
function sharedLabels(labels: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(labels, tf.transpose(labels));
}
