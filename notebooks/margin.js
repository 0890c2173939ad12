// The loss of notebook 7 as a file: `hashbook train --method notebooks/margin.js`. It needs no import.
export default ({ tf, defineMethod }) =>
  defineMethod({
    name: "margin",
    title: "my margin",
    colour: "#CC79A7",
    options: { margin: { type: "number", minimum: 0, maximum: 1, default: 0.7 } },
    loss: (codes, { similar, bits }, options) => {
      const inner = tf.div(tf.matMul(codes, tf.transpose(codes)), bits);
      const share = tf.mul(tf.sub(1, inner), 0.5); // of bits that differ
      const apart = tf.relu(tf.sub(options.margin, share));
      const other = tf.sub(1, similar);
      const near = tf.div(tf.sum(tf.mul(similar, tf.square(share))), tf.maximum(tf.sum(similar), 1));
      const far = tf.div(tf.sum(tf.mul(other, tf.square(apart))), tf.maximum(tf.sum(other), 1));
      return tf.add(near, far);
    },
  });
