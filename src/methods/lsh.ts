import * as tf from "@tensorflow/tfjs";
import { meanRow } from "../compute/scatter-matrix.js";
import type { FittedMethod } from "./method.js";

/** LSH has no options: its planes come from the seed. */
export type LshOptions = Readonly<Record<never, never>>;

/**
 * Locality-sensitive hashing by random hyperplanes, the unlearned baseline: projections on `bits` random normal
 * directions, after subtracting the mean of the train rows, without which non-negative features would fall on one side
 * of most planes.
 */
export const lsh: FittedMethod<LshOptions> = {
  kind: "fitted",
  name: "lsh",
  title: "LSH (not learned)",
  colour: "#999999",
  source: 'Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002',
  options: {},
  fit: (features, { bits, random }) => {
    const dim = features.shape[1];
    const planes = random.normals(bits * dim);
    const mean = meanRow(features);
    const offsets = new Float32Array(bits); // projection of the mean on each direction
    for (let bit = 0; bit < bits; bit++) {
      let sum = 0;
      for (let i = 0; i < dim; i++) sum += planes[bit * dim + i] * mean[i];
      offsets[bit] = sum;
    }
    return { planes: { data: planes, shape: [bits, dim] }, offsets: { data: offsets, shape: [bits] } };
  },
  encode: (features, { planes, offsets }) =>
    tf.sub<tf.Tensor2D>(tf.matMul(features, tf.transpose(planes as tf.Tensor2D)), offsets), // (batch, bits)
};
